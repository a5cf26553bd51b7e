"""Which opening hours count when: those of one calendar, of its versions, or of the desks a case went through."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from streams.business_time.intervals import Intervals, length, union
from streams.business_time.opening_hours import OpeningHours

_DAY_MS: Final = 86_400_000
_STEP_MS: Final = 7 * _DAY_MS
"""How far `due` looks at a time: a week has shifts in nearly every calendar."""
_FARTHEST_MS: Final = 3_660 * _DAY_MS
"""How far `due` looks at all: ten years without enough open time are no calendar to keep a promise by."""


class Assignment(NamedTuple):
    """From an instant on these hours count, until the next assignment."""

    since: int
    """ms since 1970 UTC."""
    hours: OpeningHours


class Schedule:
    """Business time is the time during which the hours in force at each instant are open (domain.md 4.5)."""

    def __init__(self, assignments: Sequence[Assignment]) -> None:
        """``assignments`` in the order of their instants; before the first nothing is open. Raises ValueError when
        they are not in order."""
        if any(one.since > other.since for one, other in pairwise(assignments)):
            raise ValueError("the assignments of a schedule are not in the order of their instants")
        self._assignments = tuple(assignments)

    @classmethod
    def of(cls, hours: OpeningHours) -> "Schedule":
        """The schedule of one calendar that counts always."""
        return cls([Assignment(0, hours)])

    def open_between(self, start: int, end: int) -> Intervals:
        """The open part of [start, end), both ms since 1970 UTC."""
        ends = [each.since for each in self._assignments[1:]] + [end]
        return union(
            interval
            for each, until in zip(self._assignments, ends, strict=False)
            for interval in each.hours.open_between(max(start, each.since), min(end, until))
        )

    def elapsed(self, start: int, end: int) -> int:
        """Business time from start to end, ms; 0 when both lie in one closed span, or end is no later than start."""
        return length(self.open_between(start, end))

    def due(self, start: int, allowance: int) -> int | None:
        """The first instant at which ``allowance`` ms of business time have elapsed since ``start``.

        That is the closing time when the allowance ends with a shift. None when it takes more than ten years.
        """
        if allowance <= 0:
            return start
        left = allowance
        for at in range(start, start + _FARTHEST_MS, _STEP_MS):
            for opens, closes in self.open_between(at, at + _STEP_MS):
                if closes - opens >= left:
                    return opens + left
                left -= closes - opens
        return None
