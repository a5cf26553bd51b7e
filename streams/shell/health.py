"""In which state a worker is, and whether it still makes progress."""

from collections.abc import Iterable
from time import monotonic, time
from typing import Final, NamedTuple

from schemas.status import State
from streams.shell.partition import OwnedPartition

STALL_SECONDS: Final = 60.0
"""Records wait and none was applied for this long: far longer than any chunk, restore of a neighbour or broker failover
takes. A liveness probe that fails makes the platform start the worker anew, which mends what no retry inside does."""


class Condition(NamedTuple):
    """A state and why."""

    state: State
    reason: str = ""


class Health:
    """The present condition and since when it lasts."""

    def __init__(self) -> None:
        self.condition = Condition("starting", "connecting")
        self.since = time()

    def enter(self, condition: Condition) -> bool:
        """Takes over a condition; True when the state is another one than before."""
        changed = condition.state != self.condition.state
        if changed:
            self.since = time()
        self.condition = condition
        return changed

    @property
    def ready(self) -> bool:
        """Whether live metrics and rows of this worker follow the log now."""
        return self.condition.state == "running"


def stalled(partitions: Iterable[OwnedPartition]) -> list[str]:
    """Partitions whose records wait and are not applied, for people."""
    late = monotonic() - STALL_SECONDS
    return [
        f"{partition.source.topic}/{partition.source.partition}"
        for partition in partitions
        if (partition.log_end or 0) > partition.position and partition.progress_at < late
    ]
