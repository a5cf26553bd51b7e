"""The benchmark's oracle and its verdict."""

import json
from typing import Any

import pytest

from schemas.buckets import BOUNDS, bucket_of
from tests.bench.compare.storage import CLASS_BUCKETS
from tests.bench.job import COLUMNS, LIMITS_MS, observe
from tests.bench.load.events import records
from tests.bench.load.plan import Load
from tests.bench.oracle import Cells, Oracle, merged, verdict

KEY = (1_767_607_200, "phone", "north", "a")
"""2026-01-05 10:00 UTC."""


def event(kind: str, time: str, subject: str = "s", **data: Any) -> bytes:
    content = {"channel": "phone", "region": "north", "team": "a", **data}
    described = {"id": f"{kind} {time} {subject}", "source": "/test", "type": f"cx.{kind}.v1", "subject": subject}
    return json.dumps({**described, "time": f"2026-01-05T{time}Z", "data": content}).encode()


def answer(score: int, time: str = "10:00:01", **rest: Any) -> bytes:
    return event("survey.answered", time, metric="nps", score=score, **rest)


def counted(*values: bytes) -> Cells:
    oracle = Oracle()
    for value in values:
        oracle.add(value)
    return oracle.cells()


def cell(**counts: int) -> tuple[int, ...]:
    return tuple(counts.get(name, 0) for name in COLUMNS)


@pytest.mark.parametrize(
    ("score", "column"), [(0, "detractors"), (6, "detractors"), (7, "passives"), (8, "passives"), (9, "promoters")]
)
def test_an_answer_counts_in_its_class(score: int, column: str) -> None:
    assert counted(answer(score)) == {KEY: cell(**{column: 1})}


@pytest.mark.parametrize(
    ("duration", "column"),
    [(0, 0), (1_006, 0), (1_007, 1), (3_718_047, len(LIMITS_MS) - 1), (3_718_048, len(LIMITS_MS))],
)
def test_a_response_time_counts_up_to_its_inclusive_limit(duration: int, column: int) -> None:
    value = event("touchpoint.measured", "10:00:59.999", measure="response", duration_ms=duration)
    assert counted(value) == {KEY: cell(**{f"response_{column}": 1})}


def test_other_measures_count_nowhere() -> None:
    assert counted(event("touchpoint.measured", "10:00:00", measure="closing", duration_ms=1)) == {}


def test_the_same_event_counts_once() -> None:
    assert counted(answer(9), answer(9)) == {KEY: cell(promoters=1)}


def test_what_is_no_json_counts_nowhere() -> None:
    assert counted(answer(9)[:-9]) == {}


def test_the_first_response_is_from_the_first_question_to_the_first_answer_of_a_person() -> None:
    story = [
        event("case.opened", "09:58:00"),
        event("case.message", "09:59:00", author="customer"),
        event("case.message", "09:59:10", author="bot"),
        event("case.message", "09:59:30", author="customer"),
        event("case.message", "10:00:02", author="agent"),
        event("case.message", "10:00:09", author="agent"),
    ]
    expected = {KEY: cell(response_6=1)}  # 62 s
    assert counted(*story) == counted(*reversed(story)) == expected


def test_a_case_that_is_not_open_has_no_first_response() -> None:
    question, reply = (
        event("case.message", "10:00:01", author="customer"),
        event("case.message", "10:00:02", author="agent"),
    )
    assert counted(question, reply) == {}
    assert counted(question, reply, event("case.opened", "10:00:05")) == {}
    early = [event("case.resolved", "09:58:00"), event("case.opened", "09:59:00"), question, reply]
    assert counted(*early) == {KEY: cell(response_0=1)}
    ended = [event("case.opened", "09:59:00"), question, event("case.resolved", "10:00:01.5"), reply]
    assert counted(*ended) == {}


def test_partitions_add_up() -> None:
    one, other = counted(answer(9)), counted(answer(9, subject="t"), answer(0, time="10:01:00"))
    assert merged([one, other]) == {KEY: cell(promoters=2), (KEY[0] + 60, *KEY[1:]): cell(detractors=1)}


def test_what_the_peers_count_is_what_the_oracle_counts() -> None:
    load = Load(mix="mixed", events=4_000, partitions=1, twice=0, segments=20)
    values = [record.value for record in records(load, 0)]
    peers: dict[Any, list[int]] = {}
    for value in values:
        seen = observe(json.loads(value))
        if seen is not None:
            peers.setdefault((seen.pane, *seen.segment), [0] * len(COLUMNS))[seen.column] += 1
    assert {key: tuple(counts) for key, counts in peers.items()} == counted(*values)


def test_every_limit_is_a_bound_of_the_stored_buckets() -> None:
    assert set(LIMITS_MS) <= set(BOUNDS)
    assert [bucket_of(limit) + 1 for limit in LIMITS_MS] == CLASS_BUCKETS[1:]


def test_an_equal_result_is_right() -> None:
    cells = counted(answer(9), answer(3, subject="t"))
    assert verdict(cells, dict(cells)).right
    assert str(verdict(cells, dict(cells))) == "right"


def test_a_result_that_differs_is_wrong_by_its_facts_and_cells() -> None:
    expected = {KEY: cell(promoters=3, passives=1), ("other",): cell(detractors=1)}
    found = {KEY: cell(promoters=2, passives=3), ("more",): cell(promoters=1)}
    judged = verdict(expected, found)  # type: ignore[arg-type]
    assert (judged.facts, judged.missing, judged.surplus) == (5, 2, 3)
    assert (judged.cells, judged.wrong_cells) == (2, 3)
    assert str(judged) == "wrong: 2 facts missing (40 %) and 3 facts too many (60 %), in 3 of 2 cells"


def test_a_fact_in_the_wrong_class_is_wrong() -> None:
    assert not verdict({KEY: cell(promoters=1)}, {KEY: cell(passives=1)}).right


def test_no_result_is_wrong() -> None:
    assert not verdict({KEY: cell(promoters=1)}, {}).right
