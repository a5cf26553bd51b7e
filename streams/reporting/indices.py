"""Indices over time: each with its items, and nothing in the place of one that has no answers."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from schemas.indices import Index
from streams.reporting.asked import Asked
from streams.reporting.contents import EMPTY, Content, Contents
from streams.reporting.periods import Period
from streams.reporting.report import Found, Question, find
from streams.statistics.estimates import Estimate, mean
from streams.statistics.indices import WeightedItem, index


class IndexLine(NamedTuple):
    """An index in one period of one segment."""

    of: Index
    period: Period
    segment: Mapping[str, str | None]
    """Value per dimension asked for; None where the whole range has no data."""
    definition: str
    """Of the metric, such as ``csat10.v1``."""
    score: Estimate
    """From 0 to 100; its n is that of the item with the fewest answers, of those that have any."""
    items: dict[str, Estimate]
    """Mean code of each."""

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many facts it tells of, of each item."""
        return tuple(each.n for each in self.items.values())

    @property
    def missing(self) -> list[str]:
        """Items without answers: the index has no value then."""
        return [name for name, each in self.items.items() if not each.n]


def index_lines(indices: Iterable[Index], asked: Asked, contents: Contents) -> Iterator[IndexLine]:
    """The lines by index, period, then segment."""
    span = contents.span()
    if span is None:
        return
    within = asked.within(span)
    for each in indices:
        question = Question(
            each.metric,
            within.every,
            within.zone,
            within.start,
            within.end,
            (*within.by, each.entry.by),
            {**within.where, each.entry.by: list(each.entry.items)},
            scale=each.entry.scale,
        )
        for period, found in groupby(find(question, contents), key=attrgetter("period")):
            yield from _of_period(each, period, list(found), within.by)


def _of_period(each: Index, period: Period, found: list[Found], by: tuple[str, ...]) -> Iterator[IndexLine]:
    items: dict[tuple[str, tuple[str, ...]], dict[str, Content]] = {}
    for one in found:
        values = one.series.values or ("",)
        items.setdefault((one.series.definition, values[:-1]), {})[values[-1]] = one.content
    for (definition, segment), contents in items.items():
        buckets = {name: contents.get(name, EMPTY).buckets for name in each.entry.items}
        means = {name: mean(of_item, each.scale) for name, of_item in buckets.items()}
        weights = each.weights
        score = index([WeightedItem(weights[name], of_item) for name, of_item in buckets.items()], each.scale)
        fewest = min((estimate.n for estimate in means.values() if estimate.n), default=0)
        yield IndexLine(
            each,
            period,
            dict(zip(by, segment or (None,) * len(by), strict=True)),
            definition,
            score._replace(n=fewest),
            means,
        )
