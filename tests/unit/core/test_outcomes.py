"""What becomes of a case as a whole: domain.md 2.2 K2, K3, K7, K10 and 4.6."""

from collections import Counter
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from schemas.metrics import RegistryError, load_registry
from tests.unit.core.partition_log import CONFIGURATION, PartitionLog

MONDAY = "2026-03-02T"
RATES = ("resolution_rate", "reopen_rate", "first_contact_resolution", "escalation_rate", "complaint_contact")


@pytest.fixture
def log() -> PartitionLog:
    return PartitionLog()


def time_passes(log: PartitionLog, until: str) -> None:
    log.add("touchpoint.measured", "x", until, measure="clock", duration_ms=0)


def asked_and_answered(log: PartitionLog, case: str, day: str = MONDAY) -> None:
    log.add("case.opened", case, day + "09:00:00Z")
    log.add("case.message", case, day + "09:00:00Z", author="customer")
    log.add("case.message", case, day + "09:01:00Z", author="agent")


def test_a_case_resolved_within_a_week_counts_where_it_was_opened(log: PartitionLog) -> None:
    log.add("case.opened", "c1", MONDAY + "09:00:00Z", team="blue")
    log.add("case.assigned", "c1", MONDAY + "09:00:00Z", team="red")
    assert log.contents("resolution_rate") == {}
    log.add("case.resolved", "c1", "2026-03-09T09:00:00Z")
    assert log.contents("resolution_rate", "team") == {("red",): (1, 1, {1: 1})}
    (row,) = (row for row in log.rows() if row.metric == "resolution_rate")
    assert row.pane == 1_772_442_000


def test_a_case_still_open_after_a_week_is_unresolved_before_anybody_says_so(log: PartitionLog) -> None:
    log.add("case.opened", "c1", MONDAY + "09:00:00Z")
    time_passes(log, "2026-03-09T09:00:00Z")
    assert log.contents("resolution_rate") == {}
    time_passes(log, "2026-03-09T09:00:00.001Z")
    assert log.contents("resolution_rate") == {(): (1, 0, {0: 1})}
    log.add("case.resolved", "c1", "2026-03-10T09:00:00Z")
    assert log.contents("resolution_rate") == {(): (1, 0, {0: 1})}


def test_a_case_closed_without_a_resolution_is_not_resolved(log: PartitionLog) -> None:
    log.add("case.opened", "c1", MONDAY + "09:00:00Z")
    log.add("case.closed", "c1", MONDAY + "10:00:00Z")
    time_passes(log, "2026-03-10T00:00:00Z")
    assert log.contents("resolution_rate") == {(): (1, 0, {0: 1})}
    assert log.contents("reopen_rate") == log.contents("first_contact_resolution") == {}


def test_one_question_one_answer_and_a_quiet_week_are_a_first_contact_resolution(log: PartitionLog) -> None:
    asked_and_answered(log, "c1")
    log.add("case.resolved", "c1", MONDAY + "09:02:00Z")
    assert log.contents("first_contact_resolution") == {}
    time_passes(log, "2026-03-09T09:02:00.001Z")
    assert log.contents("first_contact_resolution") == {(): (1, 1, {1: 1})}
    assert log.contents("reopen_rate") == {(): (1, 0, {0: 1})}


def test_who_had_to_write_again_was_not_helped_at_the_first_contact(log: PartitionLog) -> None:
    asked_and_answered(log, "c1")
    log.add("case.message", "c1", MONDAY + "09:05:00Z", author="customer")
    log.add("case.message", "c1", MONDAY + "09:06:00Z", author="agent")
    log.add("case.resolved", "c1", MONDAY + "09:07:00Z")
    assert log.contents("first_contact_resolution") == {(): (1, 0, {0: 1})}
    time_passes(log, "2026-03-10T00:00:00Z")
    assert log.contents("first_contact_resolution") == {(): (1, 0, {0: 1})}


def test_several_messages_before_the_answer_are_one_contact(log: PartitionLog) -> None:
    log.add("case.opened", "c1", MONDAY + "09:00:00Z")
    for second in range(3):
        log.add("case.message", "c1", f"{MONDAY}09:00:0{second}Z", author="customer")
    log.add("case.message", "c1", MONDAY + "09:01:00Z", author="agent")
    log.add("case.resolved", "c1", MONDAY + "09:02:00Z")
    time_passes(log, "2026-03-10T00:00:00Z")
    assert log.contents("first_contact_resolution") == {(): (1, 1, {1: 1})}


