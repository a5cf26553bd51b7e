"""A fact: what an event means for one metric."""

from collections import Counter
from collections.abc import Iterable

import msgspec


class Fact(msgspec.Struct, frozen=True, gc=False):
    """One booking of one metric. Its weight, +1 or -1, stands beside it: a retraction is the same fact with -1."""

    definition: int
    """Number of the definition, see `streams.core.definitions`."""
    time: int
    """Event time that decides the pane, ms since 1970 UTC."""
    segment: int
    """Number of the segment, see `streams.core.segments`."""
    value: int
    """Scale code, duration in ms, 0 or 1 of a ratio; 0 for a count."""


def difference(old: Iterable[Fact], new: Iterable[Fact]) -> list[tuple[Fact, int]]:
    """What turns the facts ``old`` into the facts ``new``: facts and weights, retractions first."""
    change = Counter(new)
    change.subtract(old)
    return sorted(((fact, weight) for fact, weight in change.items() if weight), key=lambda pair: pair[1])
