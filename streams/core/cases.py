"""Cases: the facts of one case as a pure function of the set of its events and of the watermark.

The events of a case are ordered by (time, lifecycle, id), those of one id from two sources by what they say; at one
instant the lifecycle order is opened, reopened, assigned, escalated, assessed, message, resolved, confirmed, closed.
`fold` walks them in that order with `step`. An event that arrives in order takes one `step` from the state kept; any
other is inserted and the case folded anew (`streams.core.case_book`).

Meaning (domain.md 4.5; durations are booked where they end):

* Before its `opened` is known every event of a case is an orphan. Events timed before `opened`, a second `opened`, and
  a `reopened` while the case runs are contradictions: counted, and without further effect.
* `opened` begins cycle 1, `reopened` the next one. The first `resolved` ends the cycle with a resolution; `closed` ends
  it without one.
* A public customer message in a running cycle begins a turn, if none is open; the next public human message ends it: a
  next reply, and for the first turn of the cycle the first response. Bots and notes answer nobody. The end of a cycle
  ends an open turn without a value; messages after it begin none.
* Attainment of the first-response target belongs to the pane of the question: 1 when answered in time, 0 as soon as
  event time has passed the target unanswered.
* `assessed` and `confirmed` are of complaints: of any other case, and `confirmed` while it runs, they are
  contradictions, as is a further `assessed`.
* The same in business time, from where the case first names a calendar: see `streams.core.business`.
* What became of the case as a whole: see `streams.core.outcomes`.
* Dimensions carry forward: a fact has the values in force at the event that decides it.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec
from msgspec.structs import replace

from schemas.events import (
    CaseAssessed,
    CaseAssigned,
    CaseClosed,
    CaseConfirmed,
    CaseEscalated,
    CaseEvent,
    CaseMessage,
    CaseOpened,
    CaseReopened,
    CaseResolved,
)
from streams.business_time import Named
from streams.core import business, outcomes
from streams.core.definitions import Rules
from streams.core.due_times import NEVER
from streams.core.facts import Fact
from streams.core.outcomes import GENERAL, SEVERITIES, Outcome
from streams.core.segments import Segments

OPENED, COMPLAINT, IMPORTANT_COMPLAINT, CRISIS_COMPLAINT = range(4)
REOPENED, ASSIGNED, ESCALATED, RAISED, INVALID, VALID, CONFIRMED = range(4, 11)
CUSTOMER, AGENT, SILENT, RESOLVED, CLOSED = range(11, 16)
"""What a moment is. The first four open a case. ESCALATED: to the first level; RAISED: to the second or third. INVALID
and VALID: assessed as such. SILENT: a message of a bot or an internal note."""

_LIFECYCLE: Final = (0, 0, 0, 0, 1, 2, 3, 3, 4, 4, 7, 5, 5, 5, 6, 8)
"""Order of simultaneous moments by kind; openings, escalations, assessments and messages each rank alike: their ids
decide."""

_KINDS: Final = {
    CaseReopened: REOPENED,
    CaseAssigned: ASSIGNED,
    CaseConfirmed: CONFIRMED,
    CaseResolved: RESOLVED,
    CaseClosed: CLOSED,
}

UNOPENED, RUNNING, ENDED = range(3)
NONE: Final = -1
ANSWERED: Final = -2


class Moment(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One event of a case, reduced to what its facts need."""

    time: int
    """ms since 1970 UTC."""
    rank: int
    id: str
    kind: int
    own: int
    """Number of the segment that the event itself names."""
    calendar: str = ""
    """The calendar that the event names; empty where it names none."""


