"""Promises and follow-ups: kept by when they were due, or missed as event time passes that moment (domain.md 4.6)."""

import pytest
from msgspec.structs import replace

from tests.unit.core.partition_log import CONFIGURATION, PartitionLog

DAY = "2026-03-02T"
TEN = 1_772_445_600_000
"""10:00 of that day, ms since 1970."""

KINDS = pytest.mark.parametrize(
    ("begins", "ends", "ratio"),
    [("promise.made", "promise.kept", "promise_kept"), ("followup.due", "followup.done", "followup_rate")],
)


@pytest.fixture
def log() -> PartitionLog:
    return PartitionLog()


def pass_time(log: PartitionLog, time: str) -> None:
    """Event time moves on to ``time`` of the day."""
    log.add("touchpoint.measured", "clock", DAY + time, measure="clock", duration_ms=0)


@KINDS
def test_what_is_done_by_its_due_time_is_judged_once_that_time_has_passed(
    log: PartitionLog, begins: str, ends: str, ratio: str
) -> None:
    log.add(begins, "p1", DAY + "09:00:00Z", due_at=DAY + "10:00:00Z")
    log.add(ends, "p1", DAY + "10:00:00Z")
    assert log.contents(ratio) == {}
    pass_time(log, "10:00:00.001Z")
    assert log.contents(ratio) == {(): (1, 1, {1: 1})}


@KINDS
def test_a_miss_is_a_fact_the_moment_event_time_passes_the_due_time(
    log: PartitionLog, begins: str, ends: str, ratio: str
) -> None:
    log.add(begins, "p1", DAY + "09:00:00Z", due_at=DAY + "10:00:00Z")
    pass_time(log, "10:00:00Z")
    assert log.contents(ratio) == {}
    pass_time(log, "10:00:00.001Z")
    assert log.contents(ratio) == {(): (1, 0, {0: 1})}
    log.add(ends, "p1", DAY + "11:00:00Z")
    assert log.contents(ratio) == {(): (1, 0, {0: 1})}


@KINDS
def test_news_of_it_that_come_late_take_the_miss_back(log: PartitionLog, begins: str, ends: str, ratio: str) -> None:
    log.add(begins, "p1", DAY + "09:00:00Z", due_at=DAY + "10:00:00Z")
    pass_time(log, "18:00:00Z")
    log.restart()
    log.add(ends, "p1", DAY + "09:59:00Z")
    assert log.contents(ratio) == {(): (1, 1, {1: 1})}


def test_a_promise_is_counted_in_the_minute_it_was_due(log: PartitionLog) -> None:
    log.add("promise.made", "p1", DAY + "09:00:00Z", due_at=DAY + "10:00:30Z")
    pass_time(log, "12:00:00Z")
    assert [row.pane * 1000 for row in log.rows() if row.metric == "promise_kept"] == [TEN]


def test_due_times_may_have_another_zone(log: PartitionLog) -> None:
    log.add("promise.made", "p1", DAY + "09:00:00Z", due_at=DAY + "18:00:00+08:00")
    pass_time(log, "10:00:00.001Z")
    assert log.contents("promise_kept") == {(): (1, 0, {0: 1})}


def test_a_follow_up_takes_from_the_event_that_made_it_due_until_it_is_done(log: PartitionLog) -> None:
    log.add("followup.due", "f1", DAY + "09:00:00Z", due_at=DAY + "10:00:00Z")
    log.add("followup.done", "f1", DAY + "11:30:00Z")
    assert log.duration("followup_delay") == (1, 9_000)


def test_what_is_owed_and_what_is_overdue_is_shown_while_nothing_else_happens(log: PartitionLog) -> None:
    log.add("promise.made", "p1", DAY + "09:00:00Z", due_at=DAY + "10:00:00Z")
    log.add("promise.made", "p2", DAY + "09:30:00Z", due_at=DAY + "11:00:00Z")
    log.add("followup.due", "p2", DAY + "09:40:00Z", due_at=DAY + "12:00:00Z")
    promises, followups = log.processor.look(TEN + 60_000).view().deadlines
    assert (promises.pending, promises.oldest_since) == (2, TEN - 3_600_000)
    assert (promises.overdue, promises.overdue_since) == (1, TEN)
    assert (followups.kind, followups.pending, followups.overdue) == ("followup", 1, 0)
    log.add("promise.kept", "p1", DAY + "10:05:00Z")
    promises, _ = log.processor.look(TEN + 600_000).view().deadlines
    assert (promises.pending, promises.overdue) == (1, 0)


def test_due_before_it_was_made_is_a_contradiction_and_no_promise(log: PartitionLog) -> None:
    log.add("promise.made", "p1", DAY + "09:00:00Z", due_at=DAY + "08:59:59Z")
    log.add("promise.made", "p2", DAY + "09:00:00Z", due_at="0001-01-01T00:00:00+14:00")
    pass_time(log, "12:00:00Z")
    assert log.contents("promise_kept") == {}
    assert log.contents("contradictions") == {(): (2, 0, {})}
    assert log.processor.look(TEN).view().deadlines == ()


def test_a_promise_for_the_year_9999_is_owed_and_never_judged(log: PartitionLog) -> None:
    log.add("promise.made", "p1", DAY + "09:00:00Z", due_at="9999-12-31T23:59:59Z")
    log.add("touchpoint.measured", "clock", "2099-12-31T00:00:00Z", measure="clock", duration_ms=0)
    assert log.contents("promise_kept") == {}
    (load,) = log.processor.look(TEN).view().deadlines
    assert load.pending == 1


def test_a_promise_is_remembered_until_it_is_due_however_long_that_is() -> None:
    log = PartitionLog(replace(CONFIGURATION, subject_horizon_ms=3_600_000, subject_horizon_events=0))
    log.add("promise.made", "p1", "2026-03-02T09:00:00Z", due_at="2026-05-02T09:00:00Z")
    pass_time(log, "18:00:00Z")
    log.add("promise.kept", "p1", "2026-05-01T09:00:00Z")
    log.add("touchpoint.measured", "clock", "2026-05-03T00:00:00Z", measure="clock", duration_ms=0)
    assert log.contents("promise_kept") == {(): (1, 1, {1: 1})}
    assert log.contents("orphans") == {}
