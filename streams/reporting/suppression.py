"""Segments so small that they could tell of single customers are not shown (domain.md 4.8)."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Protocol, TypeVar

from streams.reporting.periods import Period
from streams.statistics.estimates import Estimate


class Shown(Protocol):
    """A line of a report."""

    @property
    def period(self) -> Period: ...
    @property
    def definition(self) -> str: ...
    @property
    def score(self) -> Estimate: ...


LineType = TypeVar("LineType", bound=Shown)


class Suppression:
    """Leaves out segments with fewer than ``least`` facts.

    What is left out of a total must not follow from what is shown: of the segments of one period and definition at
    least two are left out, with at least ``least`` facts together; the smallest follow until it is so.
    """

    def __init__(self, least: int) -> None:
        self._least = least
        self.left_out = 0
        """Lines so far."""

    def __call__(self, lines: Iterable[LineType]) -> Iterator[LineType]:
        """The lines that may be shown; those of one period have to follow each other."""
        for _, group in groupby(lines, key=lambda line: line.period):
            together = list(group)
            hidden = {
                place
                for definition in {line.definition for line in together}
                for place in self._hidden(
                    [(line.score.n, place) for place, line in enumerate(together) if line.definition == definition]
                )
            }
            self.left_out += len(hidden)
            yield from (line for place, line in enumerate(together) if place not in hidden)

    def _hidden(self, sizes: list[tuple[int, int]]) -> Iterator[int]:
        """Places of those to leave out, of pairs of size and place; empty segments tell of nobody."""
        count = total = 0
        for size, place in sorted(pair for pair in sizes if pair[0] > 0):
            if size >= self._least and (count == 0 or (count > 1 and total >= self._least)):
                return
            yield place
            count, total = count + 1, total + size
