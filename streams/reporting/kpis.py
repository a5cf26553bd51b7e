"""KPIs over time: value, n and interval of each period, judged against floor and goal."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from schemas.kpis import Kpi
from schemas.scales import SCALES
from streams.reporting.asked import Asked
from streams.reporting.comparison import difference_of
from streams.reporting.contents import EMPTY, Content, Contents
from streams.reporting.periods import Period
from streams.reporting.report import Found, Question, find
from streams.reporting.scores import scale_of, score_of
from streams.reporting.targets import TargetHistory, Targets
from streams.statistics.estimates import NO_DATA, Estimate, best_code, bottom_box, mean, share, top_box

Status = Literal["met", "missed", "not distinguishable", "too few", "no data"]
"""met, missed: the whole 95 % interval is on that side of the target; not distinguishable: it holds the target, so that
chance may be all there is; too few: fewer facts than the KPI's minimum."""


class KpiLine(NamedTuple):
    """A KPI in one period of one series."""

    kpi: Kpi
    period: Period
    segment: Mapping[str, str | None]
    """Value per dimension asked for; None where the whole range has no data."""
    definition: str
    """Of the metric, such as ``csat5.v1``."""
    score: Estimate
    targets: Targets
    """In force when the period begins."""
    targets_changed: bool
    """Whether others come into force within the period."""
    floor_status: Status | None
    """None without a floor."""
    goal_status: Status | None
    """None without a goal."""
    final: bool
    """False while event time has not passed the period, its lateness and the KPI's horizon: it may still change."""

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many facts it tells of."""
        return (self.score.n,)


def kpi_lines(kpis: Iterable[Kpi], asked: Asked, contents: Contents, lateness_ms: int) -> Iterator[KpiLine]:
    """The lines by KPI, period, then series; none of a KPI about other segments than those asked for."""
    span = contents.span()
    if span is None:
        return
    asked = asked.within(span)
    reached_ms = span[1] * 1_000
    history = TargetHistory(contents)
    for kpi in kpis:
        where = _both(kpi.entry.where, asked.where)
        if where is None:
            continue
        question = Question(
            kpi.metric,
            asked.every,
            asked.zone,
            asked.start,
            asked.end,
            asked.by,
            where,
            kpi.entry.change_from,
            kpi.entry.scale,
        )
        for found, score in _scored(kpi, question, asked.where, contents):
            targets = history.at(kpi, found.period.start)
            yield KpiLine(
                kpi,
                found.period,
                found.segment(asked.by),
                found.series.definition,
                score,
                targets,
                history.changes(kpi, found.period),
                None if targets.floor is None else status(score, targets.floor, kpi),
                None if targets.goal is None else status(score, targets.goal, kpi),
                reached_ms >= found.period.end * 1_000 + lateness_ms + kpi.entry.horizon_ms,
            )


def status(score: Estimate, target: float, kpi: Kpi) -> Status:
    """How the score stands to a target.

    A duty of all or none (a share of 1 that is better higher, of 0 that is better lower) knows no chance: one fact
    against it is a miss, and only none at all is met. A number of facts is no sample and is what it is.
    """
    if score.value is None:
        return "no data"
    higher = kpi.entry.better == "higher"
    duty = kpi.is_sample and kpi.unit == "share" and kpi.entry.change_from is None and target == float(higher)
    if duty and score.value != target:
        return "missed"
    if score.n < kpi.minimum_n:
        return "too few"
    if duty:
        return "met"
    low, high = (score.low, score.high) if kpi.is_sample else (score.value, score.value)
    if low is None or high is None:
        return "too few"
    worst, best = (low, high) if higher else (-high, -low)
    wanted = target if higher else -target
    return "met" if worst >= wanted else "missed" if best < wanted else "not distinguishable"


def _scored(
    kpi: Kpi, question: Question, asked: Mapping[str, Sequence[str]], contents: Contents
) -> Iterator[tuple[Found, Estimate]]:
    """What answers the question, and the KPI's statistic of it."""
    if kpi.entry.statistic != "part":
        for found in find(question, contents):
            yield found, _score(kpi, found)
        return
    parts = {(found.period, found.series): found.content.n for found in find(question, contents)}
    for whole in find(question._replace(where=asked), contents):
        yield whole, share(parts.get((whole.period, whole.series), 0), whole.content.n)


def _score(kpi: Kpi, found: Found) -> Estimate:
    definition, content, entry = found.series.definition, found.content, kpi.entry
    if entry.statistic == "number":
        return Estimate(content.n, content.n / (entry.base or 1), None, None)
    if found.before is not None:
        return _change(kpi, definition, content, found.before[1].get(found.series, EMPTY))
    if entry.statistic == "value":
        return score_of(kpi.metric, definition, content)
    scale = SCALES[scale_of(definition)]
    formula = {"mean": mean, "top_box": top_box, "top_code": best_code, "bottom_box": bottom_box}
    return formula[entry.statistic](content.buckets, scale)


def _change(kpi: Kpi, definition: str, now: Content, before: Content) -> Estimate:
    """The difference as a score; its n is that of the smaller side, since that one says whether there are too few."""
    found = difference_of(kpi.metric, definition, now, before)
    return NO_DATA if found is None else Estimate(min(now.n, before.n), found.value, found.low, found.high)


def _both(one: Mapping[str, Sequence[str]], other: Mapping[str, Sequence[str]]) -> dict[str, Sequence[str]] | None:
    """Values that satisfy both; None when a dimension is left without any."""
    both = {**other, **one}
    for name in one.keys() & other.keys():
        both[name] = [value for value in one[name] if value in other[name]]
    return both if all(both.values()) else None
