"""A metric over time: one line per period and series, with n, value and 95 % interval."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from schemas.metrics import Metric
from streams.reporting.comparison import Baseline, Compared, compare, earlier
from streams.reporting.contents import EMPTY, Content, Contents, Extent, Selection, Series
from streams.reporting.periods import Every, Period, next_start, periods, start_of
from streams.reporting.scores import details_of, score_of
from streams.statistics.estimates import Estimate

PANE_SECONDS = 60


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
    baseline: Baseline | None = None
    """What each period is compared with; None: with nothing."""

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
    compared: Compared | None = None
    """With the baseline of the question, if it has one."""


def report(question: Question, contents: Contents) -> Iterator[Line]:
    """The lines by period, then series. A series that the range has appears in each of its periods, empty ones too."""
    extent = contents.extent(question.selection, question.start, question.end)
    series = extent.series or (_nothing(question),)
    asked = _periods(question, extent)
    known: tuple[Period, dict[Series, Content]] | None = None
    for period, found in contents.read(question.selection, len(series), asked):
        if question.baseline is not None:
            before = earlier(period, question.baseline, question.every, question.zone)
            if known is None or known[0] != before:
                known = before, contents.total(question.selection, before)
        for one in series:
            yield _line(question, period, one, found.get(one, EMPTY), known)


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


def _line(
    question: Question,
    period: Period,
    series: Series,
    content: Content,
    before: tuple[Period, dict[Series, Content]] | None,
) -> Line:
    values = series.values or (None,) * len(question.by)
    segment = dict(zip(question.by, values, strict=True))
    score = score_of(question.metric, series.definition, content)
    details = details_of(question.metric, series.definition, content)
    compared = compare(question.metric, series, content, *before) if before else None
    return Line(period, segment, series.definition, score, details, compared)
