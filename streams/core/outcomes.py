"""What became of a case as a whole: resolved, reopened, escalated, and, a complaint, contacted in time.

Every share belongs to one pane and is decided once, by a moment of the case or by event time passing a due time:

* resolution_rate, where the case was opened: 1 when it is first resolved by the target, 0 as soon as event time has
  passed the target.
* complaint_contact, for a complaint where it was opened: 1 when a human writes to the customer by the target of its
  severity, 0 as soon as event time has passed that.
* escalation_rate, for a complaint where it was opened: 1 when it reaches the second or third level before it first
  ends, else 0.
* reopen_rate, where the case was first resolved: 1 when it is reopened by the target, 0 as soon as event time has
  passed the target.
* first_contact_resolution, where the case was first resolved, if the customer had written by then: 0 when the customer
  had to write again after an answer, or when the case is reopened by the target of reopen_rate; 1 as soon as event time
  has passed that. Contacts of other cases are not looked at.
"""

from typing import Final

import msgspec
from msgspec.structs import replace

from streams.core.definitions import Rules
from streams.core.due_times import NEVER
from streams.core.facts import Fact

NONE: Final = -1

CASE: Final = -1
GENERAL, IMPORTANT, CRISIS = range(3)
"""Severities of complaints; CASE is no complaint."""

SEVERITIES: Final = {"important": IMPORTANT, "crisis": CRISIS}
"""By the name that a complaint is opened with; any other is GENERAL."""


class Outcome(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What is decided of a case, and by when the rest will be; times are ms since 1970 UTC."""

    opened: int = NONE
    resolved: int = NONE
    """First resolution."""
    turns: int = 0
    """Turns of the customer before it; more than two count as two."""
    escalation: bool = False
    """Whether it is a complaint of which escalation_rate is undecided."""
    due: int = NEVER
    """The earliest of the following: event time past it decides something."""
    resolution_due: int = NEVER
    contact_due: int = NEVER
    settled_due: int = NEVER
    """When a resolved case counts as settled."""


UNOPENED: Final = Outcome()


def begun(time: int, severity: int, rules: Rules) -> Outcome:
    """Of a case opened at ``time``."""
    resolution_due = time + rules.resolution_target_ms if rules.resolution_target_ms else NEVER
    contact_due = NEVER if severity == CASE else time + rules.contact_targets_ms[severity]
    return Outcome(time, NONE, 0, severity != CASE, min(resolution_due, contact_due), resolution_due, contact_due)


def asked(outcome: Outcome) -> Outcome:
    """After the customer begins a turn, one of the first two."""
    if outcome.resolved != NONE:
        return outcome
    return Outcome(
        outcome.opened,
        NONE,
        outcome.turns + 1,
        outcome.escalation,
        outcome.due,
        outcome.resolution_due,
        outcome.contact_due,
    )


def contacted(outcome: Outcome, segment: int, rules: Rules, facts: list[Fact]) -> Outcome:
    """After a human writes to the customer of a complaint for the first time, in time."""
    facts.append(Fact(rules.complaint_contact, outcome.opened, segment, 1))
    return _due(replace(outcome, contact_due=NEVER))


def escalated(outcome: Outcome, reached: int, segment: int, rules: Rules, facts: list[Fact]) -> Outcome:
    """After a complaint reaches the second or third level (``reached`` 1), or first ends before it has (0)."""
    if not outcome.escalation:
        return outcome
    facts.append(Fact(rules.escalation_rate, outcome.opened, segment, reached))
    return replace(outcome, escalation=False)


def resolved(outcome: Outcome, time: int, segment: int, rules: Rules, facts: list[Fact]) -> Outcome:
    """After a cycle ends resolved at ``time``."""
    opened, turns, contact_due = outcome.opened, outcome.turns, outcome.contact_due
    if outcome.resolved != NONE:
        return outcome
    if outcome.escalation:
        facts.append(Fact(rules.escalation_rate, opened, segment, 0))
    if outcome.resolution_due != NEVER:
        facts.append(Fact(rules.resolution_rate, opened, segment, 1))
    if turns == 2:
        facts.append(Fact(rules.first_contact_resolution, time, segment, 0))
    settled_due = time + rules.reopen_target_ms if rules.reopen_target_ms else NEVER
    due = settled_due if settled_due < contact_due else contact_due
    return Outcome(opened, time, turns, False, due, NEVER, contact_due, settled_due)


def reopened(outcome: Outcome, segment: int, rules: Rules, facts: list[Fact]) -> Outcome:
    """After another cycle begins."""
    return _settled(outcome, segment, rules, facts, reopened=1) if outcome.settled_due != NEVER else outcome


def passed(outcome: Outcome, reached: int, segment: int, rules: Rules, facts: list[Fact]) -> Outcome:
    """Once event time has ``reached`` a time past `Outcome.due`."""
    if reached > outcome.resolution_due:
        facts.append(Fact(rules.resolution_rate, outcome.opened, segment, 0))
        outcome = replace(outcome, resolution_due=NEVER)
    if reached > outcome.contact_due:
        facts.append(Fact(rules.complaint_contact, outcome.opened, segment, 0))
        outcome = replace(outcome, contact_due=NEVER)
    if reached > outcome.settled_due:
        outcome = _settled(outcome, segment, rules, facts, reopened=0)
    return _due(outcome)


def _settled(outcome: Outcome, segment: int, rules: Rules, facts: list[Fact], reopened: int) -> Outcome:
    facts.append(Fact(rules.reopen_rate, outcome.resolved, segment, reopened))
    if outcome.turns == 1:
        facts.append(Fact(rules.first_contact_resolution, outcome.resolved, segment, 1 - reopened))
    return _due(replace(outcome, settled_due=NEVER))


def _due(outcome: Outcome) -> Outcome:
    return replace(outcome, due=min(outcome.resolution_due, outcome.contact_due, outcome.settled_due))
