from typing import Any

import pytest

from streams.shell.waiting_list import MOST, Unanswerable, waiting_list
from tests.unit.core.partition_log import PartitionLog

AS_OF = 1_772_442_000_000
"""2026-03-02T09:00:00Z."""


def log() -> PartitionLog:
    """Two cases in which customers wait, one answered case, a caller, a promise."""
    log = PartitionLog()
    for case, time, team in (("slow", "08:30", "blue"), ("new", "08:50", "red"), ("answered", "08:10", "blue")):
        at = f"2026-03-02T{time}:00Z"
        log.add("case.opened", case, at, team=team)
        log.add("case.message", case, at, author="customer")
    log.add("case.message", "answered", "2026-03-02T08:20:00Z", author="agent")
    log.add("wait.started", "call", "2026-03-02T08:40:00Z", team="blue")
    log.add("promise.made", "parcel", "2026-03-02T08:00:00Z", due_at="2026-03-02T10:00:00Z")
    return log


def asked(**query: str) -> list[dict[str, Any]]:
    return waiting_list([log().processor.look(AS_OF)], AS_OF, query)


def test_those_who_wait_are_listed_the_longest_first_with_what_their_events_say() -> None:
    assert asked() == [
        {
            "kind": "promise",
            "subject": "parcel",
            "since": "2026-03-02T08:00:00+00:00",
            "seconds": 3_600,
            "due": "2026-03-02T10:00:00+00:00",
        },
        {
            "kind": "case",
            "subject": "slow",
            "since": "2026-03-02T08:30:00+00:00",
            "seconds": 1_800,
            "due": None,
            "team": "blue",
        },
        {
            "kind": "wait",
            "subject": "call",
            "since": "2026-03-02T08:40:00+00:00",
            "seconds": 1_200,
            "due": "2026-03-02T08:40:20+00:00",
            "team": "blue",
        },
        {
            "kind": "case",
            "subject": "new",
            "since": "2026-03-02T08:50:00+00:00",
            "seconds": 600,
            "due": None,
            "team": "red",
        },
    ]


def test_a_list_may_be_narrowed_to_a_team_and_cut() -> None:
    assert [each["subject"] for each in asked(team="blue")] == ["slow", "call"]
    assert [each["subject"] for each in asked(team="blue", limit="1")] == ["slow"]
    assert asked(team="green") == []


def test_partitions_are_one_list() -> None:
    looks = [log().processor.look(AS_OF) for _ in range(2)]
    found = [each["subject"] for each in waiting_list(looks, AS_OF, {"team": "red"})]
    assert found == ["new", "new"]


@pytest.mark.parametrize("query", [{"who": "ann"}, {"limit": "0"}, {"limit": str(MOST + 1)}, {"limit": "many"}])
def test_what_there_is_not_is_refused_with_what_there_is(query: dict[str, str]) -> None:
    with pytest.raises(Unanswerable, match="limit"):
        asked(**query)