def test_a_case_that_comes_back_within_a_week_was_not_solved_at_the_first_contact(log: PartitionLog) -> None:
    asked_and_answered(log, "c1")
    log.add("case.resolved", "c1", MONDAY + "09:02:00Z")
    log.add("case.reopened", "c1", "2026-03-06T14:00:00Z")
    assert log.contents("reopen_rate") == {(): (1, 1, {1: 1})}
    assert log.contents("first_contact_resolution") == {(): (1, 0, {0: 1})}


def test_who_was_never_answered_was_not_helped_however_the_case_was_resolved(log: PartitionLog) -> None:
    log.add("case.opened", "c1", MONDAY + "09:00:00Z")
    log.add("case.message", "c1", MONDAY + "09:00:00Z", author="customer")
    log.add("case.message", "c1", MONDAY + "09:01:00Z", author="bot")
    log.add("case.resolved", "c1", MONDAY + "09:02:00Z")
    time_passes(log, "2026-03-12T00:00:00Z")
    assert log.contents("first_contact_resolution") == {(): (1, 0, {0: 1})}


def test_a_case_reopened_and_resolved_again_counts_once(log: PartitionLog) -> None:
    asked_and_answered(log, "c1")
    log.add("case.resolved", "c1", MONDAY + "09:02:00Z")
    for hour in (10, 12):
        log.add("case.reopened", "c1", f"{MONDAY}{hour}:00:00Z")
        log.add("case.resolved", "c1", f"{MONDAY}{hour}:30:00Z")
    time_passes(log, "2026-03-12T00:00:00Z")
    for rate in ("resolution_rate", "reopen_rate"):
        assert log.contents(rate) == {(): (1, 1, {1: 1})}


def test_a_case_the_customer_never_wrote_in_says_nothing_of_first_contacts(log: PartitionLog) -> None:
    log.add("case.opened", "c1", MONDAY + "09:00:00Z")
    log.add("case.resolved", "c1", MONDAY + "09:02:00Z")
    time_passes(log, "2026-03-12T00:00:00Z")
    assert log.contents("first_contact_resolution") == {}
    assert log.contents("reopen_rate") == {(): (1, 0, {0: 1})}


@pytest.mark.parametrize(("levels", "share"), [((1,), 0), ((2,), 1), ((1, 3), 1), ((2, 3), 1), ((), 0)])
def test_a_complaint_that_reaches_the_second_level_is_escalated_once(
    log: PartitionLog, levels: tuple[int, ...], share: int
) -> None:
    log.add("case.opened", "c1", MONDAY + "09:00:00Z", kind="complaint")
    for minute, level in enumerate(levels):
        log.add("case.escalated", "c1", f"{MONDAY}09:0{minute}:30Z", level=level)
    log.add("case.closed", "c1", MONDAY + "10:00:00Z")
    log.add("case.reopened", "c1", MONDAY + "11:00:00Z")
    log.add("case.escalated", "c1", MONDAY + "11:30:00Z", level=3)
    assert log.contents("escalation_rate") == {(): (1, share, {share: 1})}


@pytest.mark.parametrize(
    ("severity", "hours"), [(None, 24), ("general", 24), ("odd", 24), ("important", 4), ("crisis", 1)]
)
def test_a_complaint_has_to_be_answered_within_the_time_of_its_severity(
    log: PartitionLog, severity: str | None, hours: int
) -> None:
    named = {} if severity is None else {"severity": severity}
    for case in ("in-time", "too-late"):
        log.add("case.opened", case, MONDAY + "00:00:00Z", kind="complaint", **named)
    due = f"2026-03-0{2 + hours // 24}T{hours % 24:02}:00:00"
    log.add("case.message", "in-time", due + "Z", author="agent")
    assert log.contents("complaint_contact") == {(): (1, 1, {1: 1})}
    time_passes(log, due + ".001Z")
    assert log.contents("complaint_contact") == {(): (2, 1, {0: 1, 1: 1})}
    log.add("case.message", "too-late", due + ".001Z", author="agent")
    assert log.contents("complaint_contact") == {(): (2, 1, {0: 1, 1: 1})}


def test_neither_a_bot_nor_a_note_answers_a_complaint(log: PartitionLog) -> None:
    log.add("case.opened", "c1", MONDAY + "09:00:00Z", kind="complaint", severity="crisis")
    log.add("case.message", "c1", MONDAY + "09:01:00Z", author="bot")
    log.add("case.message", "c1", MONDAY + "09:02:00Z", author="agent", public=False)
    time_passes(log, MONDAY + "11:00:00Z")
    assert log.contents("complaint_contact") == {(): (1, 0, {0: 1})}


