"""Answers, revisions and withdrawals: domain.md 4.1 rule 6 and its golden vectors of part 7."""

import pytest

from tests.unit.core.partition_log import PartitionLog

MONDAY, TUESDAY = "2026-03-02T", "2026-03-03T"


@pytest.fixture
def log() -> PartitionLog:
    return PartitionLog()


def test_a_revised_answer_replaces_the_first_in_the_pane_of_the_first(log: PartitionLog) -> None:
    """Golden vector: rating 5 revised to 2 next day -> day 1 has -5 +2 in its own pane."""
    log.add("survey.answered", "r1", MONDAY + "10:00:30Z", metric="rating", score=5)
    log.add("survey.answered", "r1", TUESDAY + "18:00:00Z", metric="rating", score=2, revision=1)
    assert log.contents("rating") == {(): (1, 2, {2: 1})}
    panes = {row.pane for row in log.rows() if row.metric == "rating" and row.n}
    assert panes == {1_772_445_600}


def test_a_revision_that_arrives_before_the_first_answer_ends_in_the_same_place(log: PartitionLog) -> None:
    log.add("survey.answered", "r1", TUESDAY + "18:00:00Z", metric="rating", score=2, revision=1)
    log.add("survey.answered", "r1", MONDAY + "10:00:30Z", metric="rating", score=5)
    net: dict[int, int] = {}
    for row in log.rows():
        net[row.pane] = net.get(row.pane, 0) + row.n
    assert {pane: n for pane, n in net.items() if n} == {1_772_445_600: 1}
    assert log.contents("rating") == {(): (1, 2, {2: 1})}


def test_one_response_delivered_three_times_counts_once(log: PartitionLog) -> None:
    for event_id in ("a", "a", "b"):
        assert log.add("survey.answered", "r1", MONDAY + "10:00:00Z", event_id, metric="nps", score=9) == []
    assert log.contents("nps") == {(): (1, 9, {9: 1})}
    assert log.processor.counts.accepted == 1
    assert log.processor.counts.duplicates == 2


def test_a_second_answer_with_the_same_revision_and_another_score_is_refused(log: PartitionLog) -> None:
    log.add("survey.answered", "r1", MONDAY + "10:00:00Z", metric="nps", score=9)
    (reject,) = log.add("survey.answered", "r1", MONDAY + "11:00:00Z", metric="nps", score=3)
    assert reject.reason == "revision_conflict"
    assert log.contents("nps") == {(): (1, 9, {9: 1})}


def test_a_withdrawal_takes_back_its_revision_and_lower_ones(log: PartitionLog) -> None:
    log.add("survey.answered", "r1", MONDAY + "10:00:00Z", metric="nps", score=9)
    log.add("survey.withdrawn", "r1", MONDAY + "11:00:00Z")
    assert log.contents("nps") == {}
    log.add("survey.answered", "r1", MONDAY + "12:00:00Z", metric="nps", score=8, revision=1)
    assert log.contents("nps") == {(): (1, 8, {8: 1})}


def test_answers_to_several_questions_of_one_response_stand_side_by_side(log: PartitionLog) -> None:
    log.add("survey.answered", "r1", MONDAY + "10:00:00Z", metric="csat", score=5, question="staff")
    log.add("survey.answered", "r1", MONDAY + "10:00:00Z", metric="csat", score=2, question="price")
    assert log.contents("csat") == {(): (2, 7, {2: 1, 5: 1})}


def test_the_response_rate_belongs_to_the_invitation(log: PartitionLog) -> None:
    log.add("survey.invited", "r1", MONDAY + "10:00:00Z", metric="nps", channel="chat")
    log.add("survey.invited", "r2", MONDAY + "10:00:00Z", metric="nps", channel="chat")
    log.add("survey.answered", "r1", TUESDAY + "10:00:00Z", metric="nps", score=9)
    assert log.contents("response_rate", "channel") == {("chat",): (2, 1, {0: 1, 1: 1})}
    assert log.contents("nps", "channel") == {("chat",): (1, 9, {9: 1})}
    log.add("survey.withdrawn", "r1", TUESDAY + "11:00:00Z")
    assert log.contents("response_rate", "channel") == {("chat",): (2, 0, {0: 2})}


def test_not_applicable_is_kept_and_never_counted(log: PartitionLog) -> None:
    log.add("survey.answered", "r1", MONDAY + "10:00:00Z", metric="csat", score=-1)
    log.add("survey.answered", "r2", MONDAY + "10:00:00Z", metric="csat", score=4)
    assert log.contents("csat") == {(): (1, 4, {-1: 1, 4: 1})}


def test_answers_on_different_scales_are_never_pooled(log: PartitionLog) -> None:
    log.add("survey.answered", "r1", MONDAY + "10:00:00Z", metric="csat", score=4)
    log.add("survey.answered", "r2", MONDAY + "10:00:00Z", metric="csat", score=4, scale="csat10")
    assert {row.definition for row in log.rows()} == {"csat5.v1", "csat10.v1"}


