"""What is set for a time, rather than what happens: it is in the log so that a replay sees the rules of that day.

Every partition needs these events, whatever partition those of their subject would be in.
"""

from datetime import date
from typing import Final

import msgspec

from schemas.calendars import Calendar, CalendarError, Weekday
from schemas.events.envelope import SUFFIX, Dimensions, Envelope, Instant

REFERENCE_PREFIX: Final = "cx.reference."
"""Of the types that every partition needs, whatever partition their subject would be in."""

CALENDAR: Final = REFERENCE_PREFIX + "calendar.published" + SUFFIX


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

    def as_calendar(self) -> Calendar:
        return Calendar(zone=self.zone, week=self.week, days=self.days)


class CalendarPublished(Envelope, tag=CALENDAR, kw_only=True):
    """A version of the calendar that the subject names. Every partition needs it: `cxstream calendars` sees to that."""

    data: CalendarData
