"""The words in which plans are written: what happens, step by step, and what that adds to the KPIs.

A *block* of a plan is a number of alike things in one place, such as fifty callbacks of the sales team. It knows two
things of itself that nobody else has to work out: its *tallies*, by arithmetic on the numbers it is made of, and its
*lives*, which carry those numbers out. Chance decides when something happens and to whom, never how often.
"""

from collections.abc import Iterator, Mapping
from random import Random
from typing import NamedTuple, Protocol

from deploy.local.simulator.happening import Value
from schemas.metrics import duration_ms

Place = Mapping[str, str]
"""Dimensions that every event of a block names, such as its team."""


class Tally(NamedTuple):
    """What a block adds to one KPI, whose value is the total by n."""

    kpi: str
    n: int
    total: float
    """Of a share how many count, of a duration ms, of a score codes, of NPS a hundred for each promoter above the
    detractors."""


def all_or_none(kpi: str, number: int, count: bool) -> Tally:
    """Of so many alike things all count for a share, or none does."""
    return Tally(kpi, number, number if count else 0)


class Step(NamedTuple):
    """One event of a life."""

    at_ms: int
    """Since the life began."""
    type: str
    data: Mapping[str, Value] = {}
    due_ms: int | None = None
    """Of what begins and has to be met: by when, since the life began."""


Life = list[Step]
"""All events of one subject, such as a case; the first one begins it, at 0 ms, and none is later than the last."""


class Block(Protocol):
    """A number of alike things in one place."""

    @property
    def place(self) -> Place: ...

    def tallies(self) -> Iterator[Tally]:
        """What it adds to the KPIs, known without looking at a single event."""

    def lives(self, random: Random) -> Iterator[Life]:
        """What happens, one life for each of the things."""


def spread(random: Random, count: int, mean: str) -> list[int]:
    """Durations in ms, each within a quarter of ``mean`` (such as ``5m``), and on average exactly that."""
    middle = duration_ms(mean)
    steps = [random.randrange(middle // 4) for _ in range(count // 2)]
    durations = [middle + step for step in steps] + [middle - step for step in steps] + [middle] * (count % 2)
    random.shuffle(durations)
    return durations


def all_within(mean: str, limit: str) -> bool:
    """Whether all durations of `spread` are within ``limit``, or none is.

    Raises ValueError where chance would decide how many are: nobody would know the truth.
    """
    middle, most = duration_ms(mean), duration_ms(limit)
    slowest, quickest = middle + middle // 4, middle - middle // 4
    if quickest <= most < slowest:
        raise ValueError(f"durations of {mean} lie on both sides of {limit}")
    return slowest <= most