def test_a_case_that_is_no_complaint_has_neither_a_time_of_contact_nor_an_escalation(log: PartitionLog) -> None:
    asked_and_answered(log, "c1")
    log.add("case.escalated", "c1", MONDAY + "09:02:00Z", level=2)
    log.add("case.resolved", "c1", MONDAY + "09:03:00Z")
    time_passes(log, "2026-03-12T00:00:00Z")
    assert log.contents("complaint_contact") == log.contents("escalation_rate") == {}


def test_an_answer_in_time_that_arrives_late_takes_the_miss_back(log: PartitionLog) -> None:
    log.add("case.opened", "c1", MONDAY + "09:00:00Z", kind="complaint", severity="crisis")
    time_passes(log, "2026-03-12T00:00:00Z")
    assert log.contents("complaint_contact") == {(): (1, 0, {0: 1})}
    log.add("case.message", "c1", MONDAY + "09:30:00Z", author="agent")
    log.add("case.resolved", "c1", MONDAY + "10:00:00Z")
    assert log.contents("complaint_contact") == {(): (1, 1, {1: 1})}
    assert log.contents("resolution_rate") == {(): (1, 1, {1: 1})}


def test_after_one_due_time_has_passed_the_next_one_is_still_watched(log: PartitionLog) -> None:
    log.add("case.opened", "c1", MONDAY + "09:00:00Z", kind="complaint", severity="crisis")
    for until, decided in (("2026-03-02T12:00:00Z", 1), ("2026-03-08T12:00:00Z", 1), ("2026-03-09T12:00:00Z", 2)):
        time_passes(log, until)
        assert sum(log.contents(rate) != {} for rate in RATES) == decided


STORY: list[tuple[str, str, dict[str, Any]]] = [
    ("case.opened", "2026-03-02T09:00:00Z", {"kind": "complaint", "severity": "important"}),
    ("case.message", "2026-03-02T09:00:00Z", {"author": "customer"}),
    ("case.escalated", "2026-03-02T12:00:00Z", {"level": 2}),
    ("case.message", "2026-03-02T12:30:00Z", {"author": "agent"}),
    ("case.resolved", "2026-03-04T09:00:00Z", {}),
    ("case.reopened", "2026-03-11T08:59:00Z", {}),
]


def test_every_order_of_arrival_gives_the_same_shares() -> None:
    outcomes = set()
    for order in permutations(range(len(STORY))):
        log = PartitionLog()
        for index in order:
            kind, time, data = STORY[index]
            log.add(kind, "c1", time, event_id=f"event-{index}", **data)
        time_passes(log, "2026-03-20T00:00:00Z")
        outcomes.add(repr({rate: log.contents(rate) for rate in RATES}))
    ones = {(): (1, 1, {1: 1})}
    assert outcomes == {repr({rate: {(): (1, 0, {0: 1})} if rate == RATES[2] else ones for rate in RATES})}


def test_undecided_shares_survive_a_restart(log: PartitionLog) -> None:
    log.add("case.opened", "c1", MONDAY + "09:00:00Z", kind="complaint", severity="crisis")
    log.restart()
    time_passes(log, MONDAY + "11:00:00Z")
    log.restart()
    time_passes(log, "2026-03-12T00:00:00Z")
    assert log.contents("complaint_contact") == log.contents("resolution_rate") == {(): (1, 0, {0: 1})}


def test_without_a_target_nothing_is_missed_and_nobody_looks_for_who_comes_back() -> None:
    metrics = dict(CONFIGURATION.registry.metrics)
    for name in ("resolution_rate", "reopen_rate"):
        metrics[name] = replace(metrics[name], version=2, targets=())
    log = PartitionLog(replace(CONFIGURATION, registry=replace(CONFIGURATION.registry, metrics=metrics)))
    asked_and_answered(log, "c1")
    log.add("case.resolved", "c1", MONDAY + "09:02:00Z")
    time_passes(log, "2026-04-12T00:00:00Z")
    assert (
        log.contents("resolution_rate") == log.contents("reopen_rate") == log.contents("first_contact_resolution") == {}
    )


