"""A metric over time: one line per period and series, with n, value and 95 % interval."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from schemas.journeys import Journey
from schemas.metrics import Metric
from streams.reporting.comparison import Baseline, Compared, Verdict, compare, earlier
from streams.reporting.contents import EMPTY, Content, Contents, Extent, Selection, Series
from streams.reporting.periods import Every, Period, next_start, periods, start_of
from streams.reporting.scores import details_of, score_of
from streams.statistics.difference import Difference
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
    scale: str | None = None
    """Of answers: only those on this scale."""
    top: int | None = None
    """Only so many series of each period, the largest; None: all, in the order of their names."""
    journey: Journey | None = None
    """Its stages, which `by` has, are shown in their order; None: in that of their names."""

    @property
    def selection(self) -> Selection:
        """The cells that answer it."""
        return Selection(self.metric.id, self.by, self.where, self.scale)


class Found(NamedTuple):
    """What is stored of one series in one period."""

    period: Period
    series: Series
    content: Content
    before: tuple[Period, dict[Series, Content]] | None
    """The period of the baseline and all series in it; None without a baseline."""

    def segment(self, by: Sequence[str]) -> dict[str, str | None]:
        """Value per dimension asked for; None where the whole range has no data."""
        return dict(zip(by, self.series.values or (None,) * len(by), strict=True))


class Rank(NamedTuple):
    """How much of a period one of its largest series is."""

    share: float
    """Of the facts of all series."""
    cumulative: float
    """With all larger ones."""


class Step(NamedTuple):
    """A stage of a journey beside the one before it."""

    name: str | None
    """None of a stage that the journey has not."""
    previous: str | None
    """The nearest stage before it that has data; None of the first."""
    difference: Difference | None
    verdict: Verdict | None
    """None of the first stage, and of a count."""


class Line(NamedTuple):
    """One period of one series."""

    period: Period
    segment: Mapping[str, str | None]
    """Value per dimension asked for; None where the whole range has no data."""
    definition: str
    score: Estimate
    details: dict[str, Any]
    """What the metric's kind has besides; see `details_of`."""
    content: Content = EMPTY
    compared: Compared | None = None
    """With the baseline of the question, if it has one."""
    rank: Rank | None = None
    """Where only the largest are shown."""
    step: Step | None = None
    """Where the stages of a journey are shown."""

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many facts it tells of, now and before."""
        return (self.score.n,) if self.compared is None else (self.score.n, self.compared.score.n)


def report(question: Question, contents: Contents) -> Iterator[Line]:
    """The lines by period, then series. A series that the range has appears in each of its periods, empty ones too."""
    metric = question.metric
    for found in find(question, contents):
        period, series, content, before = found
        yield Line(
            period,
            found.segment(question.by),
            series.definition,
            score_of(metric, series.definition, content),
            details_of(metric, series.definition, content),
            content,
            compare(metric, series, content, period, *before) if before else None,
        )


def find(question: Question, contents: Contents) -> Iterator[Found]:
    """What answers the question, in the order of `report`."""
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
            yield Found(period, one, found.get(one, EMPTY), known)


def _periods(question: Question, extent: Extent) -> list[Period]:
    """The periods asked for; sides left open reach as far as there are panes, to the full period."""
    start, end, every, zone = question.start, question.end, question.every, question.zone
    if extent.first is not None and extent.last is not None:
        first, last = covered(extent.first, extent.last, every, zone)
        start, end = first if start is None else start, last if end is None else end
    return [] if start is None or end is None else list(periods(start, end, every, zone))


def covered(first: int, last: int, every: Every, zone: ZoneInfo) -> tuple[int, int]:
    """Start and end of the full periods that hold the panes from ``first`` to ``last``, seconds since 1970."""
    if every == "all":
        return first, last + PANE_SECONDS
    return start_of(first, every, zone), next_start(last, every, zone)


def _nothing(question: Question) -> Series:
    """Stands for the series of a range without data, so that its periods are listed."""
    metric = question.metric
    scale = question.scale or (metric.scales[0] if metric.scales else None)
    return Series(metric.definition(scale), ())
