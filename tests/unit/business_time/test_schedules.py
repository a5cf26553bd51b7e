"""Business time: the golden vectors of domain.md 7, holidays, exceptional days and changes of the clocks."""

import pytest

from streams.business_time import Assignment, OpeningHours, Schedule
from tests.unit.business_time.calendars import HOUR, MINUTE, at, calendar, schedule, week

EVERY_DAY = "monday tuesday wednesday thursday friday saturday sunday"
OFFICE = week("09:00-17:00")


def test_an_hour_from_friday_afternoon_is_due_on_monday_morning() -> None:
    """Golden vector: Mon-Fri 9-17, arrival Fri 16:30, limit 1 h -> Mon 09:30 (Chatwoot PR #13392)."""
    assert schedule(OFFICE).due(at("2026-03-06 16:30"), HOUR) == at("2026-03-09 09:30")


def test_two_hours_from_before_the_opening_are_counted_from_the_opening() -> None:
    """Golden vector: arrival Wed 07:00, limit 2 h, same calendar -> Wed 11:00."""
    assert schedule(OFFICE).due(at("2026-03-04 07:00"), 2 * HOUR) == at("2026-03-04 11:00")


def test_a_shift_may_run_past_midnight() -> None:
    """Golden vector: 21:00-02:00 spans midnight (chatwoot #5254)."""
    night = schedule(week("21:00-02:00", days="friday"))
    assert night.elapsed(at("2026-03-06 00:00"), at("2026-03-08 00:00")) == 5 * HOUR
    assert night.elapsed(at("2026-03-07 01:00"), at("2026-03-07 03:00")) == HOUR
    assert night.elapsed(at("2026-03-06 01:00"), at("2026-03-06 03:00")) == 0
    assert night.due(at("2026-03-06 22:00"), 3 * HOUR) == at("2026-03-07 01:00")


def test_a_break_between_two_shifts_does_not_count() -> None:
    """Golden vector: shifts 08-12 and 13:30-18, message 12:30, reply 13:40 -> 10 business minutes (chatwoot #14009)."""
    split = schedule(week("08:00-12:00", "13:30-18:00"))
    assert split.elapsed(at("2026-03-04 12:30"), at("2026-03-04 13:40")) == 10 * MINUTE
    assert split.due(at("2026-03-04 11:50"), 20 * MINUTE) == at("2026-03-04 13:40")


CHICAGO = week("07:00-21:00", days=EVERY_DAY, zone="America/Chicago")
SAN_FRANCISCO = week("08:00-17:30", zone="America/Los_Angeles")


def test_a_case_under_two_schedules_in_turn_has_the_time_of_both() -> None:
    """Golden vector: 538 + 421.25 + 0.21 = 959.46 business minutes (Fivetran's decision log, with its minutes)."""
    sunday = at("2020-09-27 00:00")
    created, moved, replied = (sunday + int(minutes * MINUTE) for minutes in (3902, 5461.25, 5461.46))
    chicago, san_francisco = (OpeningHours(calendar(text)) for text in (CHICAGO, SAN_FRANCISCO))
    both = Schedule([Assignment(created, chicago), Assignment(moved, san_francisco)])
    first, second = both.open_between(created, moved)
    assert [(end - start) / MINUTE for start, end in (first, second)] == [538, 421.25]
    assert both.elapsed(moved, replied) == 0.21 * MINUTE
    assert both.elapsed(created, replied) == 959.46 * MINUTE


def test_a_new_version_of_a_calendar_counts_from_its_day_on_and_changes_no_day_before() -> None:
    old, new = (OpeningHours(calendar(week(shift))) for shift in ("09:00-17:00", "09:00-12:00"))
    changed = Schedule([Assignment(0, old), Assignment(at("2026-03-04 00:00"), new)])
    assert changed.elapsed(at("2026-03-03 00:00"), at("2026-03-05 00:00")) == (8 + 3) * HOUR
    assert changed.due(at("2026-03-03 16:00"), 5 * HOUR) == at("2026-03-05 10:00")


def test_before_its_first_assignment_nothing_is_open() -> None:
    later = Schedule([Assignment(at("2026-03-04 12:00"), OpeningHours(calendar(OFFICE)))])
    assert later.elapsed(at("2026-03-04 09:00"), at("2026-03-04 13:00")) == HOUR
    assert Schedule([]).elapsed(0, at("2026-03-04 13:00")) == 0


def test_assignments_out_of_order_are_refused() -> None:
    hours = OpeningHours(calendar(OFFICE))
    with pytest.raises(ValueError, match="not in the order"):
        Schedule([Assignment(2, hours), Assignment(1, hours)])


def test_a_reply_in_the_closed_span_of_its_question_takes_no_time() -> None:
    assert schedule(OFFICE).elapsed(at("2026-03-06 18:00"), at("2026-03-08 12:00")) == 0
    assert schedule(OFFICE).elapsed(at("2026-03-04 12:00"), at("2026-03-04 11:00")) == 0


