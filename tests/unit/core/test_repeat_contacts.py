"""Customers who come back with the same reason: domain.md 4.6, the repeat within seven days."""

import pytest

from tests.unit.core.partition_log import PartitionLog


@pytest.fixture
def log() -> PartitionLog:
    return PartitionLog()


def comes(log: PartitionLog, day: int, case: str, customer: str | None = "ann", reason: str | None = "bill") -> None:
    said = {"customer": customer, "reason": reason}
    named = {name: value for name, value in said.items() if value is not None}
    log.add("case.opened", case, f"2026-03-{day:02}T09:00:00Z", **named)


def test_a_case_after_which_the_customer_comes_back_within_a_week_is_repeated(log: PartitionLog) -> None:
    comes(log, 2, "c1")
    assert log.contents("repeat_contact_rate") == {(): (1, 0, {0: 1})}
    comes(log, 9, "c2")
    assert log.contents("repeat_contact_rate") == {(): (2, 1, {0: 1, 1: 1})}
    panes = {row.pane: row.total for row in log.rows() if row.metric == "repeat_contact_rate"}
    assert panes[1_772_442_000] == 1, "where the first of them was opened"


def test_after_a_week_it_is_another_matter(log: PartitionLog) -> None:
    comes(log, 2, "c1")
    comes(log, 10, "c2")
    assert log.contents("repeat_contact_rate") == {(): (2, 0, {0: 2})}


def test_reasons_and_customers_are_told_apart_and_who_names_neither_is_not_counted(log: PartitionLog) -> None:
    comes(log, 2, "c1")
    comes(log, 3, "c2", reason="delivery")
    comes(log, 3, "c3", customer="ben")
    comes(log, 3, "c4", customer=None)
    comes(log, 4, "c5", customer=None)
    comes(log, 3, "c6", reason=None)
    comes(log, 4, "c7", reason=None)
    assert log.contents("repeat_contact_rate") == {(): (3, 0, {0: 3})}


def test_one_between_that_arrives_late_takes_the_repeat_over(log: PartitionLog) -> None:
    comes(log, 2, "c1")
    comes(log, 8, "c3")
    comes(log, 5, "c2")
    assert log.contents("repeat_contact_rate") == {(): (3, 2, {0: 1, 1: 2})}


def test_a_case_opened_twice_comes_back_to_nobody(log: PartitionLog) -> None:
    comes(log, 2, "c1")
    comes(log, 3, "c1")
    assert log.contents("repeat_contact_rate") == {(): (1, 0, {0: 1})}
