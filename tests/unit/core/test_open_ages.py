"""How long those have waited whose duration is not known yet: domain.md 4.5, the open part of a duration."""

import pytest

from schemas.buckets import bucket_of
from schemas.dimensions import DIMENSIONS
from tests.unit.core.partition_log import PartitionLog

TEAM = DIMENSIONS.index("team")
MONDAY = "2026-03-02T"
NINE = 1_772_442_000_000


@pytest.fixture
def log() -> PartitionLog:
    return PartitionLog()


def ages(log: PartitionLog, as_of_ms: int) -> dict[str, dict[int, int]]:
    return {each.metric: each.buckets for each in log.processor.look(as_of_ms).view().ages}


def test_who_waits_for_a_first_answer_waits_for_a_reply_too(log: PartitionLog) -> None:
    log.add("case.opened", "c1", MONDAY + "09:00:00Z")
    assert ages(log, NINE) == {}
    log.add("case.message", "c1", MONDAY + "09:00:00Z", author="customer")
    log.add("case.message", "c1", MONDAY + "09:02:00Z", author="customer")
    after_five_minutes = {bucket_of(300_000): 1}
    assert ages(log, NINE + 300_000) == {"first_response": after_five_minutes, "next_reply": after_five_minutes}


def test_after_the_first_answer_a_customer_waits_for_a_reply_alone(log: PartitionLog) -> None:
    log.add("case.opened", "c1", MONDAY + "09:00:00Z")
    for minute, author in enumerate(("customer", "agent", "customer")):
        log.add("case.message", "c1", f"{MONDAY}09:0{minute}:00Z", author=author)
    assert ages(log, NINE + 180_000) == {"next_reply": {bucket_of(60_000): 1}}
    log.add("case.message", "c1", MONDAY + "09:04:00Z", author="agent")
    assert ages(log, NINE + 240_000) == {}


def test_in_a_queue_one_waits_until_served_or_gone(log: PartitionLog) -> None:
    for second, call in ((0, "a"), (30, "b"), (50, "c")):
        log.add("wait.started", call, f"{MONDAY}09:00:{second:02}Z")
    log.add("wait.served", "a", MONDAY + "09:01:00Z")
    assert ages(log, NINE + 60_000) == {"queue_wait": {bucket_of(30_000): 1, bucket_of(10_000): 1}}


def test_nobody_waits_for_less_than_nothing(log: PartitionLog) -> None:
    log.add("wait.started", "a", MONDAY + "09:00:00Z")
    assert ages(log, NINE - 1_000) == {"queue_wait": {0: 1}}


def test_segments_are_told_apart(log: PartitionLog) -> None:
    for team, second in (("blue", 0), ("blue", 10), ("red", 20)):
        log.add("wait.started", f"{team}-{second}", f"{MONDAY}09:00:{second:02}Z", team=team)
    found = {each.segment[TEAM]: each.buckets for each in log.processor.look(NINE + 30_000).view().ages}
    assert found == {"blue": {bucket_of(30_000): 1, bucket_of(20_000): 1}, "red": {bucket_of(10_000): 1}}