def test_holidays_and_exceptional_days_replace_the_week() -> None:
    text = OFFICE + '\ndays: {2026-12-25: [], 2026-12-24: ["09:00-12:00"], 2026-12-26: ["10:00-11:00"]}'
    christmas = schedule(text)
    assert christmas.elapsed(at("2026-12-24 00:00"), at("2026-12-27 00:00")) == (3 + 0 + 1) * HOUR
    assert christmas.due(at("2026-12-24 11:30"), 2 * HOUR) == at("2026-12-28 09:30")


def test_a_night_shift_runs_to_its_end_also_into_a_holiday() -> None:
    night = schedule(week("21:00-02:00", days=EVERY_DAY) + "\ndays: {2026-12-25: []}")
    assert night.elapsed(at("2026-12-24 12:00"), at("2026-12-26 12:00")) == 5 * HOUR


def test_an_allowance_that_ends_with_a_shift_is_due_at_closing_time() -> None:
    assert schedule(OFFICE).due(at("2026-03-04 16:00"), HOUR) == at("2026-03-04 17:00")
    assert schedule(OFFICE).due(at("2026-03-04 20:00"), 0) == at("2026-03-04 20:00")


def test_an_allowance_that_no_calendar_ever_gives_has_no_due_time() -> None:
    assert schedule("zone: UTC\nweek: {}").due(at("2026-03-04 16:00"), 1) is None


def test_overlapping_shifts_count_once() -> None:
    assert schedule(week("09:00-13:00", "12:00-17:00")).elapsed(at("2026-03-04 00:00"), at("2026-03-05 00:00")) == (
        8 * HOUR
    )


@pytest.mark.parametrize(("day", "hours"), [("2026-03-28", 24), ("2026-03-29", 23), ("2026-10-25", 25)])
def test_a_whole_day_has_the_hours_that_its_zone_gives_it(day: str, hours: int) -> None:
    """Golden vector: a day of 23 or 25 hours in a zone with daylight-saving time."""
    one_day = schedule(f'zone: Europe/Berlin\nweek: {{}}\ndays: {{{day}: ["00:00-24:00"]}}')
    assert one_day.elapsed(at("2026-01-01 00:00"), at("2027-01-01 00:00")) == hours * HOUR
    assert one_day.due(at("2026-01-01 00:00"), hours * HOUR) == at(f"{day} 23:59", "Europe/Berlin") + MINUTE


def test_opening_times_follow_the_clocks_through_the_year() -> None:
    office = schedule(week("09:00-17:00", zone="Europe/Berlin"))
    assert office.due(at("2026-03-27 16:30", "Europe/Berlin"), HOUR) == at("2026-03-30 09:30", "Europe/Berlin")
    assert at("2026-03-30 09:30", "Europe/Berlin") == at("2026-03-30 07:30")


def test_a_night_shift_is_an_hour_longer_or_shorter_when_the_clocks_change() -> None:
    night = schedule(week("22:00-06:00", days=EVERY_DAY, zone="Europe/Berlin"))
    nights = [("2026-03-28 12:00", "2026-03-29 12:00", 7), ("2026-10-24 12:00", "2026-10-25 12:00", 9)]
    for evening, noon, hours in nights:
        assert night.elapsed(at(evening, "Europe/Berlin"), at(noon, "Europe/Berlin")) == hours * HOUR


def test_a_time_that_the_clocks_leap_over_is_the_moment_of_the_leap() -> None:
    """On 29 March 2026 the clocks of Berlin leap from 2:00 to 3:00."""
    early = schedule(week("02:30-04:00", days="sunday", zone="Europe/Berlin"))
    assert early.elapsed(at("2026-03-29 00:00"), at("2026-03-30 00:00")) == HOUR
    leapt = schedule(week("02:10-02:50", days="sunday", zone="Europe/Berlin"))
    assert leapt.elapsed(at("2026-03-29 00:00"), at("2026-03-30 00:00")) == 0


def test_a_time_that_comes_twice_opens_at_the_first_and_closes_at_the_last() -> None:
    """On 25 October 2026 the hour from 2:00 comes twice in Berlin."""
    opening = schedule(week("02:30-04:00", days="sunday", zone="Europe/Berlin"))
    closing = schedule(week("01:00-02:30", days="sunday", zone="Europe/Berlin"))
    assert opening.elapsed(at("2026-10-25 00:00"), at("2026-10-26 00:00")) == 2.5 * HOUR
    assert closing.elapsed(at("2026-10-24 12:00"), at("2026-10-26 00:00")) == 2.5 * HOUR
    on_the_hour = schedule(week("00:00-02:00", days="sunday", zone="Europe/Berlin"))
    assert on_the_hour.elapsed(at("2026-10-24 12:00"), at("2026-10-26 00:00")) == 3 * HOUR


def test_zones_whose_day_begins_at_one_have_all_of_it() -> None:
    """On 4 November 2018 the clocks of São Paulo leapt from midnight to 1:00."""
    whole = schedule(week("00:00-24:00", days="saturday sunday", zone="America/Sao_Paulo"))
    assert whole.elapsed(at("2018-11-02 12:00"), at("2018-11-06 00:00")) == (24 + 23) * HOUR
