"""What became of a case as a whole: resolved, reopened, escalated, and, a complaint, contacted in time.

Each belongs to one pane and is decided once, by a moment of the case or by event time passing a due time:

* resolution_rate, where the case was opened: 1 when it is first resolved by the target, 0 as soon as event time has
  passed the target.
* complaint_contact, for a complaint where it was opened: 1 when a human writes to the customer by the target of its
  severity, 0 as soon as event time has passed that.
* escalation_rate, for a complaint where it was opened: 1 when it reaches the second or third level before it first
  ends, else 0.
* complaint_validity, for a complaint where it was opened: what it was first assessed as, 1 for valid.
* ownership_kept, for a complaint where it was opened, if it was assigned: 0 as soon as it is assigned again before it
  first ends, else 1. The first receiver keeps it until then.
* resolution_confirmed, for a complaint where it was first resolved: 1 when the customer confirms it, 0 when it is
  closed or reopened before, or as soon as event time has passed the target of reopen_rate.
* reopen_rate, where the case was first resolved: 1 when it is reopened by the target, 0 as soon as event time has
  passed the target.
* resolution_full, a duration, where the case was resolved for good: from its opening, as soon as event time has passed
  the target of reopen_rate after a resolution and it was not reopened. What happens later is another matter.
* first_contact_resolution, where the case was first resolved, if the customer had written by then: 0 when the customer
  had to write again after an answer, or was never answered, or when the case is reopened by the target of reopen_rate;
  1 as soon as event time has passed that. Whether the customer comes back in another case is repeat_contact_rate.
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

COMPLAINT, ESCALATION, VALIDITY, CONFIRMATION, OWNERSHIP, OWNER = 1, 2, 4, 8, 16, 32
"""Bits of `Outcome.complaint`: that it is one, which shares are undecided, and whether somebody has been assigned."""
BEGUN: Final = COMPLAINT | ESCALATION | VALIDITY | CONFIRMATION | OWNERSHIP
"""A complaint that was just opened."""

SEVERITIES: Final = {"important": IMPORTANT, "crisis": CRISIS}
"""By the name that a complaint is opened with; any other is GENERAL."""


class Outcome(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What is decided of a case, and by when the rest will be; times are ms since 1970 UTC."""

    opened: int = NONE
    resolved: int = NONE
    """First resolution."""
    turns: int = 0
    """Turns of the customer before it; more than two count as two, as does one that was not answered."""
    complaint: int = 0
    """What is known of a complaint, as bits; 0 for any other case."""
    due: int = NEVER
    """The earliest of the following: event time past it decides something."""
    resolution_due: int = NEVER
    contact_due: int = NEVER
    settled_due: int = NEVER
    """When a case counts as settled after its first resolution."""
    full_due: int = NEVER
    """When it counts as settled after its latest one."""


LASTED: Final = NEVER + 1
"""`Outcome.full_due` of a case that was settled once: what comes later is another matter."""

UNOPENED: Final = Outcome()


def begun(time: int, severity: int, rules: Rules) -> Outcome:
    """Of a case opened at ``time``."""
    resolution_due = time + rules.resolution_target_ms if rules.resolution_target_ms else NEVER
    contact_due = NEVER if severity == CASE else time + rules.contact_targets_ms[severity]
    complaint = 0 if severity == CASE else BEGUN
    return Outcome(time, NONE, 0, complaint, min(resolution_due, contact_due), resolution_due, contact_due)


def asked(outcome: Outcome) -> Outcome:
    """After the customer begins a turn, one of the first two."""
    if outcome.resolved != NONE:
        return outcome
    return Outcome(
        outcome.opened,
        NONE,
        outcome.turns + 1,
        outcome.complaint,
        outcome.due,
        outcome.resolution_due,
        outcome.contact_due,
    )


def contacted(outcome: Outcome, segment: int, rules: Rules, facts: list[Fact]) -> Outcome:
    """After a human writes to the customer of a complaint for the first time, in time."""
    facts.append(Fact(rules.complaint_contact, outcome.opened, segment, 1))
    return _due(replace(outcome, contact_due=NEVER))


def escalated(outcome: Outcome, segment: int, rules: Rules, facts: list[Fact]) -> Outcome:
    """After a complaint reaches the second or third level."""
    return _decide(outcome, ESCALATION, Fact(rules.escalation_rate, outcome.opened, segment, 1), facts)


