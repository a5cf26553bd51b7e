"""Live windows, open cases and pending deadlines as Prometheus families: mergeable, zero-filled, without timestamps.

Zero-filled: for every metric and segment that any window has, each window shows every class, because PromQL
drops a group when one side of an operator has no series (no promoter yet would mean no NPS at all). Without
timestamps: Prometheus writes no staleness marker for series with client timestamps, so a partition that moves
would be counted twice.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import accumulate
from typing import Final, get_args

from prometheus_client.core import GaugeHistogramMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric as PrometheusFamily

from schemas.buckets import BOUNDS, LAST_BUCKET, bucket_middle, bucket_of
from schemas.dimensions import DIMENSIONS, Segment
from schemas.live import WINDOW_SECONDS, AgedMetric, LiveView, Window, WindowCell
from schemas.metrics import Metric, Registry
from schemas.scales import NOT_APPLICABLE, SCALES, Scale
from sinks.prometheus.families import gauge, gauge_histogram

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_LADDER_SECONDS: Final = (
    *(1, 2, 5, 10, 20, 30),
    *(minutes * _MINUTE for minutes in (1, 2, 5, 10, 20, 30)),
    *(hours * _HOUR for hours in (1, 2, 4, 8, 16)),
    *(days * _DAY for days in (1, 2, 4, 8, 15, 30)),
)
"""From a chat reply to a month-long complaint; steps of about two keep a histogram at some 25 series."""

LADDER: Final = tuple((seconds, bisect_right(BOUNDS, seconds * 1000) - 1) for seconds in _LADDER_SECONDS)
"""Each step with the last duration bucket that lies wholly at or below it."""

_LAST_BUCKETS: Final = tuple(last for _, last in LADDER)


class WindowFamilies:
    """The families of one view; iterate once."""

    def __init__(self, view: LiveView, registry: Registry) -> None:
        self._view = view
        self._registry = registry
        segments = [each.segment for shown in (view.windows, view.cases, view.deadlines) for each in shown]
        # A dimension nobody has would be an empty label on every series, which Prometheus drops anyway.
        self._kept = [i for i in range(len(DIMENSIONS)) if any(segment[i] for segment in segments)]
        names = self._names = tuple(DIMENSIONS[i] for i in self._kept)
        self._observations = gauge("cx_window_observations", names)
        self._responses = gauge("cx_window_responses", names)
        self._points = gauge("cx_window_points", names)
        self._squared_points = gauge("cx_window_squared_points", names)
        self._outcomes = gauge("cx_window_outcomes", names)
        self._durations = gauge_histogram("cx_window_duration_seconds", names)

    def __iter__(self) -> Iterator[PrometheusFamily]:
        by_series: dict[tuple[str, str, Segment], dict[Window, WindowCell]] = {}
        for cell in self._view.windows:
            by_series.setdefault((cell.metric, cell.definition, cell.segment), {})[cell.window] = cell
        for (metric, definition, segment), cells in sorted(by_series.items()):
            for window in WINDOW_SECONDS:
                cell = cells.get(window) or WindowCell(window, metric, definition, segment, 0, 0, {}, {})
                self._add(cell, self._registry.find(metric))
        yield self._observations
        yield self._responses
        yield self._points
        yield self._squared_points
        yield self._outcomes
        yield self._durations
        yield self._ages()
        yield self._window_ends()
        yield from self._cases()
        yield from self._deadlines()

    def _segment_labels(self, segment: Segment) -> tuple[str, ...]:
        return tuple(segment[i] for i in self._kept)

    def _add(self, cell: WindowCell, metric: Metric | None) -> None:
        labels = (cell.metric, cell.definition, cell.window)
        dimensions = self._segment_labels(cell.segment)
        self._observations.add_metric((*labels, *dimensions), cell.n)
        # "csat5.v1": what stands before the version is the scale of answers, else the kind.
        scale = SCALES.get(cell.definition.partition(".")[0])
        if scale is not None:
            for bucket, count in _classes(cell.buckets, scale).items():
                self._responses.add_metric((*labels, bucket, *dimensions), count)
            self._points.add_metric((*labels, *dimensions), cell.total)
            valid = ((code, count) for code, count in cell.buckets.items() if code != NOT_APPLICABLE)
            self._squared_points.add_metric((*labels, *dimensions), sum(code * code * count for code, count in valid))
        elif metric is not None and metric.kind == "ratio":
            for outcome, code in (("yes", 1), ("no", 0)):
                self._outcomes.add_metric((*labels, outcome, *dimensions), cell.buckets.get(code, 0))
        elif metric is not None and metric.kind == "duration":
            self._durations.add_metric((*labels, *dimensions), _cumulative(cell, metric.targets_ms), cell.total / 1000)

    def _ages(self) -> GaugeHistogramMetricFamily:
        """Beside every duration that somebody may still wait for, on the same bounds: also where nobody does."""
        ages = gauge_histogram("cx_waiting_duration_seconds", self._names)
        open_ages = {(str(each.metric), each.segment): each for each in self._view.ages}
        aged = get_args(AgedMetric)
        shown = {(cell.metric, cell.segment) for cell in self._view.windows if cell.metric in aged}
        for metric, segment in sorted(shown | open_ages.keys()):
            known = open_ages.get((metric, segment))
            buckets = known.buckets if known else {}
            registered = self._registry.find(metric)
            targets_ms = registered.targets_ms if registered else ()
            within = {target: _until(buckets, bucket_of(target)) for target in targets_ms}
            total = sum(bucket_middle(bucket) * count for bucket, count in buckets.items())
            cell = WindowCell("5m", metric, "", segment, _until(buckets, LAST_BUCKET), 0, buckets, within)
            ages.add_metric((metric, *self._segment_labels(segment)), _cumulative(cell, targets_ms), total / 1000)
        return ages

    def _window_ends(self) -> GaugeMetricFamily:
        ends = gauge("cx_window_end_timestamp_seconds")
        for window in WINDOW_SECONDS:
            ends.add_metric((window,), self._view.as_of / 1000)
        return ends

    def _cases(self) -> Iterator[GaugeMetricFamily]:
        opened = gauge("cx_cases_open", self._names)
        waiting = gauge("cx_cases_waiting", self._names)
        oldest = gauge("cx_oldest_wait_seconds", self._names)
        for load in sorted(self._view.cases):
            labels = self._segment_labels(load.segment)
            opened.add_metric(labels, load.open)
            waiting.add_metric(labels, load.waiting)
            oldest.add_metric(labels, self._seconds_since(load.oldest_wait_since))
        yield from (opened, waiting, oldest)

    def _deadlines(self) -> Iterator[GaugeMetricFamily]:
        pending = gauge("cx_deadlines_pending", self._names)
        overdue = gauge("cx_deadlines_overdue", self._names)
        oldest = gauge("cx_deadlines_oldest_age_seconds", self._names)
        longest = gauge("cx_deadlines_longest_overdue_seconds", self._names)
        for load in sorted(self._view.deadlines, key=lambda each: each[:2]):
            labels = (load.kind, *self._segment_labels(load.segment))
            pending.add_metric(labels, load.pending)
            overdue.add_metric(labels, load.overdue)
            oldest.add_metric(labels, self._seconds_since(load.oldest_since))
            longest.add_metric(labels, self._seconds_since(load.overdue_since))
        yield from (pending, overdue, oldest, longest)

    def _seconds_since(self, time_ms: int | None) -> float:
        """0 for what has not begun: None, or the near future, since clocks differ by up to 5 minutes."""
        return 0 if time_ms is None else max(0, self._view.as_of - time_ms) / 1000


def _until(buckets: dict[int, int], last: int) -> int:
    """How many are in the buckets up to the last one."""
    return sum(count for bucket, count in buckets.items() if bucket <= last)


def _classes(buckets: dict[int, int], scale: Scale) -> dict[str, int]:
    """Answers per class of the scale; the classes are disjoint and add up to n."""
    top = sum(buckets.get(code, 0) for code in scale.top_box)
    bottom = sum(buckets.get(code, 0) for code in scale.bottom_box)
    middle = sum(count for code, count in buckets.items() if code != NOT_APPLICABLE) - top - bottom
    if scale.id == "nps":
        return {"promoter": top, "passive": middle, "detractor": bottom}
    return {"satisfied": top, "other": middle, "dissatisfied": bottom}


def _cumulative(cell: WindowCell, targets_ms: tuple[int, ...]) -> list[tuple[str, float]]:
    """Durations at or below each bound, bounds in seconds, ending with +Inf.

    Bounds are the registered targets, counted exactly for themselves, and the duration-bucket bounds next
    below the ladder's steps (such as 58.9 s for a minute): every count is exact, none interpolated.
    """
    slots = [0] * (len(LADDER) + 1)
    for bucket, count in cell.buckets.items():
        slots[bisect_left(_LAST_BUCKETS, bucket)] += count
    steps = zip(LADDER, accumulate(slots), strict=False)
    counts = {BOUNDS[last]: count for (seconds, last), count in steps if seconds * 1000 not in targets_ms}
    counts |= {target: cell.within.get(target, 0) for target in targets_ms}
    bounds = sorted(counts)
    # A target registered just now has no counts of older durations; as a histogram must not fall, it stays
    # level there.
    rising = accumulate((counts[bound] for bound in bounds), max)
    finite = [(repr(bound / 1000), float(count)) for bound, count in zip(bounds, rising, strict=True)]
    return [*finite, ("+Inf", float(cell.n))]