def test_complaint_contact_needs_a_target_for_each_severity(tmp_path: Path) -> None:
    file = tmp_path / "metrics.yaml"
    file.write_text("complaint_contact: {kind: ratio, basis: cohort, version: 2, targets: [24h]}\n")
    with pytest.raises(RegistryError, match="three targets: of general, important and crisis"):
        load_registry(file)


def durations(log: PartitionLog, metric: str) -> list[tuple[int, int]]:
    """Pane, s since midnight of that Monday, and total, ms, over all parts."""
    monday = 1_772_409_600
    totals: Counter[int] = Counter()
    for row in log.rows():
        if row.metric == metric:
            totals[row.pane - monday] += row.total
    return sorted((pane, total) for pane, total in totals.items() if total)


def test_the_full_resolution_goes_from_the_opening_to_the_resolution_that_lasts(log: PartitionLog) -> None:
    log.add("case.opened", "c1", MONDAY + "09:00:00Z")
    log.add("case.resolved", "c1", MONDAY + "10:00:00Z")
    log.add("case.reopened", "c1", "2026-03-04T09:00:00Z")
    log.add("case.resolved", "c1", "2026-03-04T11:00:00Z")
    time_passes(log, "2026-03-11T11:00:00Z")
    assert durations(log, "resolution_full") == [], "it may still come back"
    time_passes(log, "2026-03-11T11:00:00.001Z")
    assert durations(log, "resolution_full") == [((48 + 11) * 3_600, (48 + 2) * 3_600_000)]
    assert durations(log, "resolution") == [(10 * 3_600, 3_600_000), ((48 + 11) * 3_600, 2 * 3_600_000)]


def test_a_case_that_comes_back_when_it_was_settled_has_no_second_full_resolution(log: PartitionLog) -> None:
    log.add("case.opened", "c1", MONDAY + "09:00:00Z")
    log.add("case.resolved", "c1", MONDAY + "10:00:00Z")
    log.add("case.reopened", "c1", "2026-03-10T09:00:00Z")
    log.add("case.resolved", "c1", "2026-03-10T09:30:00Z")
    time_passes(log, "2026-03-20T00:00:00Z")
    assert durations(log, "resolution_full") == [(10 * 3_600, 3_600_000)]


def test_a_reopening_that_arrives_late_takes_the_full_resolution_back(log: PartitionLog) -> None:
    log.add("case.opened", "c1", MONDAY + "09:00:00Z")
    log.add("case.resolved", "c1", MONDAY + "10:00:00Z")
    time_passes(log, "2026-03-10T00:00:00Z")
    assert durations(log, "resolution_full") == [(10 * 3_600, 3_600_000)]
    log.add("case.reopened", "c1", "2026-03-05T09:00:00Z")
    assert durations(log, "resolution_full") == []


def test_the_requester_waits_in_all_turns_of_a_cycle_and_not_while_the_answer_is_with_the_customer(
    log: PartitionLog,
) -> None:
    log.add("case.opened", "c1", MONDAY + "09:00:00Z")
    log.add("case.message", "c1", MONDAY + "09:10:00Z", author="customer")
    log.add("case.message", "c1", MONDAY + "09:12:00Z", author="customer")
    log.add("case.message", "c1", MONDAY + "09:15:00Z", author="agent")  # 5 min, from the first message
    log.add("case.message", "c1", MONDAY + "11:00:00Z", author="customer")
    log.add("case.resolved", "c1", MONDAY + "11:20:00Z")  # 20 min, ended by the resolution
    assert durations(log, "requester_wait") == [(11 * 3_600 + 20 * 60, 25 * 60_000)]
    log.add("case.reopened", "c1", MONDAY + "12:00:00Z")
    log.add("case.message", "c1", MONDAY + "12:00:00Z", author="customer")
    log.add("case.message", "c1", MONDAY + "12:03:00Z", author="agent")
    log.add("case.resolved", "c1", MONDAY + "13:00:00Z")
    assert durations(log, "requester_wait")[1:] == [(13 * 3_600, 3 * 60_000)], "each cycle for itself"


def test_nobody_waited_where_no_customer_wrote_and_a_closed_case_tells_no_wait(log: PartitionLog) -> None:
    log.add("case.opened", "silent", MONDAY + "09:00:00Z")
    log.add("case.resolved", "silent", MONDAY + "10:00:00Z")
    log.add("case.opened", "closed", MONDAY + "09:00:00Z")
    log.add("case.message", "closed", MONDAY + "09:00:00Z", author="customer")
    log.add("case.closed", "closed", MONDAY + "10:00:00Z")
    assert durations(log, "requester_wait") == []
