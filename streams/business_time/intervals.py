"""Sets of instants, ms since 1970 UTC, as intervals: half-open, in order, neither overlapping nor touching."""

from collections.abc import Iterable

Interval = tuple[int, int]
"""From (inclusive) to (exclusive)."""

Intervals = tuple[Interval, ...]


def union(intervals: Iterable[Interval]) -> Intervals:
    """The instants in any of the intervals, which may overlap and come in any order; empty ones do not count."""
    result: list[Interval] = []
    for start, end in sorted(intervals):
        if end <= start:
            continue
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(result[-1][1], end))
        else:
            result.append((start, end))
    return tuple(result)


def between(intervals: Intervals, start: int, end: int) -> Intervals:
    """What of the intervals lies in [start, end)."""
    cut = ((max(opens, start), min(closes, end)) for opens, closes in intervals)
    return tuple((opens, closes) for opens, closes in cut if opens < closes)


def length(intervals: Intervals) -> int:
    """How long they are together, ms."""
    return sum(end - start for start, end in intervals)
