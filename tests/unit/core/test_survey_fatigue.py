"""At most three invitations a customer in seven days: domain.md 2.2 K29."""

import pytest
from msgspec.structs import replace

from tests.unit.core.partition_log import CONFIGURATION, PartitionLog


@pytest.fixture
def log() -> PartitionLog:
    return PartitionLog()


def invite(
    log: PartitionLog, day: int, hour: int, customer: str | None = "ann", response: str | None = None
) -> list[str]:
    named = {} if customer is None else {"customer": customer}
    subject = response or f"r-{day}-{hour}-{customer}"
    rejects = log.add("survey.invited", subject, f"2026-03-{day:02}T{hour:02}:00:00Z", metric="nps", **named)
    return [reject.reason for reject in rejects]


def test_the_fourth_invitation_within_seven_days_is_one_too_many(log: PartitionLog) -> None:
    for day in (2, 3, 4):
        invite(log, day, 9)
    assert log.contents("survey_cap_kept") == {(): (3, 3, {1: 3})}
    invite(log, 5, 9)
    assert log.contents("survey_cap_kept") == {(): (4, 3, {0: 1, 1: 3})}


def test_after_seven_days_a_customer_may_be_asked_again(log: PartitionLog) -> None:
    for day, hour in ((2, 9), (3, 9), (4, 9), (9, 9), (10, 8)):
        invite(log, day, hour)
    assert log.contents("survey_cap_kept") == {(): (5, 4, {0: 1, 1: 4})}


def test_customers_are_counted_apart_and_nobody_not_at_all(log: PartitionLog) -> None:
    for hour in range(9, 13):
        invite(log, 2, hour, "ann" if hour % 2 else "ben")
        invite(log, 2, hour, None)
    assert log.contents("survey_cap_kept") == {(): (4, 4, {1: 4})}


def test_an_invitation_that_arrives_late_makes_a_later_one_too_many(log: PartitionLog) -> None:
    for day in (3, 4, 5):
        invite(log, day, 9)
    invite(log, 2, 9)
    assert log.contents("survey_cap_kept") == {(): (4, 3, {0: 1, 1: 3})}
    panes = {row.pane: row.total for row in log.rows() if row.metric == "survey_cap_kept" and row.n > 0}
    assert panes[1_772_701_200] == 0, "the fourth of them, on March 5"


def test_every_invitation_counts_also_a_reminder_of_the_same_response(log: PartitionLog) -> None:
    for hour in range(9, 13):
        invite(log, 2, hour, response="r1")
    assert log.contents("survey_cap_kept") == {(): (4, 3, {0: 1, 1: 3})}
    assert log.contents("response_rate") == {(): (1, 0, {0: 1})}


def test_a_restart_forgets_no_invitation(log: PartitionLog) -> None:
    for hour in (9, 10, 11):
        invite(log, 2, hour)
    log.restart()
    invite(log, 2, 12)
    assert log.contents("survey_cap_kept") == {(): (4, 3, {0: 1, 1: 3})}


def test_a_checkpoint_names_no_customer(log: PartitionLog) -> None:
    invite(log, 2, 9, "somebody@example.org", response="r1")
    assert b"somebody" not in b"".join(log.processor.checkpoint().encode())


def test_a_customer_has_no_more_invitations_than_are_kept_of_one() -> None:
    log = PartitionLog(replace(CONFIGURATION, subject_event_cap=2))
    assert [invite(log, 2, hour) for hour in (9, 10, 11)] == [[], [], ["too_many_events"]]
    assert log.contents("response_rate") == {(): (2, 0, {0: 2})}, "refused as a whole"
