"""Business time over random calendars: what a look at the clocks in every minute gives."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from schemas.calendars import WEEKDAYS, Calendar
from streams.business_time import Assignment, OpeningHours, Schedule
from streams.business_time.intervals import between, length, union
from tests.property.effort import examples

MINUTE = 60_000

# Days around which the clocks of a zone change; those of Lord Howe Island change by half an hour.
CHANGES = st.sampled_from(
    [
        ("Europe/Berlin", date(2026, 3, 29)),
        ("Europe/Berlin", date(2026, 10, 25)),
        ("America/Sao_Paulo", date(2018, 11, 4)),
        ("America/Sao_Paulo", date(2018, 2, 18)),
        ("Australia/Lord_Howe", date(2026, 4, 5)),
        ("Asia/Kolkata", date(2026, 3, 29)),
    ]
)
_times = st.sampled_from(["00:00", "00:30", "01:00", "01:45", "02:00", "02:30", "03:00", "08:00", "12:00", "21:00"])
_shifts = st.lists(
    st.tuples(_times, _times | st.just("24:00")).filter(lambda pair: pair[0] != pair[1]).map("-".join), max_size=3
).map(tuple)


def clock(minute: int, zone: ZoneInfo) -> datetime:
    """What the clocks show at a minute since 1970."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)).astimezone(zone).replace(tzinfo=None)


def open_minutes(calendar: Calendar, first: int, last: int) -> set[int]:
    """The minutes from ``first`` up to ``last`` that are open."""
    zone = ZoneInfo(calendar.zone)
    shown = {minute: clock(minute, zone) for minute in range(first - 3 * 1_440, last + 3 * 1_440)}
    found: set[int] = set()
    # Of the first day and the last two not every shift is seen whole; none of theirs reaches into the span.
    for day in sorted({each.date() for each in shown.values()})[1:-2]:
        texts = calendar.days.get(day, calendar.week.get(WEEKDAYS[day.weekday()], ()))
        for text in texts:
            opens, closes = (
                datetime.combine(day, datetime.min.time())
                + timedelta(hours=int(time.split(":")[0]), minutes=int(time.split(":")[1]))
                for time in text.split("-")
            )
            if closes <= opens:
                closes += timedelta(days=1)
            reached = [minute for minute, local in shown.items() if local >= opens]
            before = [minute for minute, local in shown.items() if local < closes]
            # Of a closing time that comes twice it is the last, also where nothing before it comes twice.
            closed = max((minute for minute, local in shown.items() if local == closes), default=max(before) + 1)
            found |= set(range(min(reached), closed))
    return found & set(range(first, last))


@st.composite
def calendars(draw: st.DrawFn, zone: str, around: date) -> Calendar:
    return Calendar(
        zone=zone,
        week=draw(st.dictionaries(st.sampled_from(WEEKDAYS), _shifts, max_size=7)),
        days=draw(st.dictionaries(st.sampled_from([around, around + timedelta(days=1)]), _shifts, max_size=2)),
    )


@examples(40)
@given(st.data(), CHANGES)
def test_elapsed_and_due_are_those_of_counting_open_minutes(data: st.DataObject, change: tuple[str, date]) -> None:
    zone, around = change
    noon = int(datetime.combine(around, datetime.min.time(), UTC).timestamp()) // 60 + 720
    one, other = (data.draw(calendars(zone, around)) for _ in range(2))
    first = noon - data.draw(st.integers(0, 2_880))
    last = first + data.draw(st.integers(0, 4_000))
    moved = data.draw(st.integers(first, last))
    schedule = Schedule([Assignment(0, OpeningHours(one)), Assignment(moved * MINUTE, OpeningHours(other))])
    counted = sorted(open_minutes(one, first, moved) | open_minutes(other, moved, last))
    assert schedule.elapsed(first * MINUTE, last * MINUTE) == len(counted) * MINUTE
    for number in range(0, len(counted), 97):
        assert schedule.due(first * MINUTE, (number + 1) * MINUTE) == (counted[number] + 1) * MINUTE


_intervals = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=6)


def instants(intervals: list[tuple[int, int]] | tuple[tuple[int, int], ...]) -> set[int]:
    return {instant for start, end in intervals for instant in range(start, end)}


@examples(200)
@given(_intervals, st.integers(0, 30), st.integers(0, 30))
def test_interval_sets_are_sets(intervals: list[tuple[int, int]], start: int, end: int) -> None:
    merged = union(intervals)
    assert instants(merged) == instants(intervals)
    assert length(merged) == len(instants(intervals))
    assert all(closes < opens for (_, closes), (opens, _) in pairwise(merged))
    assert instants(between(merged, start, end)) == instants(intervals) & set(range(start, end))
