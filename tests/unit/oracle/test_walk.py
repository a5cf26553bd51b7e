"""The oracle itself, on cases small enough to count by hand."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from tests.oracle.expected import Fact, expected, quantile
from tests.oracle.itsm import Happening, walk

START = datetime(2024, 3, 1, 12, 0, tzinfo=UTC)
MINUTE_MS = 60_000


def at(minute: int) -> datetime:
    return START + timedelta(minutes=minute)


def happening(kind: str, minute: int, author: str = "", **segment: str) -> Happening:
    return Happening(f"{kind}-{author}-{minute:03}", kind, at(minute), segment, author)


def told(*happenings: Happening, last: int = 1_000) -> list[tuple[str, int, int]]:
    """Facts as (metric, minute, value in minutes or 0/1)."""
    facts = walk(happenings, at(last))
    return [
        (
            fact.metric,
            (fact.time - START) // timedelta(minutes=1),
            fact.value // MINUTE_MS if fact.value > 1 else fact.value,
        )
        for fact in facts
    ]


def test_a_question_answered_in_time_meets_the_target() -> None:
    assert told(happening("opened", 0), happening("message", 0, "customer"), happening("message", 5, "agent")) == [
        ("cases_opened", 0, 0),
        ("next_reply", 5, 5),
        ("first_response", 5, 5),
        ("first_response_attainment", 0, 1),
    ]


def test_a_question_answered_late_misses_it() -> None:
    facts = told(happening("opened", 0), happening("message", 1, "customer"), happening("message", 7, "agent"))
    assert ("first_response_attainment", 1, 0) in facts


def test_a_question_still_open_misses_once_event_time_has_passed_the_target() -> None:
    asked = (happening("opened", 0), happening("message", 0, "customer"))
    assert told(*asked, last=5) == [("cases_opened", 0, 0)]
    assert told(*asked, last=6) == [("cases_opened", 0, 0), ("first_response_attainment", 0, 0)]


def test_an_end_before_the_target_decides_nothing_and_one_after_it_is_a_miss() -> None:
    asked = (happening("opened", 0), happening("message", 0, "customer"))
    assert "first_response_attainment" not in dict.fromkeys(
        metric for metric, *_ in told(*asked, happening("closed", 4))
    )
    assert ("first_response_attainment", 0, 0) in told(*asked, happening("closed", 6))


def test_bots_end_no_turn_and_further_turns_are_no_first_responses() -> None:
    facts = told(
        happening("opened", 0),
        happening("message", 0, "customer"),
        happening("message", 1, "bot"),
        happening("message", 2, "customer"),
        happening("message", 3, "agent"),
        happening("message", 4, "customer"),
        happening("message", 6, "agent"),
    )
    assert [fact for fact in facts if fact[0] == "next_reply"] == [("next_reply", 3, 3), ("next_reply", 6, 2)]
    assert [fact for fact in facts if fact[0] == "first_response"] == [("first_response", 3, 3)]


def test_each_cycle_has_its_resolution_from_its_own_start() -> None:
    facts = told(
        happening("opened", 0),
        happening("resolved", 10),
        happening("resolved", 12),
        happening("closed", 15),
        happening("reopened", 20),
        happening("resolved", 23),
    )
    assert facts == [
        ("cases_opened", 0, 0),
        ("cases_resolved", 10, 0),
        ("resolution", 10, 10),
        ("cases_reopened", 20, 0),
        ("cases_resolved", 23, 0),
        ("resolution", 23, 3),
    ]


def test_a_close_without_resolution_has_no_duration_and_a_reopening_of_a_running_case_is_contradictory() -> None:
    assert told(happening("opened", 0), happening("reopened", 1), happening("closed", 2), happening("resolved", 3)) == [
        ("cases_opened", 0, 0),
        ("contradictions", 1, 0),
    ]


def test_events_before_the_opening_are_contradictions_and_events_without_one_orphans() -> None:
    early = happening("message", -3, "agent")
    assert Counter(metric for metric, *_ in told(early, happening("opened", 0))) == {
        "contradictions": 1,
        "cases_opened": 1,
    }
    assert told(early, happening("closed", 2)) == [("orphans", -3, 0), ("orphans", 2, 0)]


def test_a_fact_has_the_values_named_last_before_it_in_the_order_of_the_case() -> None:
    facts = walk(
        [
            happening("resolved", 4),
            happening("opened", 0, team="A", region="N"),
            happening("assigned", 2, team="B"),
        ],
        at(9),
    )
    assert {fact.metric: fact.dimensions for fact in facts} == {
        "cases_opened": {"team": "A", "region": "N"},
        "cases_resolved": {"team": "B", "region": "N"},
        "resolution": {"team": "B", "region": "N"},
    }


def test_facts_are_summed_per_month_of_the_zone_and_dimension() -> None:
    late = datetime(2024, 2, 29, 23, 30, tzinfo=UTC)
    facts = [
        Fact("csat", late, {"region": "N"}, 5),
        Fact("csat", late, {"region": "S"}, 1),
        Fact("csat", late, {"region": "N"}, 5),
        Fact("resolution", late, {}, 30),
        Fact("resolution", late, {}, 10),
    ]
    assert expected(facts, ["region"]) == {
        "csat": {
            ("2024-02", "N"): {"n": 2, "sum": 10, "hist": {5: 2}},
            ("2024-02", "S"): {"n": 1, "sum": 1, "hist": {1: 1}},
        },
        "resolution": {("2024-02", ""): {"n": 2, "sum": 40, "values": [10, 30]}},
    }
    assert list(expected(facts, zone="Europe/Berlin")["csat"]) == [("2024-03",)]


def test_a_quantile_is_an_observed_value_at_the_rank_rounded_up() -> None:
    values = list(range(1, 101))
    assert [quantile(values, percent) for percent in (50, 90, 99)] == [50, 90, 99]
    assert quantile([7], 50) == 7
    assert quantile([1, 2, 3], 50) == 2
