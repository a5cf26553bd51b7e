"""First response, replies, resolution and waiting: domain.md 4.5 and its golden vectors of part 7."""

from itertools import permutations

import pytest

from tests.unit.core.partition_log import PartitionLog

DAY = "2026-03-02T"


@pytest.fixture
def log() -> PartitionLog:
    return PartitionLog()


def test_the_first_response_runs_from_the_first_question_to_the_first_human_answer(log: PartitionLog) -> None:
    log.add("case.opened", "c1", DAY + "09:00:00Z")
    log.add("case.message", "c1", DAY + "09:00:10Z", author="customer")
    log.add("case.message", "c1", DAY + "09:00:11Z", author="bot")
    log.add("case.message", "c1", DAY + "09:01:00Z", author="customer")
    log.add("case.message", "c1", DAY + "09:02:00Z", author="agent", public=False)
    log.add("case.message", "c1", DAY + "09:03:10Z", author="agent")
    assert log.duration("first_response") == (1, 180)
    assert log.contents("first_response_attainment") == {(): (1, 1, {1: 1})}


def test_a_case_the_agent_begins_has_no_first_response_until_the_customer_writes(log: PartitionLog) -> None:
    log.add("case.opened", "c1", DAY + "09:00:00Z")
    log.add("case.message", "c1", DAY + "09:00:00Z", author="agent")
    assert log.duration("first_response") == (0, 0)
    log.add("case.message", "c1", DAY + "10:00:00Z", author="customer")
    log.add("case.message", "c1", DAY + "10:01:00Z", author="agent")
    assert log.duration("first_response") == (1, 60)


def test_each_turn_gives_one_reply_and_later_messages_of_a_turn_do_not_restart_it(log: PartitionLog) -> None:
    log.add("case.opened", "c1", DAY + "09:00:00Z")
    for minute, author in enumerate(("customer", "customer", "agent", "agent", "customer", "agent")):
        log.add("case.message", "c1", f"{DAY}09:{minute:02}:00Z", author=author)
    assert log.duration("next_reply") == (2, 120 + 60)
    assert log.duration("first_response") == (1, 120)


def test_a_goodbye_after_the_resolution_waits_for_nobody(log: PartitionLog) -> None:
    """Golden vector: customer says "bye" after resolve -> no next-reply miss (chatwoot #10178)."""
    log.add("case.opened", "c1", DAY + "09:00:00Z")
    log.add("case.message", "c1", DAY + "09:00:00Z", author="customer")
    log.add("case.message", "c1", DAY + "09:01:00Z", author="agent")
    log.add("case.resolved", "c1", DAY + "09:02:00Z")
    log.add("case.message", "c1", DAY + "09:03:00Z", author="customer")
    log.add("case.message", "c1", DAY + "11:00:00Z", author="agent")
    assert log.duration("next_reply") == (1, 60)
    load = log.processor.look(0).view().cases
    assert load == ()


def test_a_resolution_ends_an_open_turn_without_a_value(log: PartitionLog) -> None:
    log.add("case.opened", "c1", DAY + "09:00:00Z")
    log.add("case.message", "c1", DAY + "09:00:00Z", author="customer")
    log.add("case.resolved", "c1", DAY + "09:02:00Z")
    log.add("case.opened", "c2", DAY + "12:00:00Z")
    assert log.duration("next_reply") == (0, 0)
    assert log.contents("first_response_attainment") == {}


def test_a_reopened_case_begins_a_new_cycle_with_its_own_first_response(log: PartitionLog) -> None:
    """Golden vector: bot resolves Mon 09:05, reopened Fri 14:00, human reply 14:10 -> 600 s (chatwoot PR #12058)."""
    log.add("case.opened", "c1", "2026-03-02T09:00:00Z")
    log.add("case.message", "c1", "2026-03-02T09:00:00Z", author="customer")
    log.add("case.message", "c1", "2026-03-02T09:05:00Z", author="bot")
    log.add("case.resolved", "c1", "2026-03-02T09:05:00Z", author="bot")
    log.add("case.reopened", "c1", "2026-03-06T14:00:00Z")
    log.add("case.message", "c1", "2026-03-06T14:00:00Z", author="customer")
    log.add("case.message", "c1", "2026-03-06T14:10:00Z", author="agent")
    log.add("case.resolved", "c1", "2026-03-06T15:00:00Z")
    assert log.duration("first_response") == (1, 600)
    assert log.duration("resolution") == (2, 300 + 3600)
    assert log.contents("cases_reopened") == {(): (1, 0, {})}


