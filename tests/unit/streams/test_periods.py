"""Periods are half-open, gapless and aligned to the clock of a zone."""

from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from streams.reporting.periods import EVERY, Every, Period, local_seconds, periods

BERLIN = ZoneInfo("Europe/Berlin")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
SAO_PAULO = ZoneInfo("America/Sao_Paulo")
UTC = ZoneInfo("UTC")


def at(text: str, zone: ZoneInfo = UTC) -> int:
    return local_seconds(datetime.fromisoformat(text), zone)


def starts(start: str, end: str, every: Every, zone: ZoneInfo) -> list[str]:
    found = periods(at(start, zone), at(end, zone), every, zone)
    return [datetime.fromtimestamp(period.start, zone).isoformat() for period in found]


def test_the_day_of_the_change_to_summer_time_has_23_hours_and_back_25() -> None:
    spring = list(periods(at("2026-03-28", BERLIN), at("2026-03-31", BERLIN), "1d", BERLIN))
    autumn = list(periods(at("2026-10-24", BERLIN), at("2026-10-27", BERLIN), "1d", BERLIN))
    assert [(period.end - period.start) // 3600 for period in spring] == [24, 23, 24]
    assert [(period.end - period.start) // 3600 for period in autumn] == [24, 25, 24]


def test_the_hour_that_comes_twice_gives_two_periods_and_the_skipped_one_none() -> None:
    assert starts("2026-10-25T01:00", "2026-10-25T04:00", "1h", BERLIN) == [
        "2026-10-25T01:00:00+02:00",
        "2026-10-25T02:00:00+02:00",
        "2026-10-25T02:00:00+01:00",
        "2026-10-25T03:00:00+01:00",
    ]
    assert starts("2026-03-29T01:00", "2026-03-29T04:00", "1h", BERLIN) == [
        "2026-03-29T01:00:00+01:00",
        "2026-03-29T03:00:00+02:00",
    ]


def test_after_a_change_by_half_an_hour_hours_are_cut_at_the_new_clock() -> None:
    assert starts("2026-10-04T01:00", "2026-10-04T05:00", "1h", LORD_HOWE) == [
        "2026-10-04T01:00:00+10:30",
        "2026-10-04T02:30:00+11:00",
        "2026-10-04T03:00:00+11:00",
        "2026-10-04T04:00:00+11:00",
    ]


def test_a_day_whose_midnight_is_skipped_begins_where_the_clock_goes_on() -> None:
    assert starts("2018-11-03", "2018-11-06", "1d", SAO_PAULO) == [
        "2018-11-03T00:00:00-03:00",
        "2018-11-04T01:00:00-02:00",
        "2018-11-05T00:00:00-02:00",
    ]


def test_hours_are_full_hours_of_a_zone_that_is_half_an_hour_off() -> None:
    assert starts("2026-01-01T00:10", "2026-01-01T02:00", "1h", ZoneInfo("Asia/Kolkata")) == [
        "2026-01-01T00:10:00+05:30",
        "2026-01-01T01:00:00+05:30",
    ]


def test_weeks_begin_on_monday_and_months_on_the_first() -> None:
    assert starts("2026-01-01", "2026-01-13", "1w", BERLIN) == [
        "2026-01-01T00:00:00+01:00",
        "2026-01-05T00:00:00+01:00",
        "2026-01-12T00:00:00+01:00",
    ]
    assert starts("2025-12-15", "2026-03-01", "1mo", BERLIN) == [
        "2025-12-15T00:00:00+01:00",
        "2026-01-01T00:00:00+01:00",
        "2026-02-01T00:00:00+01:00",
    ]


@pytest.mark.parametrize("every", EVERY)
@pytest.mark.parametrize("zone", [UTC, BERLIN, LORD_HOWE, SAO_PAULO, ZoneInfo("Asia/Kathmandu")], ids=str)
def test_periods_cover_their_range_without_gap_or_overlap(every: Every, zone: ZoneInfo) -> None:
    start, end = at("2018-10-28T23:59", zone), at("2018-11-06T10:01", zone)
    found = list(periods(start, end, every, zone))
    assert (found[0].start, found[-1].end) == (start, end)
    assert all(before.end == after.start for before, after in pairwise(found))
    assert all(period.start < period.end for period in found)


def test_all_is_one_period_and_an_empty_range_has_none() -> None:
    assert list(periods(60, 180, "all", BERLIN)) == [Period(60, 180)]
    assert list(periods(60, 60, "all", BERLIN)) == []


def test_a_time_with_an_offset_of_its_own_is_not_read_in_the_zone() -> None:
    assert at("2026-06-01T12:00Z", BERLIN) == at("2026-06-01T14:00", BERLIN)
