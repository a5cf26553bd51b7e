"""What a soak says in one number: slopes, percentiles and standstills as pure functions of its samples."""

import math
from collections.abc import Iterable, Sequence
from itertools import combinations, pairwise
from statistics import median
from typing import NamedTuple


class Span(NamedTuple):
    """A stretch of time, seconds since the soak began."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        return self.end - self.start

    def meets(self, others: Iterable["Span"]) -> bool:
        """Whether it shares a moment with any of the others."""
        return any(self.start < other.end and other.start < self.end for other in others)


class Reach(NamedTuple):
    """How far a partition was at one moment."""

    at: float
    applied: int
    """Records applied by any worker so far: it never falls, not even while a new owner repeats some."""
    published: int
    """Records in its log."""


class Look(NamedTuple):
    """One question to a process."""

    asked: float
    end: float
    """When it answered, or when it was given up."""
    answered: bool


def slope(points: Sequence[tuple[float, float]]) -> float | None:
    """Theil and Sen's: the median of the slopes of all pairs, in y per x; None for less than two moments.

    Up to 29 % of the points may be anything, such as the minutes in which a worker has the other's partitions, too.
    """
    slopes = [(y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in combinations(points, 2) if x1 != x2]
    return median(slopes) if slopes else None


def thinned(points: Sequence[tuple[float, float]], width: float) -> list[tuple[float, float]]:
    """One point for each stretch of ``width`` that has any: its middle and the median there. Points ascend by x."""
    stretches: dict[int, list[float]] = {}
    for x, y in points:
        stretches.setdefault(math.floor(x / width), []).append(y)
    return [((stretch + 0.5) * width, median(ys)) for stretch, ys in stretches.items()]


def percentile(values: Iterable[float], share: float) -> float | None:
    """The least value that ``share`` of the values do not exceed (nearest rank); None of none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None


def standstills(reaches: Iterable[Reach]) -> list[Span]:
    """The stretches in which records waited and none was applied, each until one was or the samples end."""
    spans: list[Span] = []
    waits_since: float | None = None
    last: Reach | None = None
    for before, last in pairwise(reaches):
        if waits_since is None and before.published > before.applied:
            waits_since = before.at
        if last.applied > before.applied and waits_since is not None:
            spans.append(Span(waits_since, last.at))
            waits_since = None
    if waits_since is not None and last is not None:
        spans.append(Span(waits_since, last.at))
    return spans


def silences(looks: Iterable[Look]) -> list[Span]:
    """How long a process let those wait who asked it something, from the first question to the answer.

    Before its first answer it was not up, and what follows its last one is its end.
    """
    spans: list[Span] = []
    up, asked_at = False, None
    for look in looks:
        if look.answered:
            if up:
                spans.append(Span(look.asked if asked_at is None else asked_at, look.end))
            up, asked_at = True, None
        elif asked_at is None:
            asked_at = look.asked
    return spans


def longest(spans: Iterable[Span]) -> float:
    """Seconds of the longest; 0 of none."""
    return max((span.seconds for span in spans), default=0.0)
