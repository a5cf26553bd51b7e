"""Waits in a queue: how long, how many in time, how many gave up, and who still stands there (domain.md 4.5, 4.6)."""

from itertools import permutations

import pytest
from msgspec.structs import replace

from schemas.buckets import bucket_of
from schemas.live import DeadlineLoad
from schemas.metrics import Metric, Registry
from tests.unit.core.partition_log import CONFIGURATION, PartitionLog

DAY = "2026-03-02T"
NINE = 1_772_442_000_000
"""09:00 of that day, ms since 1970."""


@pytest.fixture
def log() -> PartitionLog:
    return PartitionLog()


def test_a_wait_runs_from_its_start_until_it_is_served(log: PartitionLog) -> None:
    log.add("wait.started", "call-1", DAY + "09:00:00Z")
    log.add("wait.served", "call-1", DAY + "09:00:20Z")
    assert log.duration("queue_wait") == (1, 20)
    assert log.contents("service_level") == {(): (1, 1, {1: 1})}
    assert log.contents("abandonment") == {(): (1, 0, {0: 1})}


def test_who_is_served_after_the_target_was_not_served_in_time(log: PartitionLog) -> None:
    log.add("wait.started", "call-1", DAY + "09:00:00Z")
    log.add("wait.served", "call-1", DAY + "09:00:20.001Z")
    assert log.contents("service_level") == {(): (1, 0, {0: 1})}
    assert log.contents("abandonment") == {(): (1, 0, {0: 1})}


def test_the_customer_who_stands_unserved_for_fifteen_minutes_counts(log: PartitionLog) -> None:
    """The story of domain.md 2.2, K26: nobody knew until the customer was asked later."""
    log.add("wait.started", "desk-1", DAY + "09:00:00Z", team="branch")
    log.add("wait.started", "desk-2", DAY + "09:00:20Z", team="branch")
    assert log.contents("service_level") == {}
    log.add("wait.started", "desk-3", DAY + "09:15:00Z", team="branch")
    assert log.contents("service_level", "team") == {("branch",): (2, 0, {0: 2})}
    (load,) = log.processor.look(NINE + 900_000).view().deadlines
    assert (load.kind, load.pending, load.oldest_since) == ("wait", 3, NINE)
    assert (load.overdue, load.overdue_since) == (2, NINE + 20_000)


def test_a_miss_is_booked_once_whatever_becomes_of_the_wait(log: PartitionLog) -> None:
    log.add("wait.started", "call-1", DAY + "09:00:00Z")
    log.add("case.opened", "clock", DAY + "09:01:00Z")
    log.restart()
    log.add("case.opened", "clock", DAY + "09:02:00Z")
    log.add("wait.served", "call-1", DAY + "09:16:00Z")
    assert log.contents("service_level") == {(): (1, 0, {0: 1})}
    assert log.duration("queue_wait") == (1, 960)


def test_a_service_in_time_that_is_told_late_takes_the_miss_back(log: PartitionLog) -> None:
    log.add("wait.started", "call-1", DAY + "09:00:00Z")
    log.add("case.opened", "clock", DAY + "18:00:00Z")
    log.add("wait.served", "call-1", DAY + "09:00:10Z")
    assert log.contents("service_level") == {(): (1, 1, {1: 1})}


def test_who_gives_up_was_not_served_in_time_however_soon(log: PartitionLog) -> None:
    log.add("wait.started", "call-1", DAY + "09:00:00Z")
    log.add("wait.abandoned", "call-1", DAY + "09:00:05Z")
    log.add("wait.started", "call-2", DAY + "09:00:00Z")
    log.add("wait.abandoned", "call-2", DAY + "09:10:00Z")
    assert log.contents("abandonment") == {(): (2, 2, {1: 2})}
    assert log.contents("service_level") == {(): (2, 0, {0: 2})}
    assert log.duration("queue_wait") == (0, 0)
    assert log.contents("short_abandons") == {}


def test_a_short_abandon_is_counted_apart_and_in_neither_ratio(log: PartitionLog) -> None:
    log.add("wait.started", "call-1", DAY + "09:00:00Z")
    log.add("wait.abandoned", "call-1", DAY + "09:00:04.999Z")
    log.add("case.opened", "clock", DAY + "10:00:00Z")
    assert log.contents("short_abandons") == {(): (1, 0, {})}
    assert log.contents("abandonment") == log.contents("service_level") == {}


