"""What is owed to a customer by a due time: callbacks and promises, met in time, too late or never."""

from collections.abc import Iterator
from random import Random
from typing import Final, NamedTuple

from deploy.local.simulator.industries.plan import Life, Place, Step, Tally
from schemas.metrics import duration_ms

_KPIS: Final = {
    "sales_visit": "sales_visit_callback",
    "service_visit": "service_visit_callback",
    "store_visit": "store_visit_callback",
    "repair_sample": "repair_callback",
    "order_confirmed": "order_first_followup",
    "order_milestone": "order_milestones_notified",
    "order_delay": "order_delays_announced",
}
"""Kinds of callbacks with a KPI of their own; all of them count in that of all follow-ups."""


class Callbacks(NamedTuple):
    """Follow-ups of one kind, such as the call three days after a visit to the dealer."""

    place: Place
    kind: str
    allowed: str
    """From what made it due to its due time."""
    in_time: int
    late: int = 0
    forgotten: int = 0

    def tallies(self) -> Iterator[Tally]:
        """Late is missed, as is forgotten."""
        owed = self.in_time + self.late + self.forgotten
        for kpi in filter(None, ("followup_rate", _KPIS.get(self.kind))):
            yield Tally(kpi, owed, self.in_time)

    def lives(self, random: Random) -> Iterator[Life]:
        """Each from what made it due."""
        allowed_ms = duration_ms(self.allowed)
        data = {"kind": self.kind}
        begun, done = (Step(0, f"cx.followup.{what}.v1", data) for what in ("due", "done"))
        return _owed(random, begun, done, allowed_ms, self.in_time, self.late, self.forgotten)


class Promises(NamedTuple):
    """Promises of one length, such as an answer within a day."""

    place: Place
    allowed: str
    """From the promise to its due time."""
    kept: int
    late: int = 0
    broken: int = 0

    def tallies(self) -> Iterator[Tally]:
        """Kept late is not kept."""
        yield Tally("promise_kept", self.kept + self.late + self.broken, self.kept)

    def lives(self, random: Random) -> Iterator[Life]:
        """Each from when it was made."""
        made, kept = (Step(0, f"cx.promise.{what}.v1") for what in ("made", "kept"))
        return _owed(random, made, kept, duration_ms(self.allowed), self.kept, self.late, self.broken)


def _owed(
    random: Random, begun: Step, met: Step, allowed_ms: int, in_time: int, late: int, never: int
) -> Iterator[Life]:
    begun = begun._replace(due_ms=allowed_ms)
    for _ in range(in_time):
        yield [begun, met._replace(at_ms=random.randint(allowed_ms // 4, allowed_ms))]
    for _ in range(late):
        yield [begun, met._replace(at_ms=random.randint(allowed_ms + 1, allowed_ms * 5 // 4))]
    for _ in range(never):
        yield [begun]
