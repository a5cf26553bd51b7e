"""Reporting periods: half-open, aligned in a time zone, without gaps, so that an empty period appears too.

Days, weeks and months begin at local midnight and have the length the zone gives them: a day has 23 or 25
hours where the clocks change. Minutes, quarters and hours are cut at the full ones of the local clock.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final, Literal, NamedTuple, get_args
from zoneinfo import ZoneInfo

Calendar = Literal["1m", "15m", "1h", "1d", "1w", "1mo"]
"""Periods that the calendar or the clock cuts; ``1mo`` is a month, ``1m`` a minute."""

Every = Literal[Calendar, "all"]

EVERY: Final[tuple[Every, ...]] = get_args(Every)

_CLOCK_SECONDS: Final[dict[Calendar, int]] = {"1m": 60, "15m": 900, "1h": 3_600}


class Period(NamedTuple):
    """From `start` (inclusive) to `end` (exclusive), seconds since 1970 UTC."""

    start: int
    end: int


def periods(start: int, end: int, every: Every, zone: ZoneInfo) -> Iterator[Period]:
    """The periods that cover [start, end), in order; the first and last are cut where the range cuts them.

    `start` and `end` are seconds since 1970. ``all`` is the range itself; weeks begin on ISO Mondays. Nothing
    when the range is empty.
    """
    at = start
    while at < end:
        following = end if every == "all" else min(next_start(at, every, zone), end)
        yield Period(at, following)
        at = following


def start_of(at: int, every: Calendar, zone: ZoneInfo) -> int:
    """Start of the period that holds `at`."""
    local = datetime.fromtimestamp(at, zone)
    if every in _CLOCK_SECONDS:
        return at - _past_cut(local, _CLOCK_SECONDS[every])
    day = local.date()
    if every == "1d":
        return _midnight(day, zone)
    return _midnight(day - timedelta(days=day.weekday()) if every == "1w" else day.replace(day=1), zone)


def next_start(at: int, every: Calendar, zone: ZoneInfo) -> int:
    """Start of the period after the one that holds `at`."""
    local = datetime.fromtimestamp(at, zone)
    if every in _CLOCK_SECONDS:
        step = _CLOCK_SECONDS[every]
        # In real time from here on: an hour that comes twice gives two periods, a skipped one none.
        return at + step - _past_cut(local, step)
    day = local.date()
    if every == "1d":
        return _midnight(day + timedelta(days=1), zone)
    if every == "1w":
        return _midnight(day + timedelta(days=7 - day.weekday()), zone)
    return _midnight((day.replace(day=1) + timedelta(days=32)).replace(day=1), zone)


def local_seconds(moment: datetime, zone: ZoneInfo) -> int:
    """Seconds since 1970 of `moment`, read on the zone's clock when it names no offset of its own.

    A local time that the clocks pass twice means the first pass; one that they skip is read with the offset
    before the skip.
    """
    return int((moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp())


def _past_cut(local: datetime, step: int) -> int:
    """Seconds since the local clock last showed a multiple of `step` seconds."""
    return (local.hour * 3_600 + local.minute * 60 + local.second) % step


def _midnight(day: date, zone: ZoneInfo) -> int:
    """First moment of the local day; where the clocks skip midnight, the moment they skip to."""
    # A skipped midnight is read with the offset before the skip: that is the moment of the skip, never the
    # day before.
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp())
