"""The largest segments of each period, and how much of the whole they are: Pareto's order (domain.md K22)."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import attrgetter

from streams.reporting.report import Line, Rank


def ranked(lines: Iterable[Line], most: int) -> Iterator[Line]:
    """Of each period and definition the ``most`` lines with the largest n, the largest first, with their rank.

    Lines of one period have to follow each other. Equal ones stay in the order they came in; empty ones have no rank
    and are left out. What each is a share of are the lines that came: what privacy has left out before is in no share.
    """
    for _, group in groupby(lines, key=attrgetter("period")):
        together = list(group)
        for definition in dict.fromkeys(line.definition for line in together):
            of_one = [line for line in together if line.definition == definition and line.score.n > 0]
            total = sum(line.score.n for line in of_one)
            running = 0
            for line in sorted(of_one, key=lambda line: -line.score.n)[:most]:
                running += line.score.n
                yield line._replace(rank=Rank(line.score.n / total, running / total))