def assessed(outcome: Outcome, valid: bool, segment: int, rules: Rules, facts: list[Fact]) -> Outcome:
    """After a complaint is assessed."""
    return _decide(outcome, VALIDITY, Fact(rules.complaint_validity, outcome.opened, segment, int(valid)), facts)


def assigned(outcome: Outcome, time: int, segment: int, rules: Rules, facts: list[Fact]) -> Outcome:
    """After a complaint is given to somebody at ``time``; every time but the first is a transfer."""
    if not outcome.complaint & OWNER:
        return replace(outcome, complaint=outcome.complaint | OWNER)
    facts.append(Fact(rules.complaint_transfers, time, segment, 0))
    return _decide(outcome, OWNERSHIP, Fact(rules.ownership_kept, outcome.opened, segment, 0), facts)


def confirmed(outcome: Outcome, by_customer: bool, segment: int, rules: Rules, facts: list[Fact]) -> Outcome:
    """After a resolved complaint is confirmed by the customer, or closed."""
    if outcome.resolved == NONE:
        return outcome
    fact = Fact(rules.resolution_confirmed, outcome.resolved, segment, int(by_customer))
    return _decide(outcome, CONFIRMATION, fact, facts)


def ended(outcome: Outcome, segment: int, rules: Rules, facts: list[Fact]) -> Outcome:
    """After a complaint ends: it was never escalated, and its owner kept it, unless decided otherwise before."""
    outcome = _decide(outcome, ESCALATION, Fact(rules.escalation_rate, outcome.opened, segment, 0), facts)
    if not outcome.complaint & OWNER:
        return replace(outcome, complaint=outcome.complaint & ~OWNERSHIP)
    return _decide(outcome, OWNERSHIP, Fact(rules.ownership_kept, outcome.opened, segment, 1), facts)


def resolved(outcome: Outcome, time: int, waits: bool, segment: int, rules: Rules, facts: list[Fact]) -> Outcome:
    """After a cycle, which has `ended`, is one that was resolved at ``time``; ``waits``: the customer still does."""
    opened, turns, contact_due = outcome.opened, outcome.turns, outcome.contact_due
    settled_due = time + rules.reopen_target_ms if rules.reopen_target_ms else NEVER
    if outcome.resolved != NONE:
        return outcome if outcome.full_due == LASTED else _due(replace(outcome, full_due=settled_due))
    if outcome.resolution_due != NEVER:
        facts.append(Fact(rules.resolution_rate, opened, segment, 1))
    if waits and turns:
        turns = 2
    if turns == 2:
        facts.append(Fact(rules.first_contact_resolution, time, segment, 0))
    due = settled_due if settled_due < contact_due else contact_due
    return Outcome(opened, time, turns, outcome.complaint, due, NEVER, contact_due, settled_due, settled_due)


def reopened(outcome: Outcome, segment: int, rules: Rules, facts: list[Fact]) -> Outcome:
    """After another cycle begins."""
    if outcome.full_due != LASTED:
        outcome = replace(outcome, full_due=NEVER)
    return _settled(outcome, segment, rules, facts, reopened=1) if outcome.settled_due != NEVER else _due(outcome)


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
    if reached > outcome.full_due:
        last = outcome.full_due - rules.reopen_target_ms
        facts.append(Fact(rules.resolution_full, last, segment, last - outcome.opened))
        outcome = replace(outcome, full_due=LASTED)
    return _due(outcome)


def _settled(outcome: Outcome, segment: int, rules: Rules, facts: list[Fact], reopened: int) -> Outcome:
    facts.append(Fact(rules.reopen_rate, outcome.resolved, segment, reopened))
    if outcome.turns == 1:
        facts.append(Fact(rules.first_contact_resolution, outcome.resolved, segment, 1 - reopened))
    if outcome.complaint:
        outcome = confirmed(outcome, False, segment, rules, facts)
    return _due(replace(outcome, settled_due=NEVER))


def _decide(outcome: Outcome, share: int, fact: Fact, facts: list[Fact]) -> Outcome:
    """Decides one of the shares of a complaint, unless it is decided."""
    if not outcome.complaint & share:
        return outcome
    facts.append(fact)
    return replace(outcome, complaint=outcome.complaint & ~share)


def dues(outcome: Outcome) -> tuple[int, ...]:
    """The event times past which something is decided; NEVER or more where nothing is left to be."""
    return outcome.resolution_due, outcome.contact_due, outcome.settled_due, outcome.full_due


def _due(outcome: Outcome) -> Outcome:
    return replace(outcome, due=min(dues(outcome)))
