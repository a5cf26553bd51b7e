"""A survey score beside what it would be if every group of customers had answered in proportion (domain.md 4.7)."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from schemas.metrics import Metric
from schemas.scales import SCALES
from streams.reporting.contents import EMPTY, Content, Contents, Series, merged
from streams.reporting.periods import Period
from streams.reporting.report import Found, Question, find
from streams.reporting.scores import scale_of, score_of
from streams.statistics.estimates import Estimate
from streams.statistics.stratification import (
    Weighted,
    group_of,
    is_too_thin,
    reach_of,
    representativeness,
    weighted,
)

Population = Mapping[str, float]
"""Share of the customer base of each group."""


class GroupLine(NamedTuple):
    """One group of customers in one period."""

    score: Estimate
    population_share: float
    answer_share: float | None
    """Of the answers of all groups; None where there are none."""


class WeightedLine(NamedTuple):
    """One period of one definition."""

    period: Period
    definition: str
    score: Estimate
    """As it is, of all answers: it stays in sight, since weighting can mislead, too."""
    weighted: Weighted | None
    """None without answers, and where it is refused."""
    thin: Mapping[str, int]
    """Answers of each group with too few of them: why there is no weighted score though there are answers."""
    p: float | None
    """Of the answers being a sample in proportion; None where there are too few to tell."""
    outside: int
    """Answers of no group of the base: in `score` alone."""
    groups: dict[str, GroupLine]


def weighted_lines(question: Question, population: Population, contents: Contents) -> Iterator[WeightedLine]:
    """The lines by period, then definition. The question splits by the one dimension that the population counts."""
    for period, found in groupby(find(question, contents), key=attrgetter("period")):
        yield from _of_period(question.metric, period, found, population)


def _of_period(
    metric: Metric, period: Period, found: Iterable[Found], population: Population
) -> Iterator[WeightedLine]:
    contents = {each.series: each.content for each in found}
    for definition in dict.fromkeys(series.definition for series in contents):
        of_one = {series.values[0]: content for series, content in contents.items() if _is_of(series, definition)}
        yield _line(metric, period, definition, of_one, population)


def _is_of(series: Series, definition: str) -> bool:
    return series.definition == definition and bool(series.values)


def _line(
    metric: Metric, period: Period, definition: str, contents: Mapping[str, Content], population: Population
) -> WeightedLine:
    assert metric.score is not None  # only metrics of answers are weighted
    scale = SCALES[scale_of(definition)]
    groups = {
        name: group_of(share, contents.get(name, EMPTY).buckets, metric.score, scale)
        for name, share in population.items()
    }
    answers = sum(group.n for group in groups.values())
    score = score_of(metric, definition, merged(contents.values()))
    thin = {name: group.n for name, group in groups.items() if is_too_thin(group)} if score.n else {}
    return WeightedLine(
        period,
        definition,
        score,
        weighted(list(groups.values()), *reach_of(metric.score, scale)) if answers and not thin else None,
        thin,
        representativeness(list(groups.values())),
        score.n - answers,
        {
            name: GroupLine(
                score_of(metric, definition, contents.get(name, EMPTY)),
                group.population,
                group.n / answers if answers else None,
            )
            for name, group in groups.items()
        },
    )
