"""Replies and resolutions in the business time of published calendars: domain.md 4.5 and its golden vectors."""

from itertools import permutations
from typing import Any

import pytest

from tests.unit.core.partition_log import PartitionLog

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")
OFFICE = {"zone": "Europe/Berlin", "week": {day: ["09:00-17:00"] for day in WEEKDAYS}}
FRIDAY, MONDAY = "2026-03-06T", "2026-03-09T"


def calendar(log: PartitionLog, name: str = "office", time: str = "2026-03-01T00:00:00Z", **data: Any) -> None:
    assert log.add("reference.calendar.published", name, time, **{**OFFICE, **data}) == []


@pytest.fixture
def log() -> PartitionLog:
    log = PartitionLog()
    calendar(log)
    return log


def asked(log: PartitionLog, time: str, name: str | None = "office", case: str = "c1") -> None:
    named = {} if name is None else {"calendar": name}
    log.add("case.opened", case, time, **named)
    log.add("case.message", case, time, author="customer")


def test_a_question_of_friday_evening_waits_for_the_open_hours_alone(log: PartitionLog) -> None:
    asked(log, FRIDAY + "16:30:00+01:00")
    log.add("case.message", "c1", MONDAY + "09:10:00+01:00", author="agent")
    assert log.duration("first_response_business") == (1, 40 * 60)
    assert log.duration("next_reply_business") == (1, 40 * 60)
    assert log.duration("first_response") == (1, 64 * 3600 + 40 * 60), "both are kept"


def test_an_answer_within_one_closed_span_took_no_time_and_counts(log: PartitionLog) -> None:
    asked(log, FRIDAY + "22:00:00+01:00")
    log.add("case.message", "c1", "2026-03-07T10:00:00+01:00", author="agent")
    assert log.contents("first_response_business")[()][:2] == (1, 0)
    assert log.contents("first_response_attainment_business") == {(): (1, 1, {1: 1})}


def test_the_target_passes_in_open_hours_before_anybody_says_so(log: PartitionLog) -> None:
    asked(log, FRIDAY + "16:58:00+01:00")
    log.add("touchpoint.measured", "x", MONDAY + "09:03:00+01:00", measure="clock", duration_ms=0)
    assert log.contents("first_response_attainment_business") == {}
    log.add("touchpoint.measured", "x", MONDAY + "09:03:00.001+01:00", measure="clock", duration_ms=0)
    assert log.contents("first_response_attainment_business") == {(): (1, 0, {0: 1})}
    log.add("case.message", "c1", MONDAY + "09:04:00+01:00", author="agent")
    assert log.contents("first_response_attainment_business") == {(): (1, 0, {0: 1})}
    assert log.duration("first_response_business") == (1, 6 * 60)


def test_a_case_under_two_schedules_in_turn_adds_up_what_each_was_open() -> None:
    """Golden vector: 538 + 421.25 + 0.21 = 959.46 business minutes, in the schedules of one day each."""
    log = PartitionLog()
    utc = {"zone": "UTC"}
    calendar(log, "early", **utc, week={"monday": ["00:00-08:58"]})
    calendar(log, "late", **utc, week={"monday": ["12:00-24:00"], "tuesday": ["00:00-24:00"]})
    log.add("case.opened", "c1", MONDAY + "00:00:00Z", calendar="early")
    log.add("case.assigned", "c1", MONDAY + "16:58:45Z", calendar="late")
    log.add("case.resolved", "c1", "2026-03-10T00:00:12.600Z")
    n, seconds = log.duration("resolution_business")
    assert (n, seconds) == (1, int((538 + 421.25 + 0.21) * 60))


def test_the_first_calendar_that_a_case_names_holds_before_as_well(log: PartitionLog) -> None:
    asked(log, MONDAY + "08:00:00+01:00", name=None)
    log.add("case.assigned", "c1", MONDAY + "10:00:00+01:00", calendar="office")
    log.add("case.message", "c1", MONDAY + "10:30:00+01:00", author="agent")
    assert log.duration("first_response_business") == (1, 90 * 60)


def test_a_holiday_that_was_published_in_time_counts_from_its_version_on(log: PartitionLog) -> None:
    calendar(log, days={"2026-03-09": []}, effective_from="2026-03-07T00:00:00Z")
    asked(log, FRIDAY + "16:30:00+01:00")
    log.add("case.message", "c1", "2026-03-10T09:10:00+01:00", author="agent")
    assert log.duration("first_response_business") == (1, 40 * 60)


