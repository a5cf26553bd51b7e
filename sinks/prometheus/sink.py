"""The exporter of one worker: collects the newest snapshots at each scrape."""

from collections.abc import Iterable
from typing import Final

import structlog
from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import Metric as PrometheusFamily

from schemas.live import LiveView
from schemas.metrics import Registry, load_registry
from schemas.status import WorkerStatus
from sinks.prometheus.families import counter, gauge
from sinks.prometheus.measure_cap import MeasureCap
from sinks.prometheus.segment_cap import SegmentCap
from sinks.prometheus.traffic import Traffic
from sinks.prometheus.windows import WindowFamilies
from sinks.prometheus.worker import build_info, worker_families

SEGMENTS_SHOWN: Final = 100
"""Default cap on segments: at some 400 series each, a scrape stays at 40 000 series, 6 MB and 0.4 s."""

_MEASURES_PER_SEGMENT: Final = 5
"""On average: pairs of measured duration and segment that are shown one by one, some 80 series each."""

log = structlog.get_logger(__name__)


class PrometheusSink:
    """Everything Prometheus scrapes from one worker; pass `registry` to a handler of prometheus_client.

    Families are built from snapshots at scrape time instead of kept as gauge objects: what is no longer in
    the snapshot vanishes by itself, where a forgotten gauge would stand at its last value. A scrape never
    raises: what cannot be shown is left out, logged and counted.
    """

    def __init__(
        self,
        registry: CollectorRegistry | None = None,
        metrics: Registry | None = None,
        segments_shown: int = SEGMENTS_SHOWN,
    ) -> None:
        self.registry = registry or CollectorRegistry()
        self._metrics = metrics or load_registry()
        self._segments = SegmentCap(segments_shown)
        self._measures = MeasureCap(_MEASURES_PER_SEGMENT * segments_shown, self._metrics.metrics)
        self._traffic = Traffic()
        self._view: LiveView | None = None
        self._status: WorkerStatus | None = None
        self._built: tuple[LiveView, list[PrometheusFamily]] | None = None
        self._failures = 0
        self.registry.register(self)

    def show(self, view: LiveView) -> None:
        """Replace the live windows and open cases."""
        self._view = view

    def show_status(self, status: WorkerStatus) -> None:
        """Replace the state of the worker and its partitions, and count the traffic since the last status.

        Call it also when a partition has been restored, before it applies anything: the traffic counters of a
        partition start at its first status.
        """
        self._status = status
        self._traffic.add(status)

    def collect(self) -> Iterable[PrometheusFamily]:
        """The families of the newest snapshots; the registry calls this at each scrape, from any thread."""
        families = []
        for part in (self._window_families, self._status_families):
            try:
                families += part()
            except Exception:
                self._failures += 1
                log.exception("exposition failed", part=part.__name__)
        failures = counter("cx_exposition_failures_total")
        failures.add_metric((), self._failures)
        return [build_info(), failures, *families]

    def describe(self) -> Iterable[PrometheusFamily]:
        """Nothing: the registry would otherwise collect at registration to learn the names, which names.py holds."""
        return ()

    def _window_families(self) -> list[PrometheusFamily]:
        view, built = self._view, self._built
        if view is None:
            return []
        if built is None or built[0] is not view:
            shown = self._measures.apply(self._segments.apply(view))
            segments, measures = gauge("cx_segments_folded"), gauge("cx_measures_folded")
            segments.add_metric((), self._segments.folded)
            measures.add_metric((), self._measures.folded)
            families = [*WindowFamilies(shown, self._metrics), segments, measures]
            self._built = built = (view, families)
        return built[1]

    def _status_families(self) -> list[PrometheusFamily]:
        if self._status is None:
            return []
        return [*worker_families(self._status), *self._traffic.families()]
