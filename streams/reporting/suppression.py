"""Segments so small that they could tell of single customers are not shown (domain.md 4.8)."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations, groupby
from typing import Protocol, TypeVar

from streams.reporting.periods import Period

Cell = tuple[str | None, ...]


class Shown(Protocol):
    """A line of a report."""

    @property
    def period(self) -> Period: ...
    @property
    def segment(self) -> Mapping[str, str | None]: ...
    @property
    def definition(self) -> str: ...
    @property
    def sizes(self) -> tuple[int, ...]:
        """How many facts it tells of: its own, then those that they are compared with; 0 where there are none."""


LineType = TypeVar("LineType", bound=Shown)


class Suppression:
    """Leaves out segments with fewer than ``least`` facts, now or in the time they are compared with.

    What is left out of a total must not follow from what is shown. Totals are those of a period and a definition, and
    of all lines in it that agree in some of the dimensions, such as all agents of a team: of each, at least two are
    left out with at least ``least`` facts together, or none; the smallest follow until it is so. Totals of other
    dimensions or times are other reports: who may ask for any of them can still subtract.
    """

    def __init__(self, least: int) -> None:
        self.least = least
        self.left_out = 0
        """Lines so far."""

    def __call__(
        self, lines: Iterable[LineType], cell_of: Callable[[LineType], Cell] = lambda line: tuple(line.segment.values())
    ) -> Iterator[LineType]:
        """The lines that may be shown; those of one period have to follow each other.

        ``cell_of``: the values in which lines of one period and definition differ.
        """
        for _, group in groupby(lines, key=lambda line: line.period):
            together = list(group)
            places: defaultdict[str, list[int]] = defaultdict(list)
            for place, line in enumerate(together):
                places[line.definition].append(place)
            hidden: set[int] = set()
            for of_one in places.values():
                hidden |= {of_one[at] for at in self._hidden([together[each] for each in of_one], cell_of)}
            self.left_out += len(hidden)
            yield from (line for place, line in enumerate(together) if place not in hidden)

    def _hidden(self, lines: Sequence[LineType], cell_of: Callable[[LineType], Cell]) -> set[int]:
        """Places of those to leave out."""
        hidden = {at for at, line in enumerate(lines) if any(0 < size < self.least for size in line.sizes)}
        totals = _totals([cell_of(line) for line in lines]) if hidden else []
        grown = True
        while grown:
            before = len(hidden)
            for total in totals:
                for when in range(len(lines[0].sizes)):
                    hidden |= self._missing([(lines[at].sizes[when], at) for at in total], hidden)
            grown = len(hidden) > before
        return hidden

    def _missing(self, sizes: list[tuple[int, int]], hidden: set[int]) -> set[int]:
        """Which others of one total have to go with those that are hidden, of pairs of size and place; empty segments
        tell of nobody."""
        gone = [size for size, at in sizes if at in hidden and size]
        if not gone:
            return set()
        found = set()
        for size, at in sorted(pair for pair in sizes if pair[1] not in hidden and pair[0]):
            if len(gone) > 1 and sum(gone) >= self.least:
                break
            gone.append(size)
            found.add(at)
        return found


def _totals(cells: Sequence[Cell]) -> list[list[int]]:
    """Places of the lines that agree in some dimensions and differ in the others: of all, of each team, and so on. What
    agrees in all is one line, and no total."""
    found: defaultdict[tuple[object, ...], list[int]] = defaultdict(list)
    for at, cell in enumerate(cells):
        for agree in range(len(cell)):
            for places in combinations(range(len(cell)), agree):
                found[(places, *(cell[place] for place in places))].append(at)
    return [total for total in found.values() if len(total) > 1]
