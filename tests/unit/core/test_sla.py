"""What an agreement promised to the customer of a case: kept, missed, or not yet decided (domain.md 4.6)."""

from itertools import permutations
from typing import Any

import pytest

from streams.core import policies
from tests.unit.core.partition_log import PartitionLog

DAY = "2026-03-02T"
GOLD = {"first_response": "15m", "next_reply": "30m", "resolution": "8h"}
FIRST_VERSION = "ratio.v1.gold.20260101T000000Z"
KEPT, MISSED = (1, 1), (1, 0)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")
OFFICE: dict[str, Any] = {"zone": "UTC", "week": {day: ["09:00-17:00"] for day in WEEKDAYS}}


def policy(log: PartitionLog, since: str = "2026-01-01T00:00:00Z", name: str = "gold", **terms: Any) -> None:
    time = "2026-01-01T00:00:00Z"
    assert log.add("reference.sla_policy.published", name, time, **{**GOLD, "effective_from": since, **terms}) == []


def judged(log: PartitionLog, kept: str) -> dict[str, tuple[int, int]]:
    """(decided, kept) of sla_<kept> by definition."""
    found: dict[str, tuple[int, int]] = {}
    for row in log.rows():
        if row.metric == f"sla_{kept}":
            n, total = found.get(row.definition, (0, 0))
            found[row.definition] = n + row.n, total + row.total
    return {definition: content for definition, content in found.items() if content[0]}


def asked(log: PartitionLog, time: str, name: str | None = "gold", case: str = "c1", **data: Any) -> None:
    named = {} if name is None else {"sla_policy": name}
    log.add("case.opened", case, DAY + time, **named, **data)
    log.add("case.message", case, DAY + time, author="customer")


def answered(log: PartitionLog, time: str, case: str = "c1") -> None:
    log.add("case.message", case, DAY + time, author="agent")


def clock(log: PartitionLog, time: str) -> None:
    """Event time passes, of which the case knows nothing."""
    log.add("touchpoint.measured", "x", time if "T" in time else DAY + time, measure="clock", duration_ms=0)


@pytest.fixture
def log() -> PartitionLog:
    log = PartitionLog()
    policy(log)
    return log


def test_an_answer_in_time_keeps_what_was_promised_and_one_at_the_very_end_does(log: PartitionLog) -> None:
    asked(log, "09:00:00Z")
    answered(log, "09:15:00Z")
    assert judged(log, "first_response") == {FIRST_VERSION: KEPT}
    assert judged(log, "next_reply") == {}


def test_one_that_is_a_millisecond_late_misses_it(log: PartitionLog) -> None:
    asked(log, "09:00:00Z")
    answered(log, "09:15:00.001Z")
    assert judged(log, "first_response") == {FIRST_VERSION: MISSED}


def test_who_still_waits_when_event_time_passes_the_due_time_was_missed(log: PartitionLog) -> None:
    asked(log, "09:00:00Z")
    clock(log, "09:15:00Z")
    assert judged(log, "first_response") == {}, "neither kept nor missed"
    clock(log, "09:15:00.001Z")
    assert judged(log, "first_response") == {FIRST_VERSION: MISSED}
    answered(log, "09:20:00Z")
    assert judged(log, "first_response") == {FIRST_VERSION: MISSED}, "decided once"


def test_later_questions_are_judged_by_what_was_promised_for_replies(log: PartitionLog) -> None:
    asked(log, "09:00:00Z")
    answered(log, "09:10:00Z")
    log.add("case.message", "c1", DAY + "10:00:00Z", author="customer")
    answered(log, "10:29:00Z")
    log.add("case.message", "c1", DAY + "11:00:00Z", author="customer")
    answered(log, "11:31:00Z")
    assert judged(log, "first_response") == {FIRST_VERSION: KEPT}
    assert judged(log, "next_reply") == {FIRST_VERSION: (2, 1)}


def test_a_question_that_the_resolution_ends_in_time_has_neither(log: PartitionLog) -> None:
    asked(log, "09:00:00Z")
    log.add("case.resolved", "c1", DAY + "09:05:00Z")
    clock(log, "2026-03-03T09:00:00Z")
    assert judged(log, "first_response") == {}
    assert judged(log, "resolution") == {FIRST_VERSION: KEPT}


def test_the_first_resolution_is_judged_and_reopening_changes_nothing(log: PartitionLog) -> None:
    asked(log, "09:00:00Z")
    log.add("case.resolved", "c1", DAY + "17:00:00Z")
    log.add("case.reopened", "c1", DAY + "18:00:00Z")
    clock(log, "2026-03-05T09:00:00Z")
    assert judged(log, "resolution") == {FIRST_VERSION: KEPT}


