"""The bounded memory of cases and responses."""

from typing import Generic, TypeVar

import msgspec

Kept = TypeVar("Kept")


class Entry(msgspec.Struct, Generic[Kept], frozen=True, array_like=True, gc=False):
    """One remembered subject."""

    sequence: int
    """Number of accepted events of the partition when its last event came."""
    last_time: int
    """Largest event time of the subject, ms."""
    kept: Kept


class Subjects(Generic[Kept]):
    """Cases or responses by id, least recently changed first.

    A subject is forgotten when the watermark has passed its largest event time by the horizon and the given number of
    further events was accepted. `get` judges by the log alone; `sweep` merely frees the memory of what is forgotten.
    """

    def __init__(self, horizon_ms: int, horizon_events: int, entries: dict[str, Entry[Kept]]) -> None:
        self.horizon_ms = horizon_ms
        self.horizon_events = horizon_events
        self.entries = entries

    def get(self, subject: str, sequence: int, watermark: int) -> Entry[Kept] | None:
        """The subject, unless it is unknown or forgotten at this point of the log."""
        entry = self.entries.get(subject)
        if entry is None or self._is_forgotten(entry, sequence, watermark):
            return None
        return entry

    def put(self, subject: str, entry: Entry[Kept]) -> None:
        """Remember the subject as the one changed last."""
        self.entries.pop(subject, None)
        self.entries[subject] = entry

    def sweep(self, sequence: int, watermark: int) -> list[tuple[str, Kept]]:
        """Free forgotten subjects, oldest first, up to the first that is recent; returns what was freed."""
        freed = []
        for subject, entry in self.entries.items():
            if sequence - entry.sequence <= self.horizon_events:
                break
            if self._is_forgotten(entry, sequence, watermark):
                freed.append((subject, entry.kept))
        for subject, _ in freed:
            del self.entries[subject]
        return freed

    def _is_forgotten(self, entry: Entry[Kept], sequence: int, watermark: int) -> bool:
        return sequence - entry.sequence > self.horizon_events and watermark > entry.last_time + self.horizon_ms
