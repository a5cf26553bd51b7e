"""Waits in a queue: at a counter, at a reception, on the telephone."""

from collections.abc import Iterator
from random import Random
from typing import Final, NamedTuple

from deploy.local.simulator.industries.plan import Life, Place, Step, Tally, all_or_none, all_within, spread
from schemas.metrics import duration_ms

SERVICE_LEVEL: Final = "20s"
SHORT_ABANDON: Final = "5s"
"""Who gives up sooner had a wrong number. Both are cxstream's own: the telephone's custom, of no source document."""


class Waits(NamedTuple):
    """Waits of one mean length that end alike."""

    place: Place
    number: int
    waited: str
    """Mean."""
    given_up: bool = False

    def tallies(self) -> Iterator[Tally]:
        """Who gave up has no time of being served, and counts against the service level however soon it was."""
        if self.given_up and all_within(self.waited, SHORT_ABANDON):
            return
        yield all_or_none("abandonment", self.number, self.given_up)
        in_time = not self.given_up and all_within(self.waited, SERVICE_LEVEL)
        yield all_or_none("service_level", self.number, in_time)
        if not self.given_up:
            yield Tally("queue_wait_mean", self.number, self.number * duration_ms(self.waited))

    def lives(self, random: Random) -> Iterator[Life]:
        """Each from its start to its end."""
        end = "abandoned" if self.given_up else "served"
        for waited in spread(random, self.number, self.waited):
            yield [Step(0, "cx.wait.started.v1"), Step(waited, f"cx.wait.{end}.v1")]
