"""Deadlines: the facts of what is judged at a due time, as a pure function of its set of events and of the watermark.

A deadline begins and has to be met, or not to be given up, by its due time:

| kind | begins | is met | is given up | due |
| --- | --- | --- | --- | --- |
| wait | started | served | abandoned | the target of service_level after it started |
| promise | made | kept | - | its ``due_at`` |
| followup | due | done | - | its ``due_at`` |
| membership | joined | - | left | the target of retention_rate after it began |
| repair | completed | - | reworked | the target of first_time_fix after it began |

Its events are ordered by (time; begins, met, given up; id), those of one id from two sources by what they say. `fold`
walks them. Meaning (domain.md 4.5, 4.6):

* What begins opens a round, the next event that ends it closes it; then another round may begin.
* A beginning while a round is open or due before its own time, and an end while no round is open, are contradictions;
  ends without any beginning are orphans: counted, and without further effect.
* Waits: queue_wait is booked where the customer was served. Everything else belongs to the pane where the wait began:
  service_level is 1 when served by the due time, and 0 when given up by then or as soon as event time has passed it;
  abandonment is 0 when served and 1 when given up; given up before the target of abandonment, it is a short abandon and
  in neither of the two.
* Promises and follow-ups are judged when event time passes their due time, in the pane of that time: 1 when met by
  then, else 0. Judged sooner, those kept early would make every recent pane look perfect. followup_delay is booked
  where the follow-up was done.
* Memberships and repairs last: retention_rate and first_time_fix belong to the pane where they began, 0 as soon as they
  are given up by their due time, and 1 once event time has passed that. Nobody waits for them, so none is pending.
* Dimensions carry forward: a fact has the values in force at the event that decides it, and those in force at the
  beginning where a due time that passes decides it.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple, get_args

import msgspec

from schemas.events import (
    CustomerJoined,
    CustomerLeft,
    DeadlineEvent,
    DueData,
    FollowupDone,
    FollowupDue,
    PromiseKept,
    PromiseMade,
    RepairCompleted,
    RepairReworked,
    WaitAbandoned,
    WaitServed,
    WaitStarted,
)
from schemas.live import DeadlineKind
from streams.core.admission import milliseconds
from streams.core.facts import Fact
from streams.core.rules import Rules
from streams.core.segments import Segments

KINDS: Final[tuple[DeadlineKind, ...]] = get_args(DeadlineKind)
WAIT, PROMISE, FOLLOWUP, MEMBERSHIP, REPAIR = range(5)
"""Kinds by number: the first are places in `KINDS`."""

NAMES: Final = (*KINDS, "membership", "repair")

BEGUN, MET, GIVEN_UP = range(3)
"""What a moment is; also the order of simultaneous ones, so that nobody has to be served before arriving."""

NONE: Final = -1

_STEPS: Final[dict[type[DeadlineEvent], tuple[int, int]]] = {
    WaitStarted: (WAIT, BEGUN),
    WaitServed: (WAIT, MET),
    WaitAbandoned: (WAIT, GIVEN_UP),
    PromiseMade: (PROMISE, BEGUN),
    PromiseKept: (PROMISE, MET),
    FollowupDue: (FOLLOWUP, BEGUN),
    FollowupDone: (FOLLOWUP, MET),
    CustomerJoined: (MEMBERSHIP, BEGUN),
    CustomerLeft: (MEMBERSHIP, GIVEN_UP),
    RepairCompleted: (REPAIR, BEGUN),
    RepairReworked: (REPAIR, GIVEN_UP),
}


class Moment(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One event of a deadline, reduced to what its facts need."""

    time: int
    """ms since 1970 UTC."""
    step: int
    id: str
    own: int
    """Number of the segment that the event itself names."""
    due: int = NONE
    """By when it has to be met, ms since 1970 UTC; NONE where the event does not say."""


