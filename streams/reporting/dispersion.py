"""How evenly customers are served, over time; and how much of the spread is one agent, or shift, unlike another."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from schemas.dimensions import OTHER
from schemas.metrics import Metric
from schemas.scales import NOT_APPLICABLE
from streams.reporting.comparison import Compared, Statistic, compare
from streams.reporting.contents import Content, Contents
from streams.reporting.periods import Period
from streams.reporting.report import Question, find
from streams.statistics.difference import Difference, spread_difference
from streams.statistics.dispersion import Between, between, deviation, logarithms, tail_ratio
from streams.statistics.estimates import Estimate


class DispersionLine(NamedTuple):
    """One period of one series."""

    period: Period
    segment: Mapping[str, str | None]
    """Value per dimension asked for; None where the whole range has no data."""
    definition: str
    score: Estimate
    """The spread: standard deviation of answers in codes, p90 / p50 of durations."""
    content: Content
    between: Between | None
    """Of the groups asked for; durations by the logarithms of their ms. None where there are fewer than two groups."""
    compared: Compared | None
    """With the baseline of the question, if it has one. Differences are of mean absolute deviations from the median."""

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many facts it tells of, now and before."""
        return (self.score.n,) if self.compared is None else (self.score.n, self.compared.score.n)


def dispersion_lines(question: Question, dimension: str | None, contents: Contents) -> Iterator[DispersionLine]:
    """The lines by period, then series, of a metric of answers or durations.

    ``dimension``: whose values are the groups; None for no groups.
    """
    metric = question.metric
    groups = _groups(question, dimension, contents) if dimension else {}
    for found in find(question, contents):
        period, series, content, before = found
        yield DispersionLine(
            period,
            found.segment(question.by),
            series.definition,
            spread_of(metric, series.definition, content),
            content,
            between(groups.get((period, *series), [])),
            compare(metric, series, content, period, *before, statistic=_SPREAD) if before else None,
        )


def spread_of(metric: Metric, definition: str, content: Content) -> Estimate:
    """The one number for how far apart the metric's facts are."""
    return tail_ratio(content.buckets) if metric.kind == "duration" else deviation(_values(metric, content))


def _difference(metric: Metric, definition: str, now: Content, before: Content) -> Difference | None:
    return spread_difference(_values(metric, now), _values(metric, before))


_SPREAD: Final = Statistic(spread_of, _difference)


def _groups(
    question: Question, dimension: str, contents: Contents
) -> Mapping[tuple[Period, str, tuple[str, ...]], list[Mapping[float, int]]]:
    """By period, definition and segment. Who is not named, or is one of many beyond the cap, is no group."""
    found: defaultdict[tuple[Period, str, tuple[str, ...]], list[Mapping[float, int]]] = defaultdict(list)
    finer = question._replace(by=(*question.by, dimension), baseline=None)
    for period, series, content, _ in find(finer, contents):
        if series.values and series.values[-1] not in ("", OTHER):
            found[period, series.definition, series.values[:-1]].append(_values(question.metric, content))
    return found


def _values(metric: Metric, content: Content) -> dict[float, int]:
    if metric.kind == "duration":
        return logarithms(content.buckets)
    return {float(code): count for code, count in content.buckets.items() if code != NOT_APPLICABLE}