def test_targets_come_from_the_registry_and_without_one_nothing_is_missed() -> None:
    metrics: dict[str, Metric] = dict(CONFIGURATION.registry.metrics)
    metrics["service_level"] = replace(metrics["service_level"], version=2, targets=())
    metrics["abandonment"] = replace(metrics["abandonment"], version=2, targets=("1m",))
    log = PartitionLog(replace(CONFIGURATION, registry=Registry(metrics)))
    log.add("wait.started", "call-1", DAY + "09:00:00Z")
    log.add("wait.abandoned", "call-1", DAY + "09:00:59Z")
    log.add("wait.started", "call-2", DAY + "09:00:00Z")
    log.add("case.opened", "clock", DAY + "12:00:00Z")
    assert log.contents("service_level") == {}
    assert log.contents("short_abandons") == {(): (1, 0, {})}
    (load,) = log.processor.look(NINE + 900_000).view().deadlines
    assert (load.pending, load.overdue, load.overdue_since) == (1, 0, None)


def test_one_subject_may_wait_again_after_it_was_served(log: PartitionLog) -> None:
    for hour in (9, 10):
        log.add("wait.started", "call-1", f"{DAY}{hour:02}:00:00Z")
        log.add("wait.served", "call-1", f"{DAY}{hour:02}:00:10Z")
    assert log.duration("queue_wait") == (2, 20)
    assert log.contents("contradictions") == {}


def test_who_is_served_on_arrival_has_waited_for_no_time(log: PartitionLog) -> None:
    log.add("wait.served", "call-1", DAY + "09:00:00Z", event_id="a")
    log.add("wait.started", "call-1", DAY + "09:00:00Z", event_id="b")
    assert log.duration("queue_wait") == (1, 0)
    assert log.contents("contradictions") == {}


def test_contradictory_ends_and_beginnings_are_counted_and_change_nothing(log: PartitionLog) -> None:
    log.add("wait.served", "call-1", DAY + "08:59:00Z")
    assert log.contents("orphans") == {(): (1, 0, {})}
    log.add("wait.started", "call-1", DAY + "09:00:00Z")
    log.add("wait.started", "call-1", DAY + "09:00:01Z")
    log.add("wait.served", "call-1", DAY + "09:00:10Z")
    log.add("wait.abandoned", "call-1", DAY + "09:00:30Z")
    assert log.contents("orphans") == {}
    assert log.contents("contradictions") == {(): (3, 0, {})}
    assert log.duration("queue_wait") == (1, 10)


def test_facts_carry_the_values_in_force_at_the_event_that_decides_them(log: PartitionLog) -> None:
    log.add("wait.started", "call-1", DAY + "09:00:00Z", channel="phone")
    log.add("wait.served", "call-1", DAY + "09:01:00Z", team="blue")
    assert log.contents("queue_wait", "channel", "team") == {("phone", "blue"): (1, 60_000, {bucket_of(60_000): 1})}
    assert log.contents("service_level", "channel", "team") == {("phone", ""): (1, 0, {0: 1})}


def test_every_order_of_arrival_gives_the_same_facts() -> None:
    story = [
        ("wait.started", "09:00:00Z", {"channel": "phone"}),
        ("wait.served", "09:00:21Z", {"team": "blue"}),
        ("wait.started", "09:00:21Z", {}),
        ("wait.started", "09:03:00Z", {"channel": "desk"}),
        ("wait.abandoned", "09:03:04Z", {}),
    ]
    outcomes = set()
    for order in permutations(range(len(story))):
        log = PartitionLog()
        for index in order:
            kind, time, data = story[index]
            log.add(kind, "call-1", DAY + time, event_id=f"event-{index}", **data)
        log.add("touchpoint.measured", "x", DAY + "12:00:00Z", measure="end", duration_ms=0)
        metrics = ("queue_wait", "service_level", "abandonment", "short_abandons", "contradictions")
        outcomes.add(str([log.contents(metric, "channel", "team") for metric in metrics]))
    assert len(outcomes) == 1


def test_a_case_and_a_wait_of_one_subject_are_two_things(log: PartitionLog) -> None:
    log.add("case.opened", "c1", DAY + "09:00:00Z")
    log.add("wait.started", "c1", DAY + "09:00:00Z")
    log.add("promise.made", "c1", DAY + "09:00:00Z", due_at=DAY + "10:00:00Z")
    log.add("wait.served", "c1", DAY + "09:00:10Z")
    assert log.duration("queue_wait") == (1, 10)
    assert [load.kind for load in log.processor.look(NINE).view().deadlines] == ["promise"]
    assert log.contents("contradictions") == {}


def test_the_load_is_told_by_segment_and_empties(log: PartitionLog) -> None:
    log.add("wait.started", "call-1", DAY + "09:00:00Z", team="blue")
    log.add("wait.started", "call-2", DAY + "09:00:30Z", team="red")
    log.restart()
    blue, red = log.processor.look(NINE + 25_000).view().deadlines
    assert (blue.pending, blue.oldest_since, blue.overdue) == (1, NINE, 1)
    assert red == DeadlineLoad("wait", red.segment, 1, NINE + 30_000, 0, None)
    log.add("wait.served", "call-1", DAY + "09:01:00Z")
    log.add("wait.abandoned", "call-2", DAY + "09:01:00Z")
    assert log.processor.look(NINE + 60_000).view().deadlines == ()
