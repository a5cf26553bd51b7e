"""The way of a questionnaire before its answer: domain.md 2.2 K30, 2.8 and 4.6."""

from typing import Any

import pytest

from tests.unit.core.partition_log import PartitionLog

MONDAY = "2026-03-02T"
NINE = 1_772_442_000


@pytest.fixture
def log() -> PartitionLog:
    return PartitionLog()


def on_its_way(log: PartitionLog, response: str, *steps: str) -> None:
    for minute, step in enumerate(steps):
        data: dict[str, Any] = {"metric": "nps"} if step in ("invited", "answered") else {}
        data |= {"score": 9} if step == "answered" else {}
        log.add(f"survey.{step}", response, f"{MONDAY}09:0{minute}:00Z", **data)


def test_an_invitation_is_delivered_or_bounces_where_it_was_sent(log: PartitionLog) -> None:
    on_its_way(log, "r1", "invited", "delivered")
    on_its_way(log, "r2", "invited", "bounced")
    on_its_way(log, "r3", "invited")
    assert log.contents("delivery_rate") == {(): (2, 1, {0: 1, 1: 1})}
    assert {row.pane for row in log.rows() if row.metric == "delivery_rate"} == {NINE}


def test_one_that_bounced_first_and_was_delivered_then_has_reached_somebody(log: PartitionLog) -> None:
    on_its_way(log, "r1", "invited", "bounced", "delivered")
    assert log.contents("delivery_rate") == {(): (1, 1, {1: 1})}
    assert log.contents("response_rate") == {(): (1, 0, {0: 1})}


def test_who_was_not_reached_cannot_lower_the_response_rate(log: PartitionLog) -> None:
    on_its_way(log, "r1", "invited", "bounced")
    on_its_way(log, "r2", "invited", "delivered", "answered")
    assert log.contents("response_rate") == {(): (1, 1, {1: 1})}


def test_an_answer_shows_that_somebody_was_reached_whatever_bounced(log: PartitionLog) -> None:
    on_its_way(log, "r1", "invited", "bounced", "answered")
    assert log.contents("response_rate") == {(): (1, 1, {1: 1})}


def test_a_questionnaire_that_was_begun_is_completed_by_its_answer(log: PartitionLog) -> None:
    on_its_way(log, "r1", "invited", "started")
    on_its_way(log, "r2", "invited", "started", "answered")
    assert log.contents("completion_rate") == {(): (2, 1, {0: 1, 1: 1})}
    assert log.duration("completion_time") == (1, 60)
    log.add("survey.withdrawn", "r2", MONDAY + "10:00:00Z")
    assert log.contents("completion_rate") == {(): (2, 0, {0: 2})}
    assert log.duration("completion_time") == (0, 0)


def test_an_answer_before_the_beginning_is_a_contradiction_without_a_duration(log: PartitionLog) -> None:
    on_its_way(log, "r1", "answered", "started")
    assert log.duration("completion_time") == (0, 0)
    assert log.contents("contradictions") == {(): (1, 0, {})}


def test_several_questions_are_completed_when_the_last_of_them_is_answered(log: PartitionLog) -> None:
    log.add("survey.started", "r1", MONDAY + "09:00:00Z")
    for minute, question in enumerate(("speed", "staff", "price"), 1):
        log.add("survey.answered", "r1", f"{MONDAY}09:0{minute}:00Z", metric="csat", score=4, question=question)
    assert log.duration("completion_time") == (1, 180)


def test_a_questionnaire_that_is_left_after_an_answer_is_partial_and_not_completed(log: PartitionLog) -> None:
    on_its_way(log, "r1", "invited", "started", "answered", "broken_off")
    on_its_way(log, "r2", "invited", "started", "broken_off")
    assert log.contents("surveys_partial") == {(): (1, 0, {})}
    assert log.contents("completion_rate") == {(): (2, 0, {0: 2})}
    assert log.duration("completion_time") == (0, 0)
    assert log.contents("response_rate") == {(): (2, 1, {0: 1, 1: 1})}, "an answer it is"


def test_one_that_is_gone_on_with_after_it_was_left_is_completed(log: PartitionLog) -> None:
    on_its_way(log, "r1", "invited", "started", "broken_off", "answered")
    assert log.contents("surveys_partial") == {}
    assert log.contents("completion_rate") == {(): (1, 1, {1: 1})}
    log.add("survey.broken_off", "r1", MONDAY + "09:30:00Z")
    assert log.contents("surveys_partial") == {(): (1, 0, {})}
    assert log.contents("completion_rate") == {(): (1, 0, {0: 1})}


def test_one_that_is_left_with_its_last_answer_is_partial(log: PartitionLog) -> None:
    on_its_way(log, "r1", "started", "answered")
    log.add("survey.broken_off", "r1", MONDAY + "09:01:00Z")
    assert log.contents("surveys_partial") == {(): (1, 0, {})}


def test_what_was_left_and_then_withdrawn_is_not_partial(log: PartitionLog) -> None:
    on_its_way(log, "r1", "started", "answered", "broken_off")
    log.add("survey.withdrawn", "r1", MONDAY + "10:00:00Z")
    assert log.contents("surveys_partial") == {}


def test_who_is_not_asked_and_who_does_not_want_to_answer_are_counted_once(log: PartitionLog) -> None:
    on_its_way(log, "r1", "suppressed", "suppressed")
    on_its_way(log, "r2", "invited", "declined", "declined")
    assert log.contents("surveys_suppressed") == log.contents("surveys_declined") == {(): (1, 0, {})}
    assert log.contents("response_rate") == {(): (1, 0, {0: 1})}


def test_a_delivery_of_what_nobody_sent_is_an_orphan_until_the_invitation_comes(log: PartitionLog) -> None:
    log.add("survey.delivered", "r1", MONDAY + "09:01:00Z")
    assert log.contents("orphans") == {(): (1, 0, {})}
    log.add("survey.invited", "r1", MONDAY + "09:00:00Z", metric="nps", team="blue")
    assert log.contents("orphans") == {}
    assert log.contents("delivery_rate", "team") == {("blue",): (1, 1, {1: 1})}
