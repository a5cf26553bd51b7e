"""All cases of a partition: their facts as events come and as event time passes targets."""

from collections.abc import Iterable
from typing import Final

import msgspec
from msgspec.structs import replace

from schemas.events import CaseEvent
from streams.core.admission import Refused
from streams.core.case_load import CaseLoads
from streams.core.cases import (
    Case,
    expire,
    fold,
    follows,
    in_order,
    moment,
    new_case,
    pack,
    pack_one,
    step,
    undecided,
    unpack,
)
from streams.core.due_times import NEVER, DueTimes
from streams.core.facts import Change, Fact, difference
from streams.core.rules import Rules, newest
from streams.core.segments import Segments
from streams.core.subjects import Entry, Subjects

_STALE_TARGETS: Final = 1_024
"""Due times that were decided since, on top of as many as there are cases, and of the four that each may have
undecided; while event time stands still they would gather without end."""


class KeptCase(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A case and its moments, packed: bytes cost the garbage collector nothing and a checkpoint no encoding."""

    case: Case
    moments: bytes


class CaseBook:
    """Applies case events. What it retracts is exactly what was booked before."""

    def __init__(self, cases: Subjects[KeptCase], rules: dict[int, Rules], segments: Segments, cap: int) -> None:
        self.cases = cases
        self.cap = cap
        self.loads = CaseLoads()
        self._rules = rules
        self._segments = segments
        for case_id, entry in cases.entries.items():
            self.loads.update(case_id, None, entry.kept.case)
        self._watch_undecided()

    def remembers(self, event: CaseEvent, sequence: int, watermark: int) -> bool:
        """Whether anything of the event's case is kept."""
        return self.cases.get(event.subject, sequence, watermark) is not None

    def apply(self, event: CaseEvent, time: int, sequence: int, watermark: int) -> Change:
        """What one event does to the facts; ``sequence`` and ``watermark`` are those before it.

        Raises Refused, and changes nothing, when its case has as many events as a case may have.
        """
        case_id = event.subject
        entry = self.cases.get(case_id, sequence, watermark)
        if entry is None:
            self._release(self.cases.begin(case_id, sequence, watermark))
            before, packed = new_case(newest(self._rules)), b""
            last_time, number = time, self.cases.begun
        else:
            before, packed = entry.kept.case, entry.kept.moments
            last_time, number = entry.last_time, entry.number
            if time > last_time:
                last_time = time
            if before.length >= self.cap:
                raise Refused("too_many_events", f"case {case_id} has {self.cap} events")
        now = moment(event, time, self._segments.named(event.data))
        rules = self._rules[before.epoch]
        reached = time if time > watermark else watermark
        if follows(before, now):
            facts: list[Fact] = []
            case = step(before, now, rules, self._segments, facts)
            if case.pending >= 0 or case.business_due >= 0 or reached > case.outcome.due or reached > case.owed.due:
                case = expire(case, reached, rules, facts)
            change, moments = Change(facts), packed + pack_one(now)
        else:
            moments_before = unpack(packed, before.length)
            _, old = fold(before.epoch, moments_before, watermark, rules, self._segments)
            moments_now = in_order([*moments_before, now], self._segments)
            case, new = fold(before.epoch, moments_now, reached, rules, self._segments)
            change, moments = difference(old, new), pack(moments_now)
        self.cases.put(case_id, Entry(sequence, last_time, KeptCase(case, moments), number))
        self.loads.update(case_id, before if entry else None, case)
        if case.pending >= 0 and case.pending != before.pending:
            self._watch(case.pending + rules.first_response_target_ms, case_id)
        if case.business_due >= 0 and case.business_due != before.business_due:
            self._watch(case.business_due, case_id)
        if case.outcome.due != before.outcome.due and case.outcome.due != NEVER:
            self._watch(case.outcome.due, case_id)
        if case.owed.due != before.owed.due and case.owed.due != NEVER:
            self._watch(case.owed.due, case_id)
        return change

    def expire(self, reached: int, sequence: int, watermark: int) -> Change:
        """What event time decides now that it has ``reached`` a new largest value (ms), without an event of the case.

        In the order of the due times; ``sequence`` and ``watermark`` as in `apply`. A forgotten case gives no fact, so
        that it does not matter whether it was swept.
        """
        facts: list[Fact] = []
        for _, case_id in self.targets.passed(reached):
            entry = self.cases.get(case_id, sequence, watermark)
            if entry is None:
                continue
            before = entry.kept.case
            case = expire(before, reached, self._rules[before.epoch], facts)
            if case is not before:
                self.cases.entries[case_id] = replace(entry, kept=replace(entry.kept, case=case))
                if case.outcome.due not in (before.outcome.due, NEVER):
                    self.targets.watch(case.outcome.due, case_id)
                if case.owed.due not in (before.owed.due, NEVER):
                    self.targets.watch(case.owed.due, case_id)
        return Change(facts)

    def sweep(self, sequence: int, watermark: int) -> None:
        """Free the memory of forgotten cases."""
        self._release(self.cases.sweep(sequence, watermark))

    def limit_to(self, cap: int, sequence: int, watermark: int) -> None:
        """Remember at most ``cap`` cases from here on."""
        self._release(self.cases.limit_to(cap, sequence, watermark))

    def epochs(self) -> Iterable[int]:
        """The epochs in which cases in memory began."""
        return (entry.kept.case.epoch for entry in self.cases.entries.values())

    def _release(self, freed: Iterable[tuple[str, KeptCase]]) -> None:
        """These cases are in memory no more."""
        for case_id, kept in freed:
            self.loads.update(case_id, kept.case, None)

    def _watch(self, due: int, case_id: str) -> None:
        self.targets.watch(due, case_id)
        if len(self.targets) > 5 * len(self.cases.entries) + _STALE_TARGETS:
            self._watch_undecided()

    def _watch_undecided(self) -> None:
        """Watch all that is undecided, and nothing that was decided since."""
        cases = ((case_id, entry.kept.case) for case_id, entry in self.cases.entries.items())
        self.targets = DueTimes(
            (due, case_id) for case_id, case in cases for due in undecided(case, self._rules[case.epoch])
        )
        """When event time decides something of a case."""
