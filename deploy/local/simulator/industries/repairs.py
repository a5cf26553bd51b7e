"""Repairs that last, and others that have to be done again."""

from collections.abc import Iterator
from random import Random
from typing import Final, NamedTuple

from deploy.local.simulator.industries.plan import Life, Place, Step, Tally

_DAY_MS: Final = 86_400_000
_NOTICED_DAYS: Final = 8
"""Within these it shows that a repair has not lasted: of the 45 days that it should (domain.md K17)."""


class Repairs(NamedTuple):
    """Repairs of one place."""

    place: Place
    lasting: int
    reworked: int = 0

    def tallies(self) -> Iterator[Tally]:
        """Right the first time is what was never reworked."""
        yield Tally("first_time_fix", self.lasting + self.reworked, self.lasting)

    def lives(self, random: Random) -> Iterator[Life]:
        """Each from its completion."""
        completed = Step(0, "cx.repair.completed.v1")
        for _ in range(self.lasting):
            yield [completed]
        for _ in range(self.reworked):
            noticed = random.randrange(_DAY_MS, _NOTICED_DAYS * _DAY_MS)
            yield [completed, Step(noticed, "cx.repair.reworked.v1")]
