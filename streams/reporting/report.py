"""A metric over time: one line per period and series, with n, value and 95 % interval."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from schemas.metrics import Metric, duration_ms
from schemas.scales import NOT_APPLICABLE, SCALES
from streams.reporting.contents import EMPTY, Content, Contents, Extent, Selection, Series
from streams.reporting.periods import Every, Period, next_start, periods, start_of
from streams.statistics.estimates import (
    NO_DATA,
    Estimate,
    answers_score,
    duration_mean,
    duration_range,
    quantile,
    share,
)

PANE_SECONDS = 60

QUANTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}


class Question(NamedTuple):
    """What to report."""

    metric: Metric
    every: Every
    zone: ZoneInfo
    start: int | None = None
    """First second, inclusive, since 1970; None: the period of the first pane there is."""
    end: int | None = None
    """Exclusive; None: the end of the period of the last pane there is."""
    by: tuple[str, ...] = ()
    where: Mapping[str, Sequence[str]] = {}

    @property
    def selection(self) -> Selection:
        """The cells that answer it."""
        return Selection(self.metric.id, self.by, self.where)


class Line(NamedTuple):
    """One period of one series."""

    period: Period
    segment: Mapping[str, str | None]
    """Value per dimension asked for; None where the whole range has no data."""
    definition: str
    score: Estimate
    details: dict[str, Any]
    """What the metric's kind has besides; see `details_of`."""


def report(question: Question, contents: Contents) -> Iterator[Line]:
    """The lines by period, then series. A series that the range has appears in each of its periods, empty ones too."""
    extent = contents.extent(question.selection, question.start, question.end)
    series = extent.series or (_nothing(question),)
    asked = _periods(question, extent)
    for period, found in contents.read(question.selection, len(series), asked):
        for one in series:
            yield _line(question, period, one, found.get(one, EMPTY))


def _periods(question: Question, extent: Extent) -> list[Period]:
    """The periods asked for; sides left open reach as far as there are panes, to the full period."""
    start, end, every, zone = question.start, question.end, question.every, question.zone
    if start is None and extent.first is not None:
        start = extent.first if every == "all" else start_of(extent.first, every, zone)
    if end is None and extent.last is not None:
        end = extent.last + PANE_SECONDS if every == "all" else next_start(extent.last, every, zone)
    return [] if start is None or end is None else list(periods(start, end, every, zone))


def _nothing(question: Question) -> Series:
    """Stands for the series of a range without data, so that its periods are listed."""
    metric = question.metric
    return Series(metric.definition(metric.scales[0] if metric.scales else None), ())


def _line(question: Question, period: Period, series: Series, content: Content) -> Line:
    values = series.values or (None,) * len(question.by)
    segment = dict(zip(question.by, values, strict=True))
    score = score_of(question.metric, series.definition, content)
    return Line(period, segment, series.definition, score, details_of(question.metric, series.definition, content))


def score_of(metric: Metric, definition: str, content: Content) -> Estimate:
    """The metric's value: as declared for answers, the mean of durations (ms), the share of a ratio, a plain count."""
    if metric.kind == "answers" and metric.score is not None:
        return answers_score(metric.score, content.buckets, SCALES[scale_of(definition)])
    if metric.kind == "duration":
        return duration_mean(content.total, content.buckets)
    if metric.kind == "ratio":
        return share(content.buckets.get(1, 0), content.n)
    # A count is what it is: no sample, no interval.
    return Estimate(content.n, content.n, None, None) if content.n else NO_DATA


def details_of(metric: Metric, definition: str, content: Content) -> dict[str, Any]:
    """What else a line says.

    Answers: ``total`` (sum of codes), ``not_applicable``, ``histogram`` (code -> answers, the whole scale).
    Durations, in ms: ``total``, ``mean``, ``p50`` to ``p99`` (within 2 %), ``smallest`` and ``largest``
    (outer bounds of the outermost buckets), ``within`` (target -> n, value, ci_low, ci_high of the share at
    or below it). Ratios: ``yes``.
    """
    if metric.kind == "answers":
        scale = SCALES[scale_of(definition)]
        return {
            "total": content.total,
            "not_applicable": content.buckets.get(NOT_APPLICABLE, 0),
            "histogram": {str(code): content.buckets.get(code, 0) for code in range(scale.low, scale.high + 1)},
        }
    if metric.kind == "duration":
        smallest, largest = duration_range(content.buckets) or (None, None)
        return {
            "total": content.total,
            "mean": duration_mean(content.total, content.buckets).value,
            **{name: quantile(content.buckets, q) for name, q in QUANTILES.items()},
            "smallest": smallest,
            "largest": largest,
            "within": {
                target: _within(content.within.get(duration_ms(target), 0), content.n)
                for target in sorted(metric.targets, key=duration_ms)
            },
        }
    return {"yes": content.buckets.get(1, 0)} if metric.kind == "ratio" else {}


def _within(k: int, n: int) -> dict[str, float | None]:
    estimate = share(k, n)
    return {"n": k, "value": estimate.value, "ci_low": estimate.low, "ci_high": estimate.high}


def scale_of(definition: str) -> str:
    """Scale of the definition of answers: ``csat5`` of ``csat5.v1``."""
    return definition.partition(".")[0]
