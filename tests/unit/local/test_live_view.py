import io

import pytest
from rich.console import Console

from deploy.local.alerts import Alert
from deploy.local.display import Throughput
from deploy.local.endpoints import Endpoints
from deploy.local.kpis import NO_VALUE, by_segment, overall
from deploy.local.live_view import Scene, line, panel
from deploy.local.observation import Observation, WorkerSight
from schemas.buckets import bucket_of
from schemas.dimensions import DIMENSIONS, NO_SEGMENT, Segment
from schemas.live import CaseLoad, DeadlineLoad, LiveView, WindowCell
from schemas.status import PartitionStatus, WorkerStatus

NOW_MS = 1_764_000_000_000
ENDPOINTS = Endpoints(pid=1, broker="b:9092", clickhouse="http://c:8123", workers=("http://w:9464",), data_dir="/tmp/x")


def team(name: str) -> Segment:
    return tuple(name if dimension == "team" else "" for dimension in DIMENSIONS)


def answers(metric: str, definition: str, segment: Segment, buckets: dict[int, int]) -> WindowCell:
    total = sum(code * count for code, count in buckets.items())
    return WindowCell("5m", metric, definition, segment, sum(buckets.values()), total, buckets, {})


def replies(segment: Segment, *durations_ms: int) -> WindowCell:
    buckets = {bucket_of(each): durations_ms.count(each) for each in durations_ms}
    return WindowCell("5m", "first_response", "duration.v1", segment, len(durations_ms), sum(durations_ms), buckets, {})


@pytest.fixture
def live() -> LiveView:
    return LiveView(
        NOW_MS,
        (
            answers("nps", "nps.v1", team("billing"), {10: 6, 8: 2}),
            answers("nps", "nps.v1", team("returns"), {2: 2}),
            answers("csat", "csat5.v1", team("billing"), {5: 3, 1: 1}),
            answers("csat", "yesno.v1", team("billing"), {1: 1}),
            replies(team("billing"), 4_000, 5_000),
            replies(team("returns"), 60_000),
        ),
        (
            CaseLoad(team("billing"), 3, 1, NOW_MS - 2_000),
            CaseLoad(team("returns"), 2, 2, NOW_MS - 90_000),
        ),
        (
            DeadlineLoad("wait", team("billing"), 2, NOW_MS - 30_000, 1, NOW_MS - 10_000),
            DeadlineLoad("wait", team("returns"), 1, NOW_MS - 45_000, 1, NOW_MS - 25_000),
            DeadlineLoad("promise", team("billing"), 4, NOW_MS - 500_000, 2, NOW_MS - 5_000),
            DeadlineLoad("followup", team("billing"), 1, NOW_MS - 500_000, 0, None),
        ),
    )


def test_segments_are_added_before_a_score_is_made(live: LiveView) -> None:
    now = overall(live, "5m")
    assert (now.nps.n, now.nps.value) == (10, 40.0)
    assert (now.open, now.waiting, now.oldest_wait) == (5, 3, 90_000)
    assert now.replies == 3
    assert now.reply_p95 == pytest.approx(60_000, rel=0.02)


def test_queues_and_what_is_owed_are_added_apart(live: LiveView) -> None:
    now = overall(live, "5m")
    assert (now.queued, now.oldest_queued) == (3, 45_000)
    assert (now.owed, now.overdue) == (5, 2)


def test_answers_on_two_scales_are_never_pooled(live: LiveView) -> None:
    assert (overall(live, "5m").csat.n, overall(live, "5m").csat.value) == (4, 0.75)


def test_the_worst_segment_comes_first(live: LiveView) -> None:
    assert list(by_segment(live, "5m", "team")) == ["returns", "billing"]
    assert by_segment(live, "5m", "team")["returns"].waiting == 2


def test_events_without_the_dimension_are_shown_as_such() -> None:
    live = LiveView(NOW_MS, (replies(NO_SEGMENT, 1_000),), ())
    assert list(by_segment(live, "5m", "team")) == [NO_VALUE]


def test_an_empty_window_shows_dashes(live: LiveView) -> None:
    text = rendered(scene(LiveView(NOW_MS, (), ())))
    assert "–" in text
    assert "0 %" not in text
    assert "+0" not in text


def test_the_panel_shows_scores_waits_workers_and_where_to_look(live: LiveView) -> None:
    text = rendered(scene(live))
    for expected in (
        "+40",
        "n 10",
        "1 m 30 s",
        "worker 1 running",
        "b:9092",
        "http://w:9464/metrics",
        "returns",
        "3, 45 s",
        "5 / 2",
    ):
        assert expected in text


def test_the_line_shows_the_same(live: LiveView) -> None:
    text = line(scene(live))
    for expected in ("calm", "120 events/s", "NPS +40", "CSAT 75 %", "waiting 3, longest 1 m 30 s"):
        assert expected in text


def test_alerts_are_shown_with_their_age_and_words_and_inhibited_ones_count_for_nothing(live: LiveView) -> None:
    alerts = (
        Alert("CxWaitTooLong", "page", "returns: a customer has waited 16m", 40, False, {}),
        Alert("CxKpiMissed", "page", "returns: service level is 41 %", 10, True, {}),
    )
    watched = watching(live, alerts)
    text = rendered(watched)
    for expected in ("page CxWaitTooLong", "20 s", "has waited 16m", "inhibited CxKpiMissed"):
        assert expected in text
    assert "alerts: page CxWaitTooLong x1" in line(watched)


def test_where_nothing_is_wrong_that_is_said_and_where_nobody_watches_nothing(live: LiveView) -> None:
    assert "no alert is up" in rendered(watching(live, ()))
    assert "alerts: none" in line(watching(live, ()))
    assert "alert" not in rendered(scene(live)) + line(scene(live))


def test_without_an_answering_worker_nothing_is_claimed() -> None:
    silent = Scene(Observation(0, (WorkerSight("worker 1", None),), None), None, "calm")
    assert "no worker answers yet" in line(silent)
    assert "– events/s" in line(silent)


def test_a_partition_named_by_two_workers_counts_once() -> None:
    old, new = (
        WorkerStatus(worker=name, state="running", reason="", since=0, partitions=(partition(applied),))
        for name, applied in (("old", 10), ("new", 12))
    )
    seen = Observation(0, (WorkerSight("worker 1", old), WorkerSight("worker 2", new)), None)
    assert seen.applied == 13


def test_throughput_is_unknown_at_first_and_after_partitions_vanished() -> None:
    throughput = Throughput()
    assert throughput.of(observed(0, 100)) is None
    assert throughput.of(observed(2, 300)) == 100
    assert throughput.of(observed(3, 50)) is None


def partition(applied: int) -> PartitionStatus:
    return PartitionStatus(topic="t", topic_id="i", partition=0, restored=True, applied=applied)


def observed(at: float, records: int) -> Observation:
    status = WorkerStatus(worker="w", state="running", reason="", since=0, partitions=(partition(records - 1),))
    return Observation(at, (WorkerSight("worker 1", status),), None)


def scene(live: LiveView) -> Scene:
    status = WorkerStatus(worker="w", state="running", reason="", since=0)
    return Scene(Observation(0, (WorkerSight("worker 1", status),), live), 120.0, "calm")


def watching(live: LiveView, alerts: tuple[Alert, ...]) -> Scene:
    seen = scene(live)
    return seen._replace(observation=seen.observation._replace(at=60, alerts=alerts))


def rendered(shown: Scene) -> str:
    console = Console(file=io.StringIO(), width=160)
    with console.capture() as capture:
        console.print(panel(shown, ENDPOINTS))
    return capture.get()
