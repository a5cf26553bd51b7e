"""Each period of a report beside an earlier one: difference, interval, p, and whether that can be told from chance."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple, get_args
from zoneinfo import ZoneInfo

from schemas.kpis import Step
from schemas.metrics import Metric
from schemas.scales import SCALES
from streams.reporting.contents import EMPTY, Content, Series
from streams.reporting.periods import Every, Period
from streams.reporting.scores import scale_of, score_of
from streams.statistics.difference import (
    Difference,
    duration_difference,
    gap_difference,
    mean_difference,
    nps_difference,
    share_difference,
)
from streams.statistics.distributions import CONFIDENCE
from streams.statistics.estimates import Estimate

STEPS: Final[tuple[Step, ...]] = get_args(Step)

Baseline = Step | Period
"""What each period is compared with: an earlier one of its own, or one for all."""

Verdict = Literal["higher", "lower", "not distinguishable", "too few", "no data", "other definition", "overlapping"]
"""too few: one side has fewer facts than the metric's `minimum_n`; other definition: the earlier period has data, but
of another definition of the metric only, and those are never compared; overlapping: some facts are in both periods, as
of two years and the same two a year before, and no test holds for that."""

_STEP_LENGTHS: Final[dict[Every, timedelta]] = {
    "1m": timedelta(minutes=1),
    "15m": timedelta(minutes=15),
    "1h": timedelta(hours=1),
    "1d": timedelta(days=1),
    "1w": timedelta(weeks=1),
}


class Compared(NamedTuple):
    """One series in an earlier period, and how its later score differs."""

    period: Period
    score: Estimate
    difference: Difference | None
    """None where one side has no data, too little for a variance, or is a count: a count is no sample."""
    verdict: Verdict | None
    """None for a count."""


class Statistic(NamedTuple):
    """What can be said of a metric's content, and how two contents differ in it."""

    score: Callable[[Metric, str, Content], Estimate]
    difference: Callable[[Metric, str, Content, Content], Difference | None]


def earlier(period: Period, baseline: Baseline, every: Every, zone: ZoneInfo) -> Period:
    """The period that ``period`` is compared with; a cut one with an equally cut one.

    Dates move on the local calendar, so that a month has its own length; a date that the earlier month or year lacks is
    its last one.
    """
    if isinstance(baseline, Period):
        return baseline
    if baseline == "previous" and every == "all":
        return Period(period.start - (period.end - period.start), period.start)
    return Period(*(_moved(at, baseline, every, zone) for at in period))


def compare(
    metric: Metric,
    series: Series,
    now: Content,
    at: Period,
    period: Period,
    before: dict[Series, Content],
    statistic: Statistic | None = None,
) -> Compared:
    """``now``, the content of the period ``at``, beside what the earlier ``period`` has of all series.

    ``statistic``: what is compared; None: the metric's scores.
    """
    score_in, differ = statistic or Statistic(score_of, difference_of)
    content = before.get(series, EMPTY)
    score = score_in(metric, series.definition, content)
    if metric.kind == "count":
        return Compared(period, score, None, None)
    if period.start < at.end and at.start < period.end:
        return Compared(period, score, None, "overlapping")
    found = differ(metric, series.definition, now, content)
    others = any(each.values == series.values and each != series for each in before)
    if content.n <= 0 and others:
        return Compared(period, score, found, "other definition")
    return Compared(period, score, found, verdict_of(metric, found, now.n, content.n))


def verdict_of(metric: Metric, found: Difference | None, n: int, n_before: int) -> Verdict:
    """Of two contents of one definition with so many facts."""
    if min(n, n_before) <= 0:
        return "no data"
    if found is None or min(n, n_before) < metric.minimum_n:
        return "too few"
    if found.p >= 1 - CONFIDENCE:
        return "not distinguishable"
    return "higher" if found.value > 0 else "lower"


def difference_of(metric: Metric, definition: str, now: Content, before: Content) -> Difference | None:
    """Of the metric's scores; None where one side has no data or too little for a variance. Not of a count."""
    if metric.kind == "duration":
        return duration_difference(now.total, now.buckets, before.total, before.buckets)
    if metric.kind == "ratio":
        return share_difference(now.buckets.get(1, 0), now.n, before.buckets.get(1, 0), before.n)
    if metric.kind == "gap":
        return gap_difference(now.buckets, before.buckets, SCALES.get(scale_of(definition)))
    scale = SCALES[scale_of(definition)]
    if metric.score == "nps":
        return nps_difference(now.buckets, before.buckets, scale)
    if metric.score == "top_box":
        top, top_before = (sum(each.buckets.get(code, 0) for code in scale.top_box) for each in (now, before))
        return share_difference(top, now.n, top_before, before.n)
    return mean_difference(now.buckets, before.buckets)


def _moved(at: int, step: Step, every: Every, zone: ZoneInfo) -> int:
    if step == "previous" and every in ("1m", "15m", "1h"):
        return at - int(_STEP_LENGTHS[every].total_seconds())
    local = datetime.fromtimestamp(at, zone).replace(tzinfo=None)
    if step == "same-weekday":
        moved = local - timedelta(weeks=1)
    elif step == "year":
        moved = _months_before(local, 12)
    elif every == "1mo":
        moved = _months_before(local, 1)
    else:
        moved = local - _STEP_LENGTHS[every]
    return int(moved.replace(tzinfo=zone).timestamp())


def _months_before(local: datetime, months: int) -> datetime:
    year, month = divmod(local.year * 12 + local.month - 1 - months, 12)
    for day in range(local.day, 27, -1):
        try:
            return local.replace(year=year, month=month + 1, day=day)
        except ValueError:
            continue
    return local.replace(year=year, month=month + 1)
