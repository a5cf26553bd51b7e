"""Holds a stream to so many records per second."""

from collections.abc import Callable
from time import monotonic


class Pace:
    """Says how long to wait; whoever uses it sleeps as it can."""

    def __init__(self, rate: float | None, now: Callable[[], float] = monotonic) -> None:
        """``rate``: records per second on average since now; None is as fast as it goes."""
        self._rate = rate
        self._now = now
        self._began = now()
        self._records = 0

    def ahead(self, records: int = 1) -> float:
        """Seconds to wait after so many more records; 0 when none, also to catch up with time that was lost."""
        self._records += records
        return 0.0 if self._rate is None else max(0.0, self._began + self._records / self._rate - self._now())