def test_a_case_is_counted_by_what_was_published_when_it_began(log: PartitionLog) -> None:
    asked(log, FRIDAY + "16:30:00+01:00")
    calendar(
        log, time=FRIDAY + "16:40:00+01:00", week={"friday": ["09:00-16:00"]}, effective_from="2026-03-01T00:00:00Z"
    )
    log.add("case.message", "c1", FRIDAY + "16:45:00+01:00", author="agent")
    assert log.duration("first_response_business") == (1, 15 * 60)
    asked(log, FRIDAY + "16:50:00+01:00", case="c2")
    log.add("case.message", "c2", FRIDAY + "16:55:00+01:00", author="agent")
    assert log.duration("first_response_business") == (2, 15 * 60), "closed by then"


def test_a_calendar_that_nobody_published_is_counted_and_gives_no_business_time(log: PartitionLog) -> None:
    asked(log, FRIDAY + "16:30:00+01:00", name="typo")
    log.add("case.message", "c1", FRIDAY + "16:40:00+01:00", author="agent")
    assert log.contents("unknown_calendars") == {(): (1, 0, {})}
    assert log.duration("first_response_business") == (0, 0)
    assert log.duration("first_response") == (1, 600)


def test_a_case_that_names_no_calendar_has_no_business_time(log: PartitionLog) -> None:
    asked(log, FRIDAY + "16:30:00+01:00", name=None)
    log.add("case.message", "c1", FRIDAY + "16:40:00+01:00", author="agent")
    assert log.duration("first_response_business") == (0, 0)
    assert log.contents("first_response_attainment_business") == {}


@pytest.mark.parametrize(
    "broken", [{"zone": "Mars/Base"}, {"week": {"monday": ["9-17"]}}, {"week": {"funday": []}}, {"zone": None}]
)
def test_what_is_no_calendar_is_a_dead_letter_that_says_why(broken: dict[str, Any]) -> None:
    log = PartitionLog()
    (reject,) = log.add("reference.calendar.published", "office", FRIDAY + "09:00:00Z", **{**OFFICE, **broken})
    assert reject.reason == "invalid_event"
    assert "$.data" in reject.detail


def test_the_same_version_again_begins_nothing_new(log: PartitionLog) -> None:
    for day in range(2, 9):
        calendar(log, time=f"2026-03-0{day}T00:00:00Z", effective_from="2026-03-01T00:00:00Z")
    assert len(log.processor.checkpoint().header.epochs) == 1


def test_calendars_survive_a_restart_and_other_settings(log: PartitionLog) -> None:
    log.restart()
    log.processor.adopt(log.processor.configuration)
    asked(log, FRIDAY + "16:30:00+01:00")
    log.add("case.message", "c1", MONDAY + "09:10:00+01:00", author="agent")
    assert log.duration("first_response_business") == (1, 40 * 60)


STORY: list[tuple[str, str, dict[str, Any]]] = [
    ("case.opened", FRIDAY + "16:30:00+01:00", {"calendar": "office"}),
    ("case.message", FRIDAY + "16:58:00+01:00", {"author": "customer"}),
    ("case.assigned", FRIDAY + "17:30:00+01:00", {"calendar": "night"}),
    ("case.message", FRIDAY + "21:02:00+01:00", {"author": "agent"}),
    ("case.resolved", MONDAY + "09:30:00+01:00", {}),
]


def test_every_order_of_arrival_gives_the_same_business_time() -> None:
    """Open until 17:00, at night from 21:00: two minutes and two, and the nights until Monday."""
    found = set()
    for order in permutations(range(len(STORY))):
        log = PartitionLog()
        calendar(log)
        calendar(log, "night", week={"friday": ["21:00-02:00"]})
        for index in order:
            kind, time, data = STORY[index]
            log.add(kind, "c1", time, event_id=f"event-{index}", **data)
        shares = log.contents("first_response_attainment_business")
        found.add((log.duration("first_response_business"), log.duration("resolution_business"), repr(shares)))
    assert found == {((1, 240), (1, 30 * 60 + 5 * 3600), repr({(): (1, 1, {1: 1})}))}
