"""The bounded memory of cases, responses and deadlines."""

from typing import Generic, TypeVar

import msgspec

from streams.core.counts import Counts

Kept = TypeVar("Kept")


class Entry(msgspec.Struct, Generic[Kept], frozen=True, array_like=True, gc=False):
    """One remembered subject."""

    sequence: int
    """Number of accepted events of the partition when its last event came."""
    last_time: int
    """Largest event time or due time of the subject, ms."""
    kept: Kept
    number: int = 0
    """How many subjects had begun in the partition when it began, itself included."""


class Subjects(Generic[Kept]):
    """Cases, responses or deadlines by id, least recently changed first.

    A subject is forgotten when the watermark has passed its largest event time by the horizon and the given number of
    further events was accepted, or as soon as ``cap`` others have begun since it began. `get` judges the horizon by the
    log alone; `sweep` merely frees the memory of what is forgotten.
    """

    def __init__(
        self,
        horizon_ms: int,
        horizon_events: int,
        cap: int,
        entries: dict[str, Entry[Kept]],
        begun: int,
        counts: Counts,
    ) -> None:
        self.horizon_ms = horizon_ms
        self.horizon_events = horizon_events
        self.entries = entries
        self.begun = begun
        """Subjects that have begun so far."""
        self._cap = cap
        self._counts = counts
        self._numbered = {entry.number: subject for subject, entry in entries.items()}

    def get(self, subject: str, sequence: int, watermark: int) -> Entry[Kept] | None:
        """The subject, unless it is unknown or forgotten at this point of the log."""
        entry = self.entries.get(subject)
        if entry is None or self._is_forgotten(entry, sequence, watermark):
            return None
        return entry

    def begin(self, subject: str, sequence: int, watermark: int) -> list[tuple[str, Kept]]:
        """Number a subject that is not remembered; `begun` is its number.

        What is left of it from before goes, and so does the subject that began ``cap`` before it. Returns what was
        freed.
        """
        freed = [(subject, self._free(subject))] if subject in self.entries else []
        self.begun += 1
        self._numbered[self.begun] = subject
        displaced = self._numbered.get(self.begun - self._cap)
        if displaced is not None:
            freed.append((displaced, self._displace(displaced, sequence, watermark)))
        return freed

    def put(self, subject: str, entry: Entry[Kept]) -> None:
        """Remember the subject as the one changed last."""
        self.entries.pop(subject, None)
        self.entries[subject] = entry

    def limit_to(self, cap: int, sequence: int, watermark: int) -> list[tuple[str, Kept]]:
        """Remember at most ``cap`` subjects from here on; returns what was freed."""
        self._cap = cap
        displaced = [subject for number, subject in self._numbered.items() if number <= self.begun - cap]
        return [(subject, self._displace(subject, sequence, watermark)) for subject in displaced]

    def sweep(self, sequence: int, watermark: int) -> list[tuple[str, Kept]]:
        """Free forgotten subjects, oldest first, up to the first that is recent; returns what was freed."""
        forgotten = []
        for subject, entry in self.entries.items():
            if sequence - entry.sequence <= self.horizon_events:
                break
            if self._is_forgotten(entry, sequence, watermark):
                forgotten.append(subject)
        return [(subject, self._free(subject)) for subject in forgotten]

    def _displace(self, subject: str, sequence: int, watermark: int) -> Kept:
        if not self._is_forgotten(self.entries[subject], sequence, watermark):
            self._counts.displaced += 1
        return self._free(subject)

    def _free(self, subject: str) -> Kept:
        entry = self.entries.pop(subject)
        self._numbered.pop(entry.number, None)  # entries of checkpoints older than the cap all have number 0
        return entry.kept

    def _is_forgotten(self, entry: Entry[Kept], sequence: int, watermark: int) -> bool:
        return sequence - entry.sequence > self.horizon_events and watermark > entry.last_time + self.horizon_ms
