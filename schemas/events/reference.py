"""What is set for a time, rather than what happens: it is in the log so that a replay sees the rules of that day.

Every partition needs these events, whatever partition those of their subject would be in.
"""

from datetime import date, datetime
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from schemas.calendars import Calendar, CalendarError, Weekday
from schemas.events.envelope import END, FIRST, SUFFIX, Dimensions, Envelope, Instant
from schemas.sla import POLICY_ID, Promised, SlaError, SlaPolicy

REFERENCE_PREFIX: Final = "cx.reference."
"""Of the types that every partition needs, whatever partition their subject would be in."""


class CalendarData(Dimensions, kw_only=True):
    """Fields as in `schemas.calendars`. Raises ValueError for what is no calendar."""

    zone: str
    week: dict[Weekday, tuple[str, ...]]
    days: dict[date, tuple[str, ...]] = msgspec.field(default_factory=dict)
    effective_from: Instant | None = None
    """Default: the event's time."""

    def __post_init__(self) -> None:
        try:
            self.as_calendar()
        except CalendarError:  # whose text repeats what it found
            raise ValueError("zone is no IANA time zone, or a shift none such as 08:00-17:30") from None
        _check(self.effective_from)

    def as_calendar(self) -> Calendar:
        return Calendar(zone=self.zone, week=self.week, days=self.days)


class SlaPolicyData(Dimensions, kw_only=True):
    """Fields as in `schemas.sla`. Raises ValueError for what is no policy."""

    first_response: Promised = None
    next_reply: Promised = None
    resolution: Promised = None
    business: bool = False
    effective_from: Instant | None = None
    """Default: the event's time."""

    def __post_init__(self) -> None:
        try:
            self.as_policy()
        except SlaError:  # whose text repeats what it found
            raise ValueError("it promises nothing, or a duration is none such as 15m, at most 3650d") from None
        _check(self.effective_from)

    def as_policy(self) -> SlaPolicy:
        return SlaPolicy(
            first_response=self.first_response,
            next_reply=self.next_reply,
            resolution=self.resolution,
            business=self.business,
        )


class CalendarPublished(Envelope, tag=REFERENCE_PREFIX + "calendar.published" + SUFFIX, kw_only=True):
    """A version of the calendar that the subject names. Every partition needs it: `cxstream calendars` sees to that."""

    data: CalendarData


class SlaPolicyPublished(Envelope, tag=REFERENCE_PREFIX + "sla_policy.published" + SUFFIX, kw_only=True):
    """A version of the agreement that the subject names: lower-case letters, digits, _ and -. Every partition needs it:
    `cxstream sla` sees to that. Other terms need another instant than those that are known."""

    subject: Annotated[str, Meta(pattern=rf"^{POLICY_ID.pattern}(?!\n)$")]
    data: SlaPolicyData


def _check(effective_from: datetime | None) -> None:
    """No event is as old or as late as an instant beyond these, which need not even exist in UTC."""
    if effective_from is not None and not FIRST <= effective_from < END:
        raise ValueError("effective_from is before 1970 or after 2105")
