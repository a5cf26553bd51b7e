"""How many cases are open and who waits, by segment."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain

from schemas.live import AgedMetric
from streams.core.cases import RUNNING, Case

Since = tuple[int, int]
"""Event time since when somebody waits (ms), and segment number."""


class CaseLoads:
    """Follows the cases of a partition as they change."""

    def __init__(self) -> None:
        self._open: Counter[int] = Counter()
        self._unanswered: dict[str, Since] = {}
        """By case: whose customer waits for the first answer."""
        self._waiting: dict[str, Since] = {}
        """Whose customer waits for a further one."""

    def copy(self) -> "CaseLoads":
        """The loads as they are now."""
        copy = CaseLoads()
        copy._open = self._open.copy()
        copy._unanswered, copy._waiting = self._unanswered.copy(), self._waiting.copy()
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
        self._unanswered.pop(case_id, None)
        self._waiting.pop(case_id, None)
        if new is not None and new.phase == RUNNING:
            self._open[new.segment] += 1
            if new.turn >= 0:
                (self._unanswered if new.question >= 0 else self._waiting)[case_id] = new.turn, new.segment

    def waiting(self) -> Iterator[tuple[str, int, int]]:
        """Case, event time since when its customer waits (ms), segment number; in no order."""
        for case_id, (since, segment) in chain(self._unanswered.items(), self._waiting.items()):
            yield case_id, since, segment

    def since(self) -> Iterator[tuple[tuple[AgedMetric, ...], Iterable[Since]]]:
        """Who waits, by the metrics that count how long; whoever waits for the first answer waits for a reply, too."""
        yield ("first_response", "next_reply"), self._unanswered.values()
        yield ("next_reply",), self._waiting.values()

    def by_segment(self) -> dict[int, tuple[int, int, int | None]]:
        """Segment number -> open cases, waiting cases, event time since when the longest waits (ms)."""
        waiting: Counter[int] = Counter()
        oldest: dict[int, int] = {}
        for since, segment in chain(self._unanswered.values(), self._waiting.values()):
            waiting[segment] += 1
            oldest[segment] = min(since, oldest.get(segment, since))
        return {
            segment: (count, waiting[segment], oldest.get(segment))
            for segment, count in sorted(self._open.items())
            if count
        }
