"""Cells: the mergeable state of one metric and segment in one pane, source partition and part."""

from bisect import bisect_left
from typing import Final

import msgspec

from schemas.buckets import bucket_of
from schemas.scales import NOT_APPLICABLE
from streams.core.definitions import Definition

NEVER: Final = -1
"""Version of a cell that was not stored yet; offsets start at 0."""


class Contents(msgspec.Struct, array_like=True, gc=False):
    """What a cell holds, as integers only; contents of one definition merge by adding."""

    n: int = 0
    total: int = 0
    buckets: dict[int, int] = {}
    """Facts per scale code, per 0/1, or per duration bucket."""
    slots: dict[int, int] = {}
    """Durations: facts per slot between targets; slot i holds values above target i-1 up to target i."""

    def add(self, other: "Contents", weight: int = 1) -> None:
        """Merge ``other`` in, or take it out again with weight -1."""
        self.n += weight * other.n
        self.total += weight * other.total
        for mine, theirs in ((self.buckets, other.buckets), (self.slots, other.slots)):
            for key, count in theirs.items():
                mine[key] = mine.get(key, 0) + weight * count

    @property
    def is_empty(self) -> bool:
        """True when nothing is left of the facts that were folded in."""
        return not (self.n or self.total or any(self.buckets.values()))

    def within(self, targets_ms: tuple[int, ...]) -> dict[int, int]:
        """Facts at or below each target: target in ms to count, without zeros."""
        result = {}
        reached = 0
        for slot, target in enumerate(targets_ms):
            reached += self.slots.get(slot, 0)
            if reached:
                result[target] = reached
        return result

    def nonzero_buckets(self) -> dict[int, int]:
        """The buckets in ascending order, without those that retractions emptied."""
        return {key: count for key, count in sorted(self.buckets.items()) if count}


class Cell(Contents, array_like=True, gc=False):
    """Contents plus what is needed to store them: their version and whether it is stored."""

    version: int = NEVER
    """Offset of the last record applied to this cell."""
    dirty: bool = False
    """The current version is not part of any batch yet."""
    stored: int = NEVER
    """Newest version known to be durable in ClickHouse."""

    def contents(self) -> Contents:
        """What the cell holds, without the state of its storage."""
        return Contents(self.n, self.total, self.buckets, self.slots)


def fold(cell: Contents, definition: Definition, value: int, weight: int) -> None:
    """Fold one fact with this value and weight into ``cell``."""
    kind = definition.kind
    if kind == "duration":
        slot = bisect_left(definition.targets_ms, value)
        cell.slots[slot] = cell.slots.get(slot, 0) + weight
        value_bucket = bucket_of(value)
        cell.buckets[value_bucket] = cell.buckets.get(value_bucket, 0) + weight
    elif kind != "count":
        cell.buckets[value] = cell.buckets.get(value, 0) + weight
        if kind == "answers" and value == NOT_APPLICABLE:
            return
    cell.n += weight
    cell.total += weight * value
