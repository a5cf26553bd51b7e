"""Naming rules of the exported metrics, on the declarations and on a full scrape."""

import re
from typing import get_args

from prometheus_client.exposition import generate_latest

from schemas.buckets import bucket_of
from schemas.dimensions import DIMENSIONS
from schemas.live import CaseLoad, DeadlineLoad, LiveView, WindowCell
from schemas.status import PartitionStatus, WorkerStatus
from sinks.prometheus import CounterName, GaugeName, MetricName, PrometheusSink
from sinks.prometheus.names import COUNTERS, GAUGES

UNITS_NOT_BASE = re.compile(r"_(ms|milliseconds|minutes|hours|days|percent|percentage|kb|mb|kilobytes|megabytes)(_|$)")
EVERYWHERE = tuple(f"{name}-1" for name in DIMENSIONS)


HISTOGRAMS = ("cx_window_duration_seconds", "cx_waiting_duration_seconds")


def full_scrape() -> str:
    sink = PrometheusSink()
    contents: dict[str, dict[int, int]] = {
        "nps": {10: 1},
        "ces": {7: 1},
        "response_rate": {1: 1},
        "first_response": {bucket_of(1_000): 1},
        "cases_opened": {},
    }
    definitions = ("nps.v1", "ces7.v1", "ratio.v1", "duration.v1", "count.v1")
    cells = tuple(
        WindowCell("1h", metric, definition, EVERYWHERE, 1, 1, buckets, {})
        for (metric, buckets), definition in zip(contents.items(), definitions, strict=True)
    )
    cases = (CaseLoad(EVERYWHERE, 1, 1, 1_699_999_999_000),)
    deadlines = (DeadlineLoad("wait", EVERYWHERE, 1, 1_699_999_999_000, 0, None),)
    sink.show(LiveView(1_700_000_000_000, cells, cases, deadlines))
    partition = PartitionStatus(
        topic="t",
        topic_id="i",
        partition=0,
        restored=True,
        checkpoint_at=1.0,
        log_end=1,
        lag=0,
        progress_at=1.0,
        watermark=1,
    )
    sink.show_status(
        WorkerStatus(worker="w", state="running", reason="", since=0, partitions=(partition,), oldest_unstored_at=1.0)
    )
    return generate_latest(sink.registry).decode()


def declared_types(scrape: str) -> dict[str, str]:
    return dict(re.findall(r"^# TYPE (\S+) (\S+)$", scrape, re.MULTILINE))


def test_every_declared_name_is_described_once() -> None:
    counters, gauges = set(get_args(CounterName)), set(get_args(GaugeName))
    assert (set(COUNTERS), set(GAUGES)) == (counters, gauges)
    assert set(get_args(MetricName)) == counters | gauges


def test_a_full_scrape_shows_every_declared_metric_and_no_other() -> None:
    parts = {f"{name}_{part}" for name in HISTOGRAMS for part in ("gcount", "gsum")}
    assert declared_types(full_scrape()).keys() - parts == set(get_args(MetricName))


def test_names_follow_the_conventions_of_prometheus() -> None:
    for name in get_args(MetricName):
        assert re.fullmatch(r"cx(_[a-z]+)+", name)
        assert not UNITS_NOT_BASE.search(name), name
        assert name.endswith("_total") == (name in COUNTERS), name
        assert not re.search(r"_(count|sum|bucket)$", name), name


def test_no_series_says_when_another_one_was_created() -> None:
    assert "_created" not in full_scrape()


def test_labels_of_a_metric_never_collide_with_a_dimension() -> None:
    for family in GAUGES.values():
        if family.segmented:
            assert not set(family.labels) & set(DIMENSIONS)


def test_every_type_is_the_declared_one() -> None:
    for name, kind in declared_types(full_scrape()).items():
        if name in COUNTERS:
            assert kind == "counter"
        else:
            assert kind in ("gauge", "histogram")
            assert (kind == "histogram") == (name in HISTOGRAMS)
