"""The few numbers the local stack shows, read from live windows; every formula is of `streams.statistics`."""

from collections.abc import Callable
from typing import Final, NamedTuple

from schemas.dimensions import DIMENSIONS, NO_SEGMENT, Segment
from schemas.live import LiveView, Window, WindowCell
from schemas.scales import SCALES, Scale
from streams.core.live import merge_live
from streams.statistics.estimates import NO_DATA, Estimate, nps, quantile, top_box
from streams.statistics.estimates import mean as mean_of

NO_VALUE: Final = "(none)"
"""Shown for events that do not name the dimension."""


class Kpis(NamedTuple):
    """One window of everything, or of one segment."""

    nps: Estimate
    csat: Estimate
    ces: Estimate
    replies: int
    """First responses."""
    reply_p50: float | None
    """Of first responses, ms, within 2 %."""
    reply_p95: float | None
    open: int
    waiting: int
    oldest_wait: int | None
    """ms until the view's as-of moment; None when nobody waits."""
    queued: int
    """Customers in a queue."""
    oldest_queued: int | None
    """ms since the longest of them came; None when the queues are empty."""
    owed: int
    """Promises and follow-ups that are pending."""
    overdue: int
    """Of those, the ones whose due time has passed."""


def overall(live: LiveView, window: Window) -> Kpis:
    """All segments together."""
    merged = _merged(live, lambda _: NO_SEGMENT)
    return _kpis(merged, window, NO_SEGMENT)


def by_segment(live: LiveView, window: Window, dimension: str) -> dict[str, Kpis]:
    """Each value of a dimension, worst first: longest wait, then slowest replies."""
    column = DIMENSIONS.index(dimension)
    merged = _merged(live, lambda segment: (segment[column],))
    segments = {cell.segment for cell in merged.windows if cell.window == window}
    segments |= {load.segment for load in merged.cases} | {load.segment for load in merged.deadlines}
    found = {segment[0] or NO_VALUE: _kpis(merged, window, segment) for segment in sorted(segments)}
    return dict(sorted(found.items(), key=lambda item: _badness(item[1]), reverse=True))


def _badness(kpis: Kpis) -> tuple[int, float]:
    return max(kpis.oldest_wait or 0, kpis.oldest_queued or 0), kpis.reply_p95 or 0


def _merged(live: LiveView, segment_of: Callable[[Segment], Segment]) -> LiveView:
    return merge_live(
        [
            LiveView(
                live.as_of,
                tuple(cell._replace(segment=segment_of(cell.segment)) for cell in live.windows),
                tuple(load._replace(segment=segment_of(load.segment)) for load in live.cases),
                tuple(load._replace(segment=segment_of(load.segment)) for load in live.deadlines),
            )
        ]
    )


def _kpis(merged: LiveView, window: Window, segment: Segment) -> Kpis:
    cells = [cell for cell in merged.windows if cell.window == window and cell.segment == segment]
    loads = [load for load in merged.cases if load.segment == segment]
    deadlines = [load for load in merged.deadlines if load.segment == segment]
    queues = [load for load in deadlines if load.kind == "wait"]
    owed = [load for load in deadlines if load.kind != "wait"]
    replies = _most_used(cells, "first_response")
    return Kpis(
        nps=_score(cells, "nps", nps),
        csat=_score(cells, "csat", top_box),
        ces=_score(cells, "ces", mean_of),
        replies=replies.n if replies else 0,
        reply_p50=quantile(replies.buckets, 0.50) if replies else None,
        reply_p95=quantile(replies.buckets, 0.95) if replies else None,
        open=sum(load.open for load in loads),
        waiting=sum(load.waiting for load in loads),
        oldest_wait=_longest(merged.as_of, [load.oldest_wait_since for load in loads]),
        queued=sum(load.pending for load in queues),
        oldest_queued=_longest(merged.as_of, [load.oldest_since for load in queues]),
        owed=sum(load.pending for load in owed),
        overdue=sum(load.overdue for load in owed),
    )


def _longest(as_of: int, since: list[int | None]) -> int | None:
    """ms since the earliest of these times; None when there is none."""
    earliest = min((time for time in since if time is not None), default=None)
    return None if earliest is None else max(0, as_of - earliest)


def _score(cells: list[WindowCell], metric: str, formula: Callable[[dict[int, int], Scale], Estimate]) -> Estimate:
    cell = _most_used(cells, metric)
    return formula(cell.buckets, SCALES[cell.definition.rpartition(".v")[0]]) if cell else NO_DATA


def _most_used(cells: list[WindowCell], metric: str) -> WindowCell | None:
    """The metric on its most used scale: answers on several scales are never pooled. None without any fact."""
    candidates = [cell for cell in cells if cell.metric == metric and cell.n > 0]
    return max(candidates, key=lambda cell: cell.n, default=None)
