"""A fact: what an event means for one metric."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

import msgspec


class Fact(msgspec.Struct, frozen=True, gc=False):
    """One booking of one metric. A retraction is the same fact with weight -1."""

    definition: int
    """Number of the definition, see `streams.core.definitions`."""
    time: int
    """Event time that decides the pane, ms since 1970 UTC."""
    segment: int
    """Number of the segment, see `streams.core.segments`."""
    value: int
    """Scale code, duration in ms, 0 or 1 of a ratio; 0 for a count."""


class Change(msgspec.Struct, frozen=True, gc=False):
    """What an event does to the facts of its subject."""

    added: Sequence[Fact]
    retracted: Sequence[Fact] = ()
    """Booked before, and true no more."""


_FEW: Final = 16
"""Facts of nearly every subject: looking each up among so many is faster than counting them."""


def difference(old: Sequence[Fact], new: Sequence[Fact]) -> Change:
    """What turns the facts ``old`` into the facts ``new``."""
    if len(old) <= _FEW:
        added, retracted = list(new), []
        for fact in old:
            if fact in added:
                added.remove(fact)
            else:
                retracted.append(fact)
        return Change(added, retracted)
    change = Counter(new)
    change.subtract(old)
    return Change(list(change.elements()), list((-change).elements()))
