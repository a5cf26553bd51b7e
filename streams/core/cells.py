"""Cells: the mergeable state of one metric and segment in one pane, source partition and part."""

from bisect import bisect_left
from collections.abc import Iterable
from typing import Final, NamedTuple

import msgspec

from schemas.buckets import bucket_of
from schemas.gaps import gap_of
from schemas.scales import NOT_APPLICABLE
from streams.core.definitions import Definition

NEVER: Final = -1
"""Version of a cell that was not stored yet; offsets start at 0."""

Tally = dict[int, int]
"""What a cell holds, as integers only; tallies of one definition merge by adding code by code.

Codes are scale codes of answers, pairs of them of gaps, 0 and 1 of ratios, 0 of counts, buckets of durations, and the
numbers themselves of references; `TOTAL_MS`, and below it the slots between a duration's targets. What retractions
emptied stays as a zero. One dictionary per cell, since folding a fact is the most frequent thing that a worker does.
"""

TOTAL_MS: Final = NOT_APPLICABLE - 1
"""Code of a duration's exact sum, ms."""

_SLOTS: Final = TOTAL_MS - 1
"""Code of slot 0, the durations up to the first target; slot i, above target i-1 up to target i, has this less i."""


class Cell(msgspec.Struct, gc=False):
    """A tally plus what is needed to store it: its version and whether that is stored."""

    tally: Tally
    version: int = NEVER
    """Offset of the last record applied to this cell."""
    dirty: bool = False
    """The current version is not part of any batch yet."""
    stored: int = NEVER
    """Newest version known to be durable in ClickHouse."""


class Reading(NamedTuple):
    """What a tally says, in the words of `schemas.rows.Row`."""

    n: int
    total: int
    buckets: dict[int, int]
    within: dict[int, int]


def fold(tally: Tally, definition: Definition, value: int, weight: int) -> None:
    """Fold one fact with this value and weight into ``tally``."""
    if definition.kind == "duration":
        tally[TOTAL_MS] = tally.get(TOTAL_MS, 0) + weight * value
        if definition.targets_ms:
            slot = _SLOTS - bisect_left(definition.targets_ms, value)
            tally[slot] = tally.get(slot, 0) + weight
        value = bucket_of(value)
    tally[value] = tally.get(value, 0) + weight


def merged(one: Tally, other: Tally, weight: int = 1) -> Tally:
    """A new tally: ``one`` with ``other`` merged in, or taken out again with weight -1 and then without zeros."""
    result = one.copy()
    for code, count in other.items():
        result[code] = result.get(code, 0) + weight * count
    return result if weight > 0 else {code: count for code, count in result.items() if count}


def read(tally: Tally, definition: Definition) -> Reading:
    """Number and sum of the facts, the buckets that are not empty in ascending order, and the facts within targets."""
    if definition.kind == "count":
        return Reading(tally.get(0, 0), 0, {}, {})
    if definition.kind == "reference":
        return Reading(sum(tally.values()), sum(number * count for number, count in tally.items()), {}, {})
    buckets = {code: tally[code] for code in sorted(tally) if code > TOTAL_MS and tally[code]}
    if definition.kind == "duration":
        return Reading(sum(buckets.values()), tally.get(TOTAL_MS, 0), buckets, _within(tally, definition))
    if definition.kind == "gap":
        widths = (gap_of(pair).width * count for pair, count in buckets.items())
        return Reading(sum(buckets.values()), sum(widths), buckets, {})
    n = sum(buckets.values()) - buckets.get(NOT_APPLICABLE, 0)
    return Reading(n, _sum(buckets.items()), buckets, {})


def _sum(buckets: Iterable[tuple[int, int]]) -> int:
    return sum(code * count for code, count in buckets if code != NOT_APPLICABLE)


def _within(tally: Tally, definition: Definition) -> dict[int, int]:
    """Durations at or below each target: target in ms to count, without zeros."""
    result = {}
    reached = 0
    for slot, target in enumerate(definition.targets_ms):
        reached += tally.get(_SLOTS - slot, 0)
        if reached:
            result[target] = reached
    return result