def test_a_case_that_is_open_past_its_due_time_missed_its_resolution(log: PartitionLog) -> None:
    asked(log, "09:00:00Z")
    clock(log, "17:00:00.001Z")
    assert judged(log, "resolution") == {FIRST_VERSION: MISSED}


def test_what_a_policy_does_not_promise_is_not_judged() -> None:
    log = PartitionLog()
    policy(log, next_reply=None, resolution=None)
    asked(log, "09:00:00Z")
    clock(log, "2026-03-09T09:00:00Z")
    assert judged(log, "first_response") == {FIRST_VERSION: MISSED}
    assert judged(log, "resolution") == {}


def test_each_version_has_a_definition_of_its_own_and_that_of_the_instant_counts(log: PartitionLog) -> None:
    policy(log, since="2026-03-02T10:00:00Z", first_response="5m")
    asked(log, "09:59:59Z")
    answered(log, "10:09:00Z")
    asked(log, "10:00:00Z", case="c2")
    answered(log, "10:09:00Z", case="c2")
    assert judged(log, "first_response") == {FIRST_VERSION: KEPT, "ratio.v1.gold.20260302T100000Z": MISSED}


def test_the_first_version_holds_before_its_time_as_well() -> None:
    log = PartitionLog()
    policy(log, since="2026-03-02T10:00:00Z")
    asked(log, "09:00:00Z")
    answered(log, "09:10:00Z")
    assert judged(log, "first_response") == {"ratio.v1.gold.20260302T100000Z": KEPT}


def test_a_case_is_judged_by_what_was_published_when_it_began() -> None:
    log = PartitionLog()
    asked(log, "09:00:00Z")
    policy(log)
    log.add("case.message", "c1", DAY + "09:01:00Z", event_id="agent", author="agent", sla_policy="gold")
    log.add("case.message", "c1", DAY + "09:02:00Z", author="customer")
    asked(log, "09:00:00Z", case="c2")
    answered(log, "09:10:00Z", case="c2")
    assert judged(log, "first_response") == {FIRST_VERSION: KEPT}
    assert judged(log, "next_reply") == {}
    assert log.contents("unknown_sla_policies") == {(): (2, 0, {})}


def test_another_policy_holds_for_what_begins_after_it_is_named(log: PartitionLog) -> None:
    policy(log, name="silver", first_response="1h", next_reply="2h", resolution="48h")
    asked(log, "09:00:00Z")
    log.add("case.assigned", "c1", DAY + "09:05:00Z", sla_policy="silver")
    clock(log, "09:20:00Z")
    answered(log, "09:30:00Z")
    log.add("case.message", "c1", DAY + "10:00:00Z", author="customer")
    answered(log, "11:30:00Z")
    log.add("case.resolved", "c1", DAY + "12:00:00Z")
    assert judged(log, "first_response") == {FIRST_VERSION: MISSED}
    assert judged(log, "next_reply") == {"ratio.v1.silver.20260101T000000Z": KEPT}
    assert judged(log, "resolution") == {FIRST_VERSION: KEPT}


def test_a_promise_in_business_time_runs_while_the_calendar_of_the_case_is_open() -> None:
    log = PartitionLog()
    log.add("reference.calendar.published", "office", "2026-01-01T00:00:00Z", **OFFICE)
    policy(log, business=True)
    asked(log, "16:50:00Z", calendar="office")
    answered_at = "2026-03-03T09:05:00Z"
    log.add("case.message", "c1", answered_at, author="agent")
    assert judged(log, "first_response") == {FIRST_VERSION: KEPT}
    asked(log, "16:50:00Z", case="c2", calendar="office")
    clock(log, "2026-03-03T09:05:00.001Z")
    assert judged(log, "first_response") == {FIRST_VERSION: (2, 1)}


def test_a_promise_in_business_time_needs_a_calendar() -> None:
    log = PartitionLog()
    policy(log, business=True)
    asked(log, "09:00:00Z")
    clock(log, "2026-03-09T09:00:00Z")
    assert judged(log, "first_response") == {}


def test_a_policy_that_nobody_published_is_counted_and_promises_nothing(log: PartitionLog) -> None:
    asked(log, "09:00:00Z", name="typo")
    answered(log, "09:10:00Z")
    assert judged(log, "first_response") == {}
    assert log.contents("unknown_sla_policies") == {(): (1, 0, {})}


def test_a_case_that_names_none_is_not_judged(log: PartitionLog) -> None:
    asked(log, "09:00:00Z", name=None)
    clock(log, "2026-03-09T09:00:00Z")
    assert judged(log, "first_response") == judged(log, "resolution") == {}
    assert log.contents("unknown_sla_policies") == {}