def test_a_missed_target_is_a_fact_the_moment_event_time_passes_it(log: PartitionLog) -> None:
    log.add("case.opened", "c1", DAY + "09:00:00Z")
    log.add("case.message", "c1", DAY + "09:00:00Z", author="customer")
    log.add("case.opened", "c2", DAY + "09:05:00Z")
    assert log.contents("first_response_attainment") == {}
    log.add("case.opened", "c3", DAY + "09:05:00.001Z")
    assert log.contents("first_response_attainment") == {(): (1, 0, {0: 1})}


def test_an_answer_in_time_that_arrives_late_takes_the_miss_back(log: PartitionLog) -> None:
    log.add("case.opened", "c1", DAY + "09:00:00Z")
    log.add("case.message", "c1", DAY + "09:00:00Z", author="customer")
    log.add("case.opened", "c2", DAY + "18:00:00Z")
    log.add("case.message", "c1", DAY + "09:04:00Z", author="agent")
    assert log.contents("first_response_attainment") == {(): (1, 1, {1: 1})}
    assert log.duration("first_response") == (1, 240)


def test_a_reply_before_the_case_was_opened_gives_no_duration_and_is_counted(log: PartitionLog) -> None:
    log.add("case.message", "c1", DAY + "08:00:00Z", author="agent")
    assert log.contents("orphans") == {(): (1, 0, {})}
    log.add("case.opened", "c1", DAY + "09:00:00Z")
    log.add("case.message", "c1", DAY + "09:00:00Z", author="customer")
    assert log.contents("orphans") == {}
    assert log.contents("contradictions") == {(): (1, 0, {})}
    assert log.duration("first_response") == (0, 0)


def test_facts_carry_the_values_in_force_at_the_event_that_decides_them(log: PartitionLog) -> None:
    log.add("case.opened", "c1", DAY + "09:00:00Z", channel="chat", team="blue")
    log.add("case.message", "c1", DAY + "09:00:00Z", author="customer")
    log.add("case.assigned", "c1", DAY + "09:01:00Z", team="red")
    log.add("case.message", "c1", DAY + "09:02:00Z", author="agent")
    assert log.contents("cases_opened", "channel", "team") == {("chat", "blue"): (1, 0, {})}
    assert log.contents("first_response", "channel", "team").keys() == {("chat", "red")}


def test_open_and_waiting_cases_are_shown_with_the_oldest_wait(log: PartitionLog) -> None:
    log.add("case.opened", "c1", DAY + "09:00:00Z", team="blue")
    log.add("case.message", "c1", DAY + "09:01:00Z", author="customer")
    log.add("case.opened", "c2", DAY + "09:02:00Z", team="blue")
    log.add("case.message", "c2", DAY + "09:03:00Z", author="customer")
    (load,) = log.processor.look(0).view().cases
    assert (load.open, load.waiting) == (2, 2)
    assert load.oldest_wait_since == 1_772_442_060_000
    log.add("case.message", "c1", DAY + "09:04:00Z", author="agent")
    (load,) = log.processor.look(0).view().cases
    assert (load.open, load.waiting, load.oldest_wait_since) == (2, 1, 1_772_442_180_000)


STORY = [
    ("case.opened", "09:00:00Z", {"team": "blue"}),
    ("case.message", "09:00:00Z", {"author": "customer"}),
    ("case.message", "09:04:00Z", {"author": "agent"}),
    ("case.resolved", "09:06:00Z", {}),
    ("case.reopened", "09:06:00Z", {}),
    ("case.message", "09:20:00Z", {"author": "customer"}),
]


def test_every_order_of_arrival_gives_the_same_facts() -> None:
    outcomes = set()
    for order in permutations(range(len(STORY))):
        log = PartitionLog()
        for index in order:
            kind, time, data = STORY[index]
            log.add(kind, "c1", DAY + time, event_id=f"event-{index}", **data)
        log.add("touchpoint.measured", "x", DAY + "12:00:00Z", measure="end", duration_ms=0)
        cells: dict[object, list[int]] = {}
        for row in log.rows():
            cell = cells.setdefault((row.metric, row.pane, row.segment), [0, 0])
            cell[0] += row.n
            cell[1] += row.total
        outcomes.add(str(sorted((str(key), cell) for key, cell in cells.items() if any(cell))))
    assert len(outcomes) == 1


@pytest.mark.parametrize("first", ["/desk", "/shop"])
def test_simultaneous_events_of_one_id_count_alike_whichever_source_is_first(log: PartitionLog, first: str) -> None:
    """Found by `test_any_order_of_arrival_gives_the_same_facts`: numbers of segments, as they came, broke the tie."""
    teams = {"/desk": "blue", "/shop": "red"}
    for source in sorted(teams, key=lambda each: each != first):
        log.add("case.opened", "c1", DAY + "09:00:00Z", "one", source, team=teams[source])
    assert log.contents("cases_opened", "team") == {("blue",): (1, 0, {})}
    assert log.contents("contradictions", "team") == {("red",): (1, 0, {})}
