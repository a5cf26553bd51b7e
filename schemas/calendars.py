"""Business calendars: when somebody is there, by the clocks of a zone. They are data, in a file or in an event.

A file maps the id of each calendar to its fields::

    service-desk:
      zone: Europe/Berlin
      week: {monday: ["08:00-12:00", "13:30-18:00"], friday: ["21:00-02:00"]}
      days: {2026-12-24: ["08:00-12:00"], 2026-12-25: []}

A day has any number of shifts, each as ``opens-closes``. One that closes at or before the time it opens runs past
midnight and belongs to the day on which it opens; ``24:00`` is the end of a day. An entry of ``days``, a holiday or an
exceptional day, replaces all shifts that would open on that day; one from the evening before still runs to its end.
"""

import re
from datetime import date
from pathlib import Path
from typing import Final, Literal, NamedTuple, get_args
from zoneinfo import ZoneInfo

import msgspec

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]

WEEKDAYS: Final[tuple[Weekday, ...]] = get_args(Weekday)

DAY_MINUTES: Final = 1_440
"""Minutes on the clock of a day, also where the clocks change."""

_SHIFT: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00)")


class CalendarError(ValueError):
    """A calendar that cannot be used; the text says where and what to change."""


class Shift(NamedTuple):
    """From opening to closing, in minutes on the clock since the midnight at which its day begins."""

    opens: int
    closes: int
    """More than `DAY_MINUTES` when it runs past midnight."""


class Calendar(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One version of a calendar. Raises CalendarError for an unknown zone or a malformed shift."""

    zone: str
    """IANA name, such as Europe/Berlin."""
    week: dict[Weekday, tuple[str, ...]]
    """Shifts by the day of the week on which they open; days that are not named have none."""
    days: dict[date, tuple[str, ...]] = {}
    """Holidays and exceptional days: all shifts that open on that day."""

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.zone)
        except (KeyError, OSError, ValueError):  # ZoneInfoNotFoundError is a KeyError
            raise CalendarError(f"zone {self.zone!r} is no IANA time zone") from None
        for shifts in (*self.week.values(), *self.days.values()):
            for text in shifts:
                _shift(text)

    def shifts(self, day: date) -> tuple[Shift, ...]:
        """The shifts that open on a day, as written."""
        texts = self.days.get(day)
        if texts is None:
            texts = self.week.get(WEEKDAYS[day.weekday()], ())
        return tuple(_shift(text) for text in texts)


def load_calendars(path: Path) -> dict[str, Calendar]:
    """The calendars of a YAML file by id.

    Raises:
        CalendarError: the file is no mapping of calendars, or one of them cannot be used.
    """
    try:
        return msgspec.yaml.decode(path.read_bytes(), type=dict[str, Calendar])
    except msgspec.DecodeError as error:
        raise CalendarError(f"{path}: {error}") from error


def _shift(text: str) -> Shift:
    found = _SHIFT.fullmatch(text)
    if found is None:
        raise CalendarError(f"{text!r} is no shift: write opening and closing time, such as 08:00-17:30")
    hour, minute, last_hour, last_minute = found.groups()
    opens = int(hour) * 60 + int(minute)
    closes = DAY_MINUTES if last_hour is None else int(last_hour) * 60 + int(last_minute)
    if closes == opens:
        raise CalendarError(f"{text!r} opens and closes at one time: a whole day is 00:00-24:00")
    return Shift(opens, closes if closes > opens else closes + DAY_MINUTES)
