"""Moments of event time at which something is due, each with the name of what it is about."""

from collections.abc import Iterable, Iterator
from heapq import heapify, heappop, heappush
from typing import Final

NEVER: Final = 1 << 62
"""An event time that no event has."""


class DueTimes:
    """A queue by time, then name. What was decided early stays in it: who takes it out looks whether it still is."""

    def __init__(self, watched: Iterable[tuple[int, str]] = ()) -> None:
        self._queue = list(watched)
        heapify(self._queue)
        self.next = NEVER
        """The earliest of them, ms."""
        self._look_ahead()

    def __len__(self) -> int:
        return len(self._queue)

    def watch(self, time: int, name: str) -> None:
        """``name`` is due at ``time`` (ms)."""
        heappush(self._queue, (time, name))
        self._look_ahead()

    def passed(self, reached: int) -> Iterator[tuple[int, str]]:
        """Takes out what was due before ``reached`` (ms), in order."""
        while self.next < reached:
            earliest = heappop(self._queue)
            self._look_ahead()
            yield earliest

    def _look_ahead(self) -> None:
        self.next = self._queue[0][0] if self._queue else NEVER
