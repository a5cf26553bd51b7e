"""A worker and its partitions as Prometheus families."""

import platform
from collections.abc import Iterator
from importlib.metadata import version
from typing import get_args

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric as PrometheusFamily

from schemas.status import PartitionStatus, State, WorkerStatus
from sinks.prometheus.families import counter, gauge
from sinks.prometheus.names import CounterName, GaugeName


def build_info() -> PrometheusFamily:
    """The running version."""
    info = gauge("cx_build_info")
    info.add_metric((version("cxstream"), platform.python_version()), 1)
    return info


def worker_families(status: WorkerStatus) -> Iterator[PrometheusFamily]:
    """State and work of the worker, then the gauges of its partitions; what is not known is left out, not 0."""
    states = gauge("cx_worker_state")
    for state in get_args(State):
        states.add_metric((state,), state == status.state)
    yield states
    yield _single("cx_worker_state_timestamp_seconds", status.since)
    yield _single("cx_worker_stalled", bool(status.stalled))
    totals: dict[CounterName, float] = {
        "cx_dead_letters_total": status.dead_letters,
        "cx_rows_stored_total": status.rows_stored,
        "cx_flushes_total": status.flushes,
        "cx_flush_failures_total": status.flush_failures,
        "cx_checkpoints_total": status.checkpoints,
        "cx_checkpoint_seconds_total": status.checkpoint_seconds,
        "cx_checkpoint_bytes_total": status.checkpoint_bytes,
        "cx_rebalances_total": status.rebalances,
    }
    for name, total in totals.items():
        family = counter(name)
        family.add_metric((), total)
        yield family
    yield _single("cx_worker_buffered_bytes", status.buffered_bytes)
    if status.oldest_unstored_at is not None:
        yield _single("cx_worker_oldest_unstored_timestamp_seconds", status.oldest_unstored_at)
    yield from _partition_families(status.partitions)


def _single(name: GaugeName, value: float) -> PrometheusFamily:
    family = gauge(name)
    family.add_metric((), value)
    return family


def _partition_families(partitions: tuple[PartitionStatus, ...]) -> Iterator[PrometheusFamily]:
    families: dict[GaugeName, GaugeMetricFamily] = {}
    for partition in partitions:
        labels = (partition.topic, str(partition.partition))
        for name, value in _gauges(partition).items():
            if value is not None:
                families.setdefault(name, gauge(name)).add_metric(labels, value)
    yield from families.values()


def _gauges(partition: PartitionStatus) -> dict[GaugeName, float | None]:
    if not partition.restored:
        return {"cx_partition_owned": 1}
    watermark = partition.watermark
    return {
        "cx_partition_owned": 1,
        "cx_partition_watermark_timestamp_seconds": None if watermark is None else watermark / 1000,
        "cx_partition_applied_offset": partition.applied,
        "cx_partition_log_end_offset": partition.log_end,
        "cx_partition_lag_records": partition.lag,
        "cx_partition_progress_timestamp_seconds": partition.progress_at,
        "cx_partition_unstored_cells": partition.unstored,
        "cx_partition_cells": partition.cells,
        "cx_partition_checkpoint_timestamp_seconds": partition.checkpoint_at,
        "cx_partition_blocked": partition.blocked is not None,
    }