def test_an_answer_before_its_invitation_counts_and_is_counted_as_a_contradiction(log: PartitionLog) -> None:
    log.add("survey.answered", "r1", MONDAY + "10:00:00Z", metric="nps", score=9)
    log.add("survey.invited", "r1", TUESDAY + "10:00:00Z", metric="nps")
    assert log.contents("nps") == {(): (1, 9, {9: 1})}
    assert log.contents("contradictions") == {(): (1, 0, {})}
    assert log.contents("response_rate") == {(): (1, 1, {1: 1})}


@pytest.mark.parametrize("first", ["/desk", "/shop"])
def test_of_simultaneous_invitations_with_one_id_the_same_counts_whichever_comes_first(
    log: PartitionLog, first: str
) -> None:
    teams = {"/desk": "blue", "/shop": "red"}
    for source in sorted(teams, key=lambda each: each != first):
        log.add("survey.invited", "r1", MONDAY + "10:00:00Z", "one", source, metric="nps", team=teams[source])
    assert log.contents("response_rate", "team") == {("blue",): (1, 0, {0: 1})}


def test_an_answer_that_says_what_was_expected_keeps_both_codes_together(log: PartitionLog) -> None:
    """Expected 4 and got 5 is the pair 405; the sum is that of the gaps, 1 - 2."""
    log.add("survey.answered", "r1", MONDAY + "10:00:00Z", metric="csat", score=5, expectation=4)
    log.add("survey.answered", "r2", MONDAY + "10:00:00Z", metric="csat", score=3, expectation=5)
    assert log.contents("expectation_gap") == {(): (2, -1, {405: 1, 503: 1})}
    assert log.contents("csat") == {(): (2, 8, {3: 1, 5: 1})}
    assert {row.definition for row in log.rows() if row.metric == "expectation_gap"} == {"gap.v1.csat.csat5.v1"}


def test_a_revision_and_a_withdrawal_take_the_expectation_back_with_the_answer(log: PartitionLog) -> None:
    log.add("survey.answered", "r1", MONDAY + "10:00:00Z", metric="csat", score=5, expectation=4)
    log.add("survey.answered", "r1", TUESDAY + "10:00:00Z", metric="csat", score=2, expectation=3, revision=1)
    assert log.contents("expectation_gap") == {(): (1, -1, {302: 1})}
    log.restart()
    log.add("survey.answered", "r1", TUESDAY + "11:00:00Z", metric="csat", score=2, revision=2)
    assert log.contents("expectation_gap") == {}
    log.add("survey.answered", "r1", TUESDAY + "12:00:00Z", metric="csat", score=2, expectation=2, revision=3)
    log.add("survey.withdrawn", "r1", TUESDAY + "13:00:00Z", revision=3)
    assert log.contents("expectation_gap") == {}


@pytest.mark.parametrize(("score", "expectation"), [(5, -1), (-1, 5), (5, None)])
def test_what_does_not_apply_has_no_gap(log: PartitionLog, score: int, expectation: int | None) -> None:
    time = MONDAY + "10:00:00Z"
    assert log.add("survey.answered", "r1", time, metric="csat", score=score, expectation=expectation) == []
    assert log.contents("expectation_gap") == {}


def test_an_expectation_off_the_scale_is_refused_as_a_score_is(log: PartitionLog) -> None:
    (reject,) = log.add("survey.answered", "r1", MONDAY + "10:00:00Z", metric="csat", score=5, expectation=6)
    assert (reject.reason, reject.detail) == ("off_scale", "expectation is not on csat5 - at `$.data.expectation`")
    assert log.contents("csat") == {}


def test_the_same_revision_with_another_expectation_is_refused(log: PartitionLog) -> None:
    log.add("survey.answered", "r1", MONDAY + "10:00:00Z", metric="csat", score=5, expectation=4)
    (reject,) = log.add("survey.answered", "r1", MONDAY + "11:00:00Z", metric="csat", score=5, expectation=5)
    assert reject.reason == "revision_conflict"
    assert log.contents("expectation_gap") == {(): (1, 1, {405: 1})}


def test_an_anonymous_answer_counts_and_is_followed_to_no_customer(log: PartitionLog) -> None:
    for number in range(5):
        log.add("survey.invited", f"r{number}", "2026-03-02T09:00:00Z", metric="nps")
        log.add("survey.answered", f"r{number}", "2026-03-02T09:05:00Z", metric="nps", score=9)
    assert log.contents("nps") == {(): (5, 45, {9: 5})}
    assert log.contents("response_rate") == {(): (5, 5, {1: 5})}
    assert log.contents("survey_cap_kept") == {}, "nobody is known to have been asked too often"
