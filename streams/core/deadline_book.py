"""All waits, promises and follow-ups of a partition: their facts as events come and as event time passes due times."""

from collections.abc import Iterable
from typing import Final

from msgspec.structs import replace

from schemas.events import DeadlineEvent
from streams.core.admission import Refused
from streams.core.deadline_load import DeadlineLoads
from streams.core.deadlines import NAMES, NONE, Deadline, Moment, fold, insert, kind_of, moment
from streams.core.due_times import DueTimes
from streams.core.facts import Change, Fact, difference
from streams.core.rules import Rules, newest
from streams.core.segments import Segments
from streams.core.subjects import Entry, Subjects

_STALE_DUE_TIMES: Final = 1_024
"""Due times of what was decided since, on top of as many as there are deadlines; while event time stands still they
would gather without end."""


class DeadlineBook:
    """Applies events of deadlines. What it retracts is exactly what was booked before.

    Between two events the facts of every remembered deadline are booked as of the watermark.
    """

    def __init__(self, deadlines: Subjects[Deadline], rules: dict[int, Rules], segments: Segments, cap: int) -> None:
        self.deadlines = deadlines
        """By kind and subject, such as ``wait/call-17``: a call, its promise and its customer may share a name."""
        self.cap = cap
        self.loads = DeadlineLoads()
        self._rules = rules
        self._segments = segments
        for key, entry in deadlines.entries.items():
            self.loads.update(key, entry.kept)
        self._watch_undecided()

    def remembers(self, event: DeadlineEvent, sequence: int, watermark: int) -> bool:
        """Whether anything of the event's deadline is kept."""
        return self.deadlines.get(_key(event), sequence, watermark) is not None

    def apply(self, event: DeadlineEvent, time: int, sequence: int, watermark: int) -> Change:
        """What one event does to the facts; ``sequence`` and ``watermark`` are those before it.

        Raises Refused, and changes nothing, when its deadline has as many events as one may have.
        """
        kind, key = kind_of(event), _key(event)
        entry = self.deadlines.get(key, sequence, watermark)
        before: tuple[Moment, ...] = ()
        old: list[Fact] = []
        if entry is None:
            self._release(self.deadlines.begin(key, sequence, watermark))
            epoch, last_time, number = newest(self._rules), time, self.deadlines.begun
        else:
            kept = entry.kept
            if len(kept.moments) >= self.cap:
                raise Refused("too_many_events", f"{key} has {self.cap} events")
            epoch, last_time, number = kept.epoch, max(entry.last_time, time), entry.number
            before = kept.moments
            old = self._booked(kept, watermark)
        rules = self._rules[epoch]
        now = moment(event, time, self._segments.named(event.data), rules)
        moments = insert(before, now, self._segments)
        deadline, new = fold(epoch, kind, moments, max(watermark, time), rules, self._segments)
        # What is owed is remembered until it is due, however far ahead that is.
        self._keep(key, Entry(sequence, max(last_time, now.due), deadline, number))
        return _change(old, new)

    def expire(self, reached: int, sequence: int, watermark: int) -> Change:
        """What changes as event time passes due times, now that it has ``reached`` a new largest value (ms).

        In the order of the due times; ``sequence`` and ``watermark`` as in `apply`. A forgotten deadline gives no
        facts, so that it does not matter whether it was swept.
        """
        added: list[Fact] = []
        retracted: list[Fact] = []
        for due, key in self.due_times.passed(reached):
            entry = self.deadlines.get(key, sequence, watermark)
            if entry is None or entry.kept.next_due != due:
                continue
            kept = entry.kept
            rules = self._rules[kept.epoch]
            deadline, new = fold(kept.epoch, kept.kind, kept.moments, reached, rules, self._segments)
            self.deadlines.entries[key] = replace(entry, kept=deadline)
            self._watch(key, deadline)
            change = _change(self._booked(kept, watermark), new)
            added += change.added
            retracted += change.retracted
        return Change(added, retracted)

    def sweep(self, sequence: int, watermark: int) -> None:
        """Free the memory of forgotten deadlines."""
        self._release(self.deadlines.sweep(sequence, watermark))

    def limit_to(self, cap: int, sequence: int, watermark: int) -> None:
        """Remember at most ``cap`` deadlines from here on."""
        self._release(self.deadlines.limit_to(cap, sequence, watermark))

    def epochs(self) -> Iterable[int]:
        """The epochs in which deadlines in memory began."""
        return (entry.kept.epoch for entry in self.deadlines.entries.values())

    def _keep(self, key: str, entry: Entry[Deadline]) -> None:
        known = self.deadlines.entries.get(key)
        self.deadlines.put(key, entry)
        self.loads.update(key, entry.kept)
        if known is None or known.kept.next_due != entry.kept.next_due:
            self._watch(key, entry.kept)
            if len(self.due_times) > 2 * len(self.deadlines.entries) + _STALE_DUE_TIMES:
                self._watch_undecided()

    def _booked(self, deadline: Deadline, watermark: int) -> list[Fact]:
        """The facts of a remembered deadline that are booked, the watermark being the one before this event."""
        if not deadline.has_facts:
            return []
        rules = self._rules[deadline.epoch]
        return fold(deadline.epoch, deadline.kind, deadline.moments, watermark, rules, self._segments)[1]

    def _release(self, freed: Iterable[tuple[str, Deadline]]) -> None:
        """These deadlines are in memory no more."""
        for key, _ in freed:
            self.loads.update(key, None)

    def _watch(self, key: str, deadline: Deadline) -> None:
        if deadline.next_due != NONE:
            self.due_times.watch(deadline.next_due, key)

    def _watch_undecided(self) -> None:
        """Watch the due times of everything undecided, and of nothing that was decided since."""
        kept = ((key, entry.kept) for key, entry in self.deadlines.entries.items())
        self.due_times = DueTimes((deadline.next_due, key) for key, deadline in kept if deadline.next_due != NONE)
        """When `expire` has something to do."""


def _change(old: list[Fact], new: list[Fact]) -> Change:
    return difference(old, new) if old else Change(new)


def _key(event: DeadlineEvent) -> str:
    return f"{NAMES[kind_of(event)]}/{event.subject}"
