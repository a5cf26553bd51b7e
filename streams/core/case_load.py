"""How many cases are open and who waits, by segment."""

from collections import Counter
from collections.abc import Iterator

from schemas.live import AgedMetric
from streams.core.cases import RUNNING, Case


class CaseLoads:
    """Follows the cases of a partition as they change."""

    def __init__(self) -> None:
        self._open: Counter[int] = Counter()
        self._waiting: dict[str, tuple[int, int, bool]] = {}
        """By case: event time since when its customer waits (ms), segment number, and whether for the first answer."""

    def copy(self) -> "CaseLoads":
        """The loads as they are now."""
        copy = CaseLoads()
        copy._open, copy._waiting = self._open.copy(), self._waiting.copy()
        return copy

    def update(self, case_id: str, old: Case | None, new: Case | None) -> None:
        """Take over the change of one case; None stands for a case that is not remembered."""
        if (
            old is not None
            and new is not None
            and old.turn == new.turn
            and old.segment == new.segment
            and old.phase == new.phase
        ):
            return
        if old is not None and old.phase == RUNNING:
            self._open[old.segment] -= 1
        if new is not None and new.phase == RUNNING:
            self._open[new.segment] += 1
            if new.turn >= 0:
                self._waiting[case_id] = (new.turn, new.segment, new.question >= 0)
                return
        self._waiting.pop(case_id, None)

    def waiting(self) -> Iterator[tuple[str, int, int]]:
        """Case, event time since when its customer waits (ms), segment number; in no order."""
        for case_id, (since, segment, _) in self._waiting.items():
            yield case_id, since, segment

    def since(self) -> Iterator[tuple[AgedMetric, int, int]]:
        """Metric that counts how long a customer waits, segment number, event time since when (ms); in no order."""
        for since, segment, is_first in self._waiting.values():
            yield "next_reply", segment, since
            if is_first:
                yield "first_response", segment, since

    def by_segment(self) -> dict[int, tuple[int, int, int | None]]:
        """Segment number -> open cases, waiting cases, event time since when the longest waits (ms)."""
        waiting: Counter[int] = Counter()
        oldest: dict[int, int] = {}
        for since, segment, _ in self._waiting.values():
            waiting[segment] += 1
            oldest[segment] = min(since, oldest.get(segment, since))
        return {
            segment: (count, waiting[segment], oldest.get(segment))
            for segment, count in sorted(self._open.items())
            if count
        }
