"""How a complaint is handled: domain.md 2.2 K20 and 2.4 X1, X3."""

import pytest

from tests.unit.core.partition_log import PartitionLog

MONDAY = "2026-03-02T"


@pytest.fixture
def log() -> PartitionLog:
    log = PartitionLog()
    log.add("case.opened", "c1", MONDAY + "09:00:00Z", kind="complaint")
    return log


def time_passes(log: PartitionLog, until: str) -> None:
    log.add("touchpoint.measured", "x", until, measure="clock", duration_ms=0)


@pytest.mark.parametrize("valid", [True, False])
def test_a_complaint_counts_as_what_it_was_first_assessed_as_where_it_was_opened(
    log: PartitionLog, valid: bool
) -> None:
    assert log.contents("complaint_validity") == {}
    log.add("case.assessed", "c1", MONDAY + "10:00:00Z", valid=valid)
    log.add("case.assessed", "c1", MONDAY + "11:00:00Z", valid=not valid)
    assert log.contents("complaint_validity") == {(): (1, int(valid), {int(valid): 1})}
    assert log.contents("contradictions") == {(): (1, 0, {})}
    assert {row.pane for row in log.rows() if row.metric == "complaint_validity"} == {1_772_442_000}


def test_an_assessment_that_arrives_late_but_happened_first_takes_the_other_back(log: PartitionLog) -> None:
    log.add("case.assessed", "c1", MONDAY + "11:00:00Z", valid=False)
    log.add("case.assessed", "c1", MONDAY + "10:00:00Z", valid=True)
    assert log.contents("complaint_validity") == {(): (1, 1, {1: 1})}


def test_who_received_a_complaint_first_keeps_it_until_it_ends(log: PartitionLog) -> None:
    log.add("case.assigned", "c1", MONDAY + "09:10:00Z")
    assert log.contents("ownership_kept") == {}
    log.add("case.resolved", "c1", MONDAY + "12:00:00Z")
    assert log.contents("ownership_kept") == {(): (1, 1, {1: 1})}
    assert log.contents("complaint_transfers") == {}


def test_a_complaint_that_is_passed_on_has_lost_its_owner_however_often(log: PartitionLog) -> None:
    for hour in (10, 11, 12):
        log.add("case.assigned", "c1", f"{MONDAY}{hour}:00:00Z")
    log.add("case.resolved", "c1", MONDAY + "13:00:00Z")
    assert log.contents("ownership_kept") == {(): (1, 0, {0: 1})}
    assert log.contents("complaint_transfers") == {(): (2, 0, {})}


def test_a_complaint_that_nobody_received_says_nothing_of_owners(log: PartitionLog) -> None:
    log.add("case.resolved", "c1", MONDAY + "13:00:00Z")
    log.add("case.reopened", "c1", MONDAY + "14:00:00Z")
    log.add("case.assigned", "c1", MONDAY + "15:00:00Z")
    log.add("case.closed", "c1", MONDAY + "16:00:00Z")
    assert log.contents("ownership_kept") == {}


def test_a_resolution_is_confirmed_by_the_customer_where_the_complaint_was_resolved(log: PartitionLog) -> None:
    log.add("case.resolved", "c1", MONDAY + "13:00:00Z")
    assert log.contents("resolution_confirmed") == {}
    log.add("case.confirmed", "c1", MONDAY + "14:00:00Z")
    log.add("case.closed", "c1", MONDAY + "15:00:00Z")
    assert log.contents("resolution_confirmed") == {(): (1, 1, {1: 1})}
    assert {row.pane for row in log.rows() if row.metric == "resolution_confirmed"} == {1_772_456_400}


@pytest.mark.parametrize("ends", ["case.closed", "case.reopened"])
def test_a_complaint_closed_or_reopened_before_the_customer_agreed_is_not_confirmed(
    log: PartitionLog, ends: str
) -> None:
    log.add("case.resolved", "c1", MONDAY + "13:00:00Z")
    log.add(ends, "c1", MONDAY + "14:00:00Z")
    log.add("case.confirmed", "c1", MONDAY + "15:00:00Z")
    assert log.contents("resolution_confirmed") == {(): (1, 0, {0: 1})}


def test_a_customer_who_says_nothing_for_a_week_has_not_agreed(log: PartitionLog) -> None:
    log.add("case.resolved", "c1", MONDAY + "13:00:00Z")
    time_passes(log, "2026-03-09T13:00:00Z")
    assert log.contents("resolution_confirmed") == {}
    time_passes(log, "2026-03-09T13:00:00.001Z")
    assert log.contents("resolution_confirmed") == {(): (1, 0, {0: 1})}


def test_what_is_no_complaint_can_neither_be_assessed_nor_confirmed(log: PartitionLog) -> None:
    log.add("case.opened", "c2", MONDAY + "09:00:00Z")
    log.add("case.assigned", "c2", MONDAY + "09:01:00Z")
    log.add("case.assessed", "c2", MONDAY + "09:02:00Z", valid=True)
    log.add("case.resolved", "c2", MONDAY + "10:00:00Z")
    log.add("case.confirmed", "c2", MONDAY + "10:00:00Z")
    assert log.contents("contradictions") == {(): (2, 0, {})}
    for metric in ("complaint_validity", "ownership_kept", "resolution_confirmed"):
        assert log.contents(metric) == {}
