"""Looks at the workers from outside all the time: how far they are behind, and when they have caught up."""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from time import monotonic, sleep
from typing import Final, NamedTuple

from schemas.status import WorkerStatus

_LOOK_SECONDS: Final = 0.2

Ends = Mapping[tuple[str, int], int]
"""Offset after the last record, of each partition."""


class Sight(NamedTuple):
    """What one look has seen."""

    statuses: Sequence[WorkerStatus]
    applied: Ends
    """How far the owners of partitions are; of a partition without owner, how far its last checkpoint seen is."""

    def lag(self, ends: Ends) -> int:
        """Records before ``ends`` that no owner has applied."""
        return sum(max(0, end - self.applied.get(partition, 0)) for partition, end in ends.items())


class Observer(threading.Thread):
    """Compares what workers say of themselves with what has been published."""

    def __init__(self, statuses: Callable[[], Iterable[WorkerStatus]], ends: Callable[[], Ends]) -> None:
        """``statuses``: of the workers that answer now; ``ends``: of what is acknowledged by now."""
        super().__init__(name="observer", daemon=True)
        self.worst_lag = 0
        """The most records that were published and not applied at one moment."""
        self._statuses = statuses
        self._ends = ends
        self._durable: dict[tuple[str, int], int] = {}
        self._stopped = threading.Event()

    def run(self) -> None:
        while not self._stopped.wait(_LOOK_SECONDS):
            ends = dict(self._ends())
            self.worst_lag = max(self.worst_lag, self.look().lag(ends))

    def stop(self) -> None:
        self._stopped.set()
        self.join()

    def look(self) -> Sight:
        statuses = tuple(self._statuses())
        applied: dict[tuple[str, int], int] = {}
        for each in (each for status in statuses for each in status.partitions if each.restored):
            key = (each.topic, each.partition)
            applied[key] = max(applied.get(key, 0), each.applied + 1)
            self._durable[key] = max(self._durable.get(key, 0), each.checkpointed + 1)
        return Sight(statuses, self._durable | applied)

    def await_stored(self, ends: Ends, seconds: float) -> None:
        """Returns once all records before ``ends`` are applied, and then every row that was changed by then is stored.

        A worker's flush that begins after that has them all, and one may be under way: two more flushes are enough.
        """
        deadline = monotonic() + seconds
        seen: dict[str, int] = {}
        while True:
            sight = self.look()
            if sight.lag(ends) == 0:
                for status in sight.statuses:
                    seen.setdefault(status.worker, status.flushes)
                if sight.statuses and all(_stored(status, seen[status.worker]) for status in sight.statuses):
                    return
            assert monotonic() < deadline, f"not caught up after {seconds} s, {sight.lag(ends)} records behind"
            sleep(_LOOK_SECONDS / 2)


def _stored(status: WorkerStatus, flushes: int) -> bool:
    return status.flushes >= flushes + 2 or all(each.unstored == 0 for each in status.partitions)