def test_versions_beyond_the_cap_share_one_definition(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policies, "VERSION_CAP", 2)
    log = PartitionLog()
    for number in range(4):
        policy(log, name=f"p{number}")
    for number in range(4):
        asked(log, "09:00:00Z", name=f"p{number}", case=f"c{number}")
        answered(log, "09:10:00Z", case=f"c{number}")
    own = {f"ratio.v1.p{number}.20260101T000000Z": KEPT for number in range(2)}
    assert judged(log, "first_response") == {**own, "ratio.v1.__other__": (2, 2)}


def test_agreements_and_what_is_owed_survive_a_restart(log: PartitionLog) -> None:
    asked(log, "09:00:00Z")
    log.restart()
    clock(log, "09:15:00.001Z")
    log.restart()
    asked(log, "09:10:00Z", case="c2")
    answered(log, "09:20:00Z", case="c2")
    assert judged(log, "first_response") == {FIRST_VERSION: (2, 1)}


@pytest.mark.parametrize(
    "broken",
    [{"first_response": "soon"}, {"first_response": None, "next_reply": None, "resolution": None}, {"business": 2}],
)
def test_what_is_no_agreement_is_a_dead_letter_that_says_why(broken: dict[str, Any]) -> None:
    (reject,) = PartitionLog().add("reference.sla_policy.published", "gold", DAY + "09:00:00Z", **{**GOLD, **broken})
    assert (reject.reason, "$.data" in reject.detail) == ("invalid_event", True), reject


@pytest.mark.parametrize("instant", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2106-01-01T00:00:00Z"])
@pytest.mark.parametrize("what", [("sla_policy", GOLD), ("calendar", OFFICE)], ids=lambda what: what[0])
def test_what_would_hold_from_no_instant_an_event_has_is_a_dead_letter(what: tuple[str, Any], instant: str) -> None:
    kind, data = what
    log = PartitionLog()
    (reject,) = log.add(f"reference.{kind}.published", "gold", DAY + "09:00:00Z", **data, effective_from=instant)
    assert (reject.reason, "effective_from" in reject.detail) == ("invalid_event", True), reject


def test_the_longest_promise_is_ten_years_and_can_be_kept_in_a_checkpoint() -> None:
    log = PartitionLog()
    (reject,) = log.add("reference.sla_policy.published", "gold", DAY + "09:00:00Z", **{**GOLD, "resolution": "3651d"})
    assert (reject.reason, "3650d" in reject.detail) == ("invalid_event", True), reject
    policy(log, resolution="3650d")
    asked(log, "09:00:00Z")
    log.restart()
    log.add("case.resolved", "c1", DAY + "17:00:00Z")
    assert judged(log, "resolution") == {FIRST_VERSION: KEPT}


def test_other_terms_for_an_instant_that_is_known_are_a_dead_letter_and_the_known_ones_hold(log: PartitionLog) -> None:
    policy(log)
    again = {**GOLD, "first_response": "1h", "effective_from": "2026-01-01T00:00:00Z"}
    (reject,) = log.add("reference.sla_policy.published", "gold", DAY + "08:00:00Z", **again)
    assert reject.reason == "revision_conflict"
    asked(log, "09:00:00Z")
    answered(log, "09:16:00Z")
    assert judged(log, "first_response") == {FIRST_VERSION: MISSED}


def test_an_id_with_a_line_end_is_a_dead_letter(log: PartitionLog) -> None:
    (reject,) = log.add("reference.sla_policy.published", "gold\n", DAY + "08:00:00Z", **GOLD)
    assert reject.reason == "invalid_event"


STORY: list[tuple[str, str, dict[str, Any]]] = [
    ("case.opened", "09:00:00Z", {"sla_policy": "gold"}),
    ("case.message", "09:01:00Z", {"author": "customer"}),
    ("case.assigned", "09:10:00Z", {"sla_policy": "silver"}),
    ("case.message", "09:20:00Z", {"author": "agent"}),
    ("case.resolved", "16:00:00Z", {}),
]


def test_every_order_of_arrival_gives_the_same_judgements() -> None:
    found = set()
    for order in permutations(range(len(STORY))):
        log = PartitionLog()
        policy(log)
        policy(log, name="silver", first_response="1h")
        for place in order:
            kind, time, data = STORY[place]
            log.add(kind, "c1", DAY + time, event_id=str(place), **data)
        kinds = ("first_response", "next_reply", "resolution")
        found.add(tuple((kind, *judged(log, kind).items()) for kind in kinds))
    assert found == {
        (("first_response", (FIRST_VERSION, MISSED)), ("next_reply",), ("resolution", (FIRST_VERSION, KEPT)))
    }
