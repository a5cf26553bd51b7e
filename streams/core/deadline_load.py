"""How many deadlines are pending and overdue, by kind and segment."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from schemas.dimensions import Segment
from schemas.live import AgedMetric, DeadlineLoad
from streams.core.deadlines import KINDS, NONE, WAIT, Deadline


class DeadlineLoads:
    """Follows the deadlines of a partition as they change."""

    def __init__(self) -> None:
        self._pending: dict[str, Deadline] = {}

    def copy(self) -> "DeadlineLoads":
        """The loads as they are now."""
        copy = DeadlineLoads()
        copy._pending = self._pending.copy()
        return copy

    def update(self, key: str, deadline: Deadline | None) -> None:
        """Take over what a deadline has become; None stands for one that is not remembered."""
        if deadline is not None and deadline.since != NONE:
            self._pending[key] = deadline
        else:
            self._pending.pop(key, None)

    def pending(self) -> Iterator[tuple[str, Deadline]]:
        """Subject and deadline of each; in no order."""
        for key, deadline in self._pending.items():
            yield key.partition("/")[2], deadline  # the kind stands before it

    def since(self) -> Iterator[tuple[tuple[AgedMetric, ...], Iterable[tuple[int, int]]]]:
        """As `CaseLoads.since`, of customers in queues."""
        yield ("queue_wait",), ((each.since, each.segment) for each in self._pending.values() if each.kind == WAIT)

    def as_of(self, as_of_ms: int, segments: Sequence[Segment]) -> tuple[DeadlineLoad, ...]:
        """What is pending, and what of it is overdue at ``as_of_ms``; ``segments`` by their numbers.

        By the moment of the view and not by event time: a promise is overdue also while nothing happens.
        """
        groups: defaultdict[tuple[int, int], list[Deadline]] = defaultdict(list)
        for deadline in self._pending.values():
            groups[deadline.kind, deadline.segment].append(deadline)
        loads = []
        for (kind, segment), found in sorted(groups.items()):
            overdue = [each.due for each in found if each.due != NONE and each.due < as_of_ms]
            loads.append(
                DeadlineLoad(
                    KINDS[kind],
                    segments[segment],
                    len(found),
                    min(each.since for each in found),
                    len(overdue),
                    min(overdue, default=None),
                )
            )
        return tuple(loads)
