"""In which state a worker is, since when, and what in it stands still."""

from time import time
from typing import NamedTuple

import structlog

from schemas.status import State

log = structlog.get_logger()


class Condition(NamedTuple):
    """A state and why."""

    state: State
    reason: str = ""

    def __str__(self) -> str:
        return f"{self.state}: {self.reason}" if self.reason else self.state


class Health:
    """The present condition and since when it lasts."""

    def __init__(self) -> None:
        self.condition = Condition("starting", "connecting")
        self.since = time()
        self.stalled: tuple[str, ...] = ()
        """What only a new start makes move again, see `watchdog`."""

    def enter(self, condition: Condition) -> None:
        """Takes over a condition; a new state is logged, a new reason for the same state is not."""
        if condition.state != self.condition.state:
            self.since = time()
            log.info("state", state=condition.state, reason=condition.reason)
        self.condition = condition

    def stall(self, stalled: tuple[str, ...]) -> None:
        """Takes over what stands still; each change is logged."""
        if stalled and stalled != self.stalled:
            log.error("stalled: only a new start helps", stalled=stalled)
        elif self.stalled and not stalled:
            log.warning("what was stalled moves again", stalled=self.stalled)
        self.stalled = stalled

    @property
    def ready(self) -> bool:
        """Whether live metrics and rows of this worker follow the log now."""
        return self.condition.state == "running"