class Case(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A case after its moments so far; immutable, so that a checkpoint may hold it while the next event comes."""

    epoch: int
    """Number of the rules the case began with."""
    phase: int
    last: Moment | None
    """The newest moment."""
    segment: int
    """Values in force."""
    cycle_start: int
    question: int
    """Time of the cycle's first customer message while it is unanswered, else NONE or ANSWERED."""
    turn: int
    """Time since when the customer waits; NONE while nobody does."""
    pending: int
    """Time of the question whose target is undecided; NONE otherwise."""
    decided: int
    """Largest target time that the watermark decided: a moment at or before it needs a new fold."""
    length: int
    """Moments so far."""
    outcome: Outcome
    """What became of the case as a whole."""
    calendars: Named = ()
    """By which calendars it is worked on."""
    business_due: int = NONE
    """When the target of the unanswered question has passed in business time; NONE without one, ANSWERED once it is
    decided."""
    waited: int = 0
    """How long the customer waited in the answered turns of the cycle, ms."""


def moment(event: CaseEvent, time: int, own: int) -> Moment:
    """The moment of a case event at ``time`` that itself names the segment ``own``."""
    if isinstance(event, CaseMessage):
        author = event.data.author
        kind = SILENT if author == "bot" or not event.data.public else AGENT if author == "agent" else CUSTOMER
    elif isinstance(event, CaseOpened):
        data = event.data
        kind = COMPLAINT + SEVERITIES.get(data.severity or "", GENERAL) if data.kind == "complaint" else OPENED
    elif isinstance(event, CaseEscalated):
        kind = RAISED if event.data.level > 1 else ESCALATED
    elif isinstance(event, CaseAssessed):
        kind = VALID if event.data.valid else INVALID
    else:
        kind = _KINDS[type(event)]
    return Moment(time, _LIFECYCLE[kind], event.id, kind, own, event.data.calendar or "")


def new_case(epoch: int) -> Case:
    """A case of which nothing is known."""
    return Case(epoch, UNOPENED, None, 0, NONE, NONE, NONE, NONE, NONE, 0, outcomes.UNOPENED)


def follows(case: Case, now: Moment) -> bool:
    """True when the moment ``now`` may be applied by `step`; otherwise the case must be folded anew."""
    last = case.last
    if last is None:
        return True
    if now.time <= case.decided or (case.phase == UNOPENED and now.kind < REOPENED):
        return False
    return now.time > last.time or (now.time, now.rank, now.id, now.kind) > (last.time, last.rank, last.id, last.kind)


def in_order(moments: Iterable[Moment], segments: Segments) -> list[Moment]:
    """The moments in the order of their case. Numbers of segments decide nothing: they tell who came first."""
    return sorted(
        moments, key=lambda each: (each.time, each.rank, each.id, each.kind, segments.known[each.own], each.calendar)
    )


def step(case: Case, now: Moment, rules: Rules, segments: Segments, facts: list[Fact]) -> Case:
    """The case after one more moment in order; the facts that it adds are appended to ``facts``."""
    phase, cycle_start, question, turn, pending = case.phase, case.cycle_start, case.question, case.turn, case.pending
    time, kind, segment, outcome = now.time, now.kind, case.segment, case.outcome
    if pending >= 0 and time > pending + rules.first_response_target_ms:
        facts.append(Fact(rules.attainment, pending, segment, 0))
        pending = NONE
    if time > outcome.due:
        outcome = outcomes.passed(outcome, time, segment, rules, facts)
    calendars, business_due, waited = case.calendars, case.business_due, case.waited
    if business_due >= 0 and time > business_due:
        facts.append(Fact(rules.attainment_business, question, segment, 0))
        business_due = ANSWERED
    segment = segments.merge(segment, now.own, rules.segment_cap)
    if now.calendar:
        calendars = business.named(calendars, now.calendar, time)
        if (phase != UNOPENED or kind < REOPENED) and not rules.calendars.knows(now.calendar):
            facts.append(Fact(rules.unknown_calendars, time, segment, 0))
        if phase == RUNNING and question >= 0 and business_due != ANSWERED:
            business_due = business.due(calendars, question, rules)
    if kind == CUSTOMER:
        if phase == RUNNING and turn == NONE:
            turn = time
            if outcome.turns < 2:
                outcome = outcomes.asked(outcome)
            if question == NONE:
                question = time
                pending = time if rules.first_response_target_ms else NONE
                business_due = business.due(calendars, time, rules)
    elif kind == AGENT:
        if outcome.contact_due != NEVER:
            outcome = outcomes.contacted(outcome, segment, rules, facts)
        if turn >= 0:
            facts.append(Fact(rules.next_reply, time, segment, time - turn))
            if calendars:
                business.answered(calendars, turn, question, business_due, time, segment, rules, facts)
                business_due = NONE
            waited += time - turn
            turn = NONE
            if question >= 0:
                facts.append(Fact(rules.first_response, time, segment, time - question))
                question = ANSWERED
            if pending >= 0:
                facts.append(Fact(rules.attainment, pending, segment, 1))
                pending = NONE
    elif kind < REOPENED:
        if phase == UNOPENED:
            facts.append(Fact(rules.cases_opened, time, segment, 0))
            phase, cycle_start = RUNNING, time
            outcome = outcomes.begun(time, kind - COMPLAINT, rules)
        else:
            facts.append(Fact(rules.contradictions, time, segment, 0))
    elif kind == REOPENED:
        if phase == ENDED:
            facts.append(Fact(rules.cases_reopened, time, segment, 0))
            outcome = outcomes.reopened(outcome, segment, rules, facts)
            phase, cycle_start, question, business_due, waited = RUNNING, time, NONE, NONE, 0
        elif phase == RUNNING:
            facts.append(Fact(rules.contradictions, time, segment, 0))
    elif kind < CUSTOMER:
        if outcome.complaint or kind > RAISED:
            outcome = _handled(outcome, kind, phase, time, segment, rules, facts)
    elif kind >= RESOLVED:
        if kind == CLOSED and outcome.complaint:
            outcome = outcomes.confirmed(outcome, False, segment, rules, facts)
        if phase == RUNNING:
            if outcome.complaint:
                outcome = outcomes.ended(outcome, segment, rules, facts)
            if kind == RESOLVED:
                outcome = outcomes.resolved(outcome, time, turn >= 0, segment, rules, facts)
                facts.append(Fact(rules.resolution, time, segment, time - cycle_start))
                if question != NONE:
                    unanswered = time - turn if turn >= 0 else 0
                    facts.append(Fact(rules.requester_wait, time, segment, waited + unanswered))
                if calendars:
                    business.resolved(calendars, cycle_start, time, segment, rules, facts)
                facts.append(Fact(rules.cases_resolved, time, segment, 0))
            phase, turn, pending, business_due = ENDED, NONE, NONE, NONE
    if phase == UNOPENED:
        facts.append(Fact(rules.orphans, time, segment, 0))
    return Case(
        case.epoch,
        phase,
        now,
        segment,
        cycle_start,
        question,
        turn,
        pending,
        case.decided,
        case.length + 1,
        outcome,
        calendars,
        business_due,
        waited,
    )


def _handled(
    outcome: Outcome, kind: int, phase: int, time: int, segment: int, rules: Rules, facts: list[Fact]
) -> Outcome:
    """What a moment of handling it, from assigned to confirmed, tells of a complaint."""
    if phase == UNOPENED:
        return outcome
    if phase == RUNNING and kind == RAISED:
        return outcomes.escalated(outcome, segment, rules, facts)
    if phase == RUNNING and kind == ASSIGNED:
        return outcomes.assigned(outcome, time, segment, rules, facts)
    if kind in (INVALID, VALID) and outcome.complaint & outcomes.VALIDITY:
        return outcomes.assessed(outcome, kind == VALID, segment, rules, facts)
    if kind == CONFIRMED and outcome.complaint and phase == ENDED:
        return outcomes.confirmed(outcome, True, segment, rules, facts)
    if kind > RAISED:
        facts.append(Fact(rules.contradictions, time, segment, 0))
    return outcome


def expire(case: Case, watermark: int, rules: Rules, facts: list[Fact]) -> Case:
    """The case once event time has reached ``watermark``: what is past its due time is decided."""
    target_time = case.pending + rules.first_response_target_ms
    if case.pending >= 0 and watermark > target_time:
        facts.append(Fact(rules.attainment, case.pending, case.segment, 0))
        case = replace(case, pending=NONE, decided=max(case.decided, target_time))
    if 0 <= case.business_due < watermark:
        facts.append(Fact(rules.attainment_business, case.question, case.segment, 0))
        case = replace(case, business_due=ANSWERED, decided=max(case.decided, case.business_due))
    before = case.outcome
    if watermark > before.due:
        outcome = outcomes.passed(before, watermark, case.segment, rules, facts)
        latest = max(due for due in outcomes.dues(before) if due < watermark)
        case = replace(case, outcome=outcome, decided=max(case.decided, latest))
    return case


def undecided(case: Case, rules: Rules) -> Iterator[int]:
    """The event times past which something is decided of the case without any further event."""
    if case.pending >= 0:
        yield case.pending + rules.first_response_target_ms
    if case.business_due >= 0:
        yield case.business_due
    if case.outcome.due != NEVER:
        yield case.outcome.due


def fold(
    epoch: int, moments: Sequence[Moment], watermark: int, rules: Rules, segments: Segments
) -> tuple[Case, list[Fact]]:
    """The case with exactly these moments, given in order, at this watermark, and all its facts."""
    facts: list[Fact] = []
    case = new_case(epoch)
    opening = next((index for index, each in enumerate(moments) if each.kind < REOPENED), len(moments))
    for each in moments[:opening]:
        case = step(case, each, rules, segments, facts)
    if opening < len(moments):
        facts = [replace(fact, definition=rules.contradictions) for fact in facts]
    for each in moments[opening:]:
        case = step(case, each, rules, segments, facts)
    return expire(case, watermark, rules, facts), facts


pack_one = msgspec.msgpack.Encoder().encode
"""One moment as `pack` has it."""
_decode = msgspec.msgpack.Decoder(list[Moment]).decode


def pack(moments: Iterable[Moment]) -> bytes:
    """The moments one after the other; packed moments may be appended to packed moments."""
    return b"".join(map(pack_one, moments))


def unpack(packed: bytes, count: int) -> list[Moment]:
    """The ``count`` moments of `pack`."""
    return _decode(b"\xdd" + count.to_bytes(4, "big") + packed)  # 0xdd: msgpack's array with a 32-bit length
