"""Business time of cases by the ids of calendars, in the versions that were published."""

from collections.abc import Mapping, Sequence
from itertools import chain, pairwise
from typing import Final

from schemas.calendars import Calendar
from schemas.versions import Version
from streams.business_time.opening_hours import OpeningHours
from streams.business_time.schedule import Assignment, Schedule

Named = tuple[tuple[int, str], ...]
"""Since when (ms since 1970 UTC) a case is worked on by which calendar, in order; the first holds before as well."""

_SCHEDULES_REMEMBERED: Final = 1_024
"""Sequences of names at hand; most cases have one of a few."""

_ALWAYS: Final = 0
_NO_END: Final = 2**62


class Calendars:
    """What is known of calendars. The first version of each holds before its time as well."""

    def __init__(self, published: Mapping[str, Sequence[Version[Calendar]]]) -> None:
        """``published``: versions by id, in the order of their instants."""
        self._hours = {
            calendar_id: [Assignment(version.since, OpeningHours(version.content)) for version in versions]
            for calendar_id, versions in published.items()
        }
        self._schedules: dict[tuple[object, ...], Schedule | None] = {}

    def knows(self, calendar_id: str) -> bool:
        """Whether any version of it was published."""
        return calendar_id in self._hours

    def elapsed(self, named: Named, start: int, end: int) -> int | None:
        """Business time from start to end, ms; None where one of the calendars is unknown."""
        schedule = self._schedule(named)
        return None if schedule is None else schedule.elapsed(start, end)

    def due(self, named: Named, start: int, allowance: int) -> int | None:
        """When so much business time (ms) has elapsed since ``start``; None when it never does, or as `elapsed`."""
        schedule = self._schedule(named)
        return None if schedule is None else schedule.due(start, allowance)

    def _schedule(self, named: Named) -> Schedule | None:
        # Where one calendar holds always it does not matter since when.
        key: tuple[object, ...] = named if len(named) > 1 else named[0][1:]
        if key not in self._schedules:
            if len(self._schedules) >= _SCHEDULES_REMEMBERED:
                self._schedules.clear()
            self._schedules[key] = self._made(named)
        return self._schedules[key]

    def _made(self, named: Named) -> Schedule | None:
        if any(calendar_id not in self._hours for _, calendar_id in named):
            return None
        first = (_ALWAYS, named[0][1])
        spans = pairwise([first, *named[1:], (_NO_END, "")])
        return Schedule(list(chain.from_iterable(self._within(*span) for span in spans)))

    def _within(self, begins: tuple[int, str], ends: tuple[int, str]) -> list[Assignment]:
        """The versions of one calendar between two instants."""
        since, calendar_id = begins
        versions = self._hours[calendar_id]
        in_force = [version for version in versions if version.since <= since][-1:] or versions[:1]
        later = [version for version in versions if since < version.since < ends[0] and version not in in_force]
        return [Assignment(since, in_force[0].hours), *later]
