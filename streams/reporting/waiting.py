"""Durations of the last while with those counted who wait now: what answers alone leave out (domain.md 4.5)."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from schemas.dimensions import DIMENSIONS
from schemas.live import OpenAges
from schemas.metrics import Metric
from streams.reporting.contents import EMPTY, Content, Contents, Selection
from streams.reporting.periods import Period
from streams.statistics import estimates
from streams.statistics.survival import quantile, share_within


class Pair(NamedTuple):
    """A figure of those who were answered, and of everybody by Kaplan-Meier; None where it is not known."""

    answered: float | None
    everybody: float | None


class WaitingLine(NamedTuple):
    """One segment."""

    segment: dict[str, str]
    answered: int
    waiting: int
    within: dict[int, Pair]
    """Share within each of the metric's targets, which are in ms."""
    p50: Pair
    """ms, within 2 %."""
    p90: Pair


def waiting_lines(
    metric: Metric, selection: Selection, period: Period, ages: Sequence[OpenAges], contents: Contents
) -> Iterator[WaitingLine]:
    """A line for each segment in which somebody was answered in the period, which ends now, or waits.

    Answers of the metric's current definition. ``ages``: of all who wait, whatever their segment; they count where the
    selection has their segment.
    """
    contents_now = contents.total(selection, period).items()
    answered = {series.values: content for series, content in contents_now if series.definition == metric.definition()}
    waiting = _by_segment(selection, ages)
    for values in sorted(answered.keys() | waiting.keys()):
        segment = dict(zip(selection.by, values, strict=True))
        yield _line(metric, segment, answered.get(values, EMPTY), waiting[values])


def _by_segment(selection: Selection, ages: Sequence[OpenAges]) -> defaultdict[tuple[str, ...], Counter[int]]:
    found: defaultdict[tuple[str, ...], Counter[int]] = defaultdict(Counter)
    for each in ages:
        named = dict(zip(DIMENSIONS, each.segment, strict=True))
        if each.metric == selection.metric and all(named[name] in wanted for name, wanted in selection.where.items()):
            found[tuple(named[name] for name in selection.by)].update(each.buckets)
    return found


def _line(metric: Metric, segment: dict[str, str], content: Content, ages: Counter[int]) -> WaitingLine:
    ended, n = content.buckets, content.n
    within = {
        target: Pair(content.within.get(target, 0) / n if n else None, share_within(ended, ages, target))
        for target in metric.targets_ms
    }
    p50, p90 = (Pair(estimates.quantile(ended, q), quantile(ended, ages, q)) for q in (0.5, 0.9))
    return WaitingLine(segment, n, ages.total(), within, p50, p90)
