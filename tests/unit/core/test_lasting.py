"""Customers who stay and repairs that last: domain.md 2.2 K17, K19, K27."""

import pytest

from tests.unit.core.partition_log import PartitionLog


@pytest.fixture
def log() -> PartitionLog:
    return PartitionLog()


def time_passes(log: PartitionLog, until: str) -> None:
    log.add("touchpoint.measured", "x", until, measure="clock", duration_ms=0)


def test_a_customer_who_leaves_within_a_year_was_not_kept_where_they_joined(log: PartitionLog) -> None:
    log.add("customer.joined", "contract-1", "2026-03-02T09:00:00Z", team="blue")
    assert log.contents("retention_rate") == {}
    log.add("customer.left", "contract-1", "2027-03-02T09:00:00Z")
    assert log.contents("retention_rate", "team") == {("blue",): (1, 0, {0: 1})}
    assert {row.pane for row in log.rows() if row.metric == "retention_rate"} == {1_772_442_000}
    assert log.contents("customers_joined") == log.contents("customers_left") == {(): (1, 0, {})}


def test_a_customer_is_kept_once_the_year_has_passed_and_leaving_later_changes_nothing(log: PartitionLog) -> None:
    log.add("customer.joined", "contract-1", "2026-03-02T09:00:00Z")
    time_passes(log, "2027-03-02T09:00:00.001Z")
    assert log.contents("retention_rate") == {(): (1, 1, {1: 1})}
    log.add("customer.left", "contract-1", "2027-06-01T09:00:00Z")
    assert log.contents("retention_rate") == {(): (1, 1, {1: 1})}
    assert log.contents("customers_left") == {(): (1, 0, {})}


def test_a_membership_is_remembered_for_its_year_however_much_comes_between(log: PartitionLog) -> None:
    log.add("customer.joined", "contract-1", "2026-03-02T09:00:00Z")
    for month in range(4, 13):
        time_passes(log, f"2026-{month:02}-01T00:00:00Z")
    log.restart()
    log.add("customer.left", "contract-1", "2026-12-24T00:00:00Z")
    assert log.contents("retention_rate") == {(): (1, 0, {0: 1})}
    assert log.contents("orphans") == {}


def test_a_customer_may_come_back(log: PartitionLog) -> None:
    log.add("customer.joined", "contract-1", "2026-03-02T09:00:00Z")
    log.add("customer.left", "contract-1", "2026-05-02T09:00:00Z")
    log.add("customer.joined", "contract-1", "2026-06-02T09:00:00Z")
    time_passes(log, "2027-08-01T00:00:00Z")
    assert log.contents("retention_rate") == {(): (2, 1, {0: 1, 1: 1})}


def test_a_repair_is_right_the_first_time_when_it_lasts_for_45_days(log: PartitionLog) -> None:
    log.add("repair.completed", "lift-1", "2026-03-02T09:00:00Z")
    log.add("repair.completed", "lift-2", "2026-03-02T09:00:00Z")
    log.add("repair.reworked", "lift-1", "2026-04-16T09:00:00Z")
    assert log.contents("first_time_fix") == {(): (1, 0, {0: 1})}
    time_passes(log, "2026-04-16T09:00:00.001Z")
    assert log.contents("first_time_fix") == {(): (2, 1, {0: 1, 1: 1})}


def test_nobody_waits_for_what_lasts(log: PartitionLog) -> None:
    log.add("customer.joined", "contract-1", "2026-03-02T09:00:00Z")
    log.add("repair.completed", "lift-1", "2026-03-02T09:00:00Z")
    assert log.processor.look(1_772_442_000_000).view().deadlines == ()


def test_a_rework_of_what_nobody_repaired_is_an_orphan(log: PartitionLog) -> None:
    log.add("repair.reworked", "lift-1", "2026-03-02T09:00:00Z")
    assert log.contents("orphans") == {(): (1, 0, {})}