class Deadline(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A deadline after its moments so far; immutable, so that a checkpoint may hold it while the next event comes."""

    epoch: int
    """Number of the rules the deadline began with."""
    kind: int
    moments: tuple[Moment, ...]
    """In order."""
    next_due: int
    """The earliest due time that the watermark has not passed and that facts depend on; NONE without one."""
    since: int
    """Time at which the open round began; NONE while none is open."""
    due: int
    """Due time of the open round; NONE where it has none."""
    segment: int
    """Values in force when the open round began."""
    has_facts: bool
    """False while there is nothing that a change of it could retract."""


class _Round(NamedTuple):
    """A deadline once from its beginning to its end."""

    begun: Moment
    due: int
    segment: int
    """Values in force at the beginning."""
    end: Moment | None = None
    end_segment: int = 0
    """Values in force at the end."""

    @property
    def is_met_in_time(self) -> bool:
        """True when it was met, and by its due time."""
        return self.end is not None and self.end.step == MET and self.end.time <= self.due


def kind_of(event: DeadlineEvent) -> int:
    """Number of the kind of deadline that the event is about."""
    return _STEPS[type(event)][0]


def moment(event: DeadlineEvent, time: int, own: int, rules: Rules) -> Moment:
    """The moment of an event at ``time`` that itself names the segment ``own``."""
    data = event.data
    due = NONE
    if isinstance(data, DueData):
        due = max(0, milliseconds(data.due_at))
    elif isinstance(event, CustomerJoined) and rules.retention_target_ms:
        due = time + rules.retention_target_ms
    elif isinstance(event, RepairCompleted) and rules.repair_target_ms:
        due = time + rules.repair_target_ms
    return Moment(time, _STEPS[type(event)][1], event.id, own, due)


def insert(moments: tuple[Moment, ...], now: Moment, segments: Segments) -> tuple[Moment, ...]:
    """The moments of a deadline, which are in order, and one more in its place.

    Numbers of segments decide nothing: they tell who came first.
    """
    if not moments or now.time > moments[-1].time:
        return (*moments, now)
    return tuple(
        sorted((*moments, now), key=lambda each: (each.time, each.step, each.id, each.due, segments.known[each.own]))
    )


def fold(
    epoch: int, kind: int, moments: tuple[Moment, ...], watermark: int, rules: Rules, segments: Segments
) -> tuple[Deadline, list[Fact]]:
    """The deadline with exactly these moments, given in order, at this watermark, and all its facts."""
    rounds, odd = _rounds(moments, rules.service_level_target_ms if kind == WAIT else 0, rules, segments)
    facts: list[Fact] = []
    if odd:
        oddity = rules.contradictions if any(each.step == BEGUN for each in moments) else rules.orphans
        facts = [Fact(oddity, each.time, segment, 0) for each, segment in odd]
    next_due = NONE
    for each in rounds:
        if kind == WAIT:
            facts += _wait_facts(each, watermark, rules)
        elif kind < MEMBERSHIP:
            facts += _owed_facts(kind, each, watermark, rules)
        else:
            facts += _lasting_facts(kind, each, watermark, rules)
        is_decided = watermark > each.due or (kind not in (PROMISE, FOLLOWUP) and each.end is not None)
        if not is_decided and (next_due == NONE or each.due < next_due):
            next_due = each.due
    if rounds and rounds[-1].end is None and kind < MEMBERSHIP:
        last = rounds[-1]
        return Deadline(epoch, kind, moments, next_due, last.begun.time, last.due, last.segment, bool(facts)), facts
    return Deadline(epoch, kind, moments, next_due, NONE, NONE, 0, bool(facts)), facts


def _rounds(
    moments: Sequence[Moment], allowed_ms: int, rules: Rules, segments: Segments
) -> tuple[list[_Round], list[tuple[Moment, int]]]:
    """The rounds, of which only the last may be open, and the moments outside of them with the values in force.

    ``allowed_ms``: how long a round may last whose beginning names no due time; 0 ms means for ever.
    """
    rounds: list[_Round] = []
    odd: list[tuple[Moment, int]] = []
    begun: Moment | None = None
    due, begun_segment, segment = NONE, 0, 0
    for each in moments:
        segment = segments.merge(segment, each.own, rules.segment_cap)
        if each.step != BEGUN and begun is not None:
            rounds.append(_Round(begun, due, begun_segment, each, segment))
            begun = None
        elif each.step == BEGUN and begun is None and (each.due == NONE or each.due >= each.time):
            begun, begun_segment = each, segment
            due = each.due if each.due != NONE else each.time + allowed_ms if allowed_ms else NONE
        else:
            odd.append((each, segment))
    if begun is not None:
        rounds.append(_Round(begun, due, begun_segment))
    return rounds, odd


def _wait_facts(wait: _Round, watermark: int, rules: Rules) -> list[Fact]:
    begun, end = wait.begun.time, wait.end
    facts = []
    if end is not None:
        waited = end.time - begun
        if end.step == GIVEN_UP and waited < rules.shortest_abandon_ms:
            return [Fact(rules.short_abandons, begun, wait.end_segment, 0)]
        if end.step == MET:
            facts.append(Fact(rules.queue_wait, end.time, wait.end_segment, waited))
        facts.append(Fact(rules.abandonment, begun, wait.end_segment, int(end.step == GIVEN_UP)))
    if wait.due != NONE:
        if end is not None and end.time <= wait.due:
            facts.append(Fact(rules.service_level, begun, wait.end_segment, int(end.step == MET)))
        elif end is not None or watermark > wait.due:
            facts.append(Fact(rules.service_level, begun, wait.segment, 0))
    return facts


def _owed_facts(kind: int, owed: _Round, watermark: int, rules: Rules) -> list[Fact]:
    """Facts of a promise or follow-up."""
    facts = []
    if kind == FOLLOWUP and owed.end is not None:
        facts.append(Fact(rules.followup_delay, owed.end.time, owed.end_segment, owed.end.time - owed.begun.time))
    if watermark > owed.due:
        ratio = rules.promise_kept if kind == PROMISE else rules.followup_rate
        segment = owed.end_segment if owed.is_met_in_time else owed.segment
        facts.append(Fact(ratio, owed.due, segment, int(owed.is_met_in_time)))
    return facts


def _lasting_facts(kind: int, lasting: _Round, watermark: int, rules: Rules) -> list[Fact]:
    """Facts of a membership or repair."""
    begun, end = lasting.begun, lasting.end
    facts = []
    if kind == MEMBERSHIP:
        facts.append(Fact(rules.customers_joined, begun.time, lasting.segment, 0))
        if end is not None:
            facts.append(Fact(rules.customers_left, end.time, lasting.end_segment, 0))
    share = rules.retention_rate if kind == MEMBERSHIP else rules.first_time_fix
    if lasting.due == NONE:
        return facts
    if end is not None and end.time <= lasting.due:
        facts.append(Fact(share, begun.time, lasting.end_segment, 0))
    elif watermark > lasting.due:
        facts.append(Fact(share, begun.time, lasting.segment, 1))
    return facts
