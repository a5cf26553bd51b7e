"""The opening hours of one calendar as instants."""

from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from schemas.calendars import Calendar
from streams.business_time.intervals import Interval, Intervals, between, union

_DAYS_REMEMBERED: Final = 4_096
"""Days at hand: eleven years; of a log that leaps about further they are computed anew."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY: Final = timedelta(days=1)
_MINUTE: Final = timedelta(minutes=1)
_MILLISECOND: Final = timedelta(milliseconds=1)


class OpeningHours:
    """When a calendar is open. Spans are of real time: a shift in which the clocks change is an hour longer or shorter.

    A shift begins when the clocks first show its opening time and ends when they last show its closing time, or at the
    moment at which they leap over it.
    """

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self._zone = ZoneInfo(calendar.zone)
        self._days: dict[date, tuple[Interval, ...]] = {}

    def open_between(self, start: int, end: int) -> Intervals:
        """The open part of [start, end), both ms since 1970 UTC."""
        if end <= start:
            return ()
        found: list[Interval] = []
        # A shift that runs past midnight ends on the day after the one to which it belongs.
        day, last = self._local_date(start) - _DAY, self._local_date(end)
        while day <= last:
            found += self._of_day(day)
            day += _DAY
        return between(union(found), start, end)

    def _of_day(self, day: date) -> tuple[Interval, ...]:
        """The shifts that open on a day, in no order."""
        known = self._days.get(day)
        if known is None:
            if len(self._days) >= _DAYS_REMEMBERED:
                self._days.clear()
            known = self._days[day] = tuple(
                (self._instant(day, shift.opens, fold=0), self._instant(day, shift.closes, fold=1))
                for shift in self._calendar.shifts(day)
            )
        return known

    def _local_date(self, instant: int) -> date:
        return (_EPOCH + timedelta(milliseconds=instant)).astimezone(self._zone).date()

    def _instant(self, day: date, minute: int, fold: int) -> int:
        """When the clocks show ``minute`` after the midnight of ``day``, ms since 1970 UTC.

        ``fold``: of a time that comes twice the first (0) or the last (1). A time that they leap over is the minute
        to which they leap.
        """
        shown = datetime(day.year, day.month, day.day) + minute * _MINUTE
        while True:
            instant = shown.replace(tzinfo=self._zone, fold=fold).astimezone(UTC)
            if instant.astimezone(self._zone).replace(tzinfo=None) == shown:
                return (instant - _EPOCH) // _MILLISECOND
            shown += _MINUTE
