"""Two minutes without ClickHouse under load: everything but the rows goes on, and then the rows come."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from deploy.local.kafka import Kafka
from deploy.local.ports import Ports
from deploy.local.simulator import simulate
from schemas.live import LiveView
from schemas.status import WorkerStatus
from tests.acceptance.command_line import report
from tests.clickhouse_engine import ClickHouseEngine
from tests.integration.worker.deployment import Deployment, RunningWorker, eventually, records_of

pytestmark = [pytest.mark.timeout(600), pytest.mark.kafka]

OUTAGE_SECONDS = 120
RATE = 400
EVENTS = RATE * (OUTAGE_SECONDS + 40)
"""The load begins before the outage and ends after it."""

MOST_GROWTH_BYTES = 100 * 2**20
"""Of the worker's memory during the outage and its 48,000 events. Seen: 40 MiB, for cells that cannot leave, open cases
and the memory of duplicates."""
LONGEST_STANDSTILL_SECONDS = 15
"""Of live windows, which are computed anew every two seconds; a busy machine may miss some."""


class Sight(NamedTuple):
    """A worker at one moment of the outage."""

    at: float
    status: WorkerStatus
    live: LiveView
    ready: bool
    memory: int
    """Resident bytes."""


@pytest.fixture
def engine(tmp_path: Path, ports: Ports) -> Iterator[ClickHouseEngine]:
    """One of its own, since it goes away."""
    engine = ClickHouseEngine(ports.any(), tmp_path)
    engine.start()
    yield engine
    engine.stop()


@pytest.fixture
def deployment(kafka: Kafka, engine: ClickHouseEngine, tmp_path: Path) -> Iterator[Deployment]:
    # Live windows end at the newest event: the simulated hours run as fast as they are published.
    deployment = Deployment(
        kafka, engine, tmp_path, live_clock="event", flush_seconds=2, checkpoint_seconds=5, live_seconds=2
    )
    deployment.prepare()
    yield deployment
    deployment.close()


@pytest.fixture
def event_file(tmp_path: Path) -> Path:
    """Simulated traffic of an hour ago."""
    path = tmp_path / "events.jsonl"
    events = simulate(5, time.time_ns() // 1_000_000 - 3_600_000, RATE)
    path.write_bytes(b"".join(each.value + b"\n" for each in islice(events, EVENTS)))
    return path


def test_two_minutes_without_clickhouse_under_load_delay_rows_and_nothing_else(
    deployment: Deployment, engine: ClickHouseEngine, event_file: Path
) -> None:
    worker = deployment.worker()
    eventually(worker.is_running)
    load = publishing(deployment, event_file)
    try:
        eventually(lambda: sight(worker).status.rows_stored > 0, what="rows are stored before the outage")
        engine.stop()
        sights = watch(worker, OUTAGE_SECONDS)
        assert load.poll() is None, "there was load until the end of the outage"
        engine.start()
        assert load.wait(120) == 0
    finally:
        load.kill()
        load.wait()

    first, last = sights[0], sights[-1]
    assert last.status.flush_failures > first.status.flush_failures
    assert last.status.rows_stored == first.status.rows_stored, "ClickHouse was away"
    assert all(each.ready and each.status.state == "running" for each in sights)
    assert_live_metrics_moved(sights)
    assert_checkpoints_went_on(sights)
    growth = max(each.memory for each in sights) - first.memory
    assert growth < MOST_GROWTH_BYTES, f"{growth >> 20} MiB on top of {first.memory >> 20} MiB"

    eventually(lambda: is_settled(worker), what="all is applied, stored and checkpointed")
    assert deployment.stored() == deployment.expected()
    assert_reported(deployment, event_file)


def publishing(deployment: Deployment, event_file: Path) -> "subprocess.Popen[bytes]":
    settings = deployment.settings
    environment = {
        "CX_BROKERS": settings.brokers[0],
        "CX_TOUCHPOINTS_TOPIC": settings.touchpoints_topic,
        "CX_SURVEYS_TOPIC": settings.surveys_topic,
    }
    command = [sys.executable, "-m", "streams", "publish", str(event_file), "--rate", str(RATE)]
    return subprocess.Popen(
        command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def watch(worker: RunningWorker, seconds: float) -> list[Sight]:
    sights = [sight(worker)]
    while sights[-1].at < sights[0].at + seconds:
        time.sleep(1)
        sights.append(sight(worker))
    return sights


def sight(worker: RunningWorker) -> Sight:
    status, live, ready = worker.status(), worker.get("/live"), worker.get("/readyz")
    assert status is not None
    assert live is not None
    assert ready is not None
    view = msgspec.json.decode(live.data, type=LiveView)
    return Sight(time.monotonic(), status, view, ready.status == 200, resident_bytes(worker.process.pid))


def resident_bytes(pid: int | None) -> int:
    fields = Path(f"/proc/{pid}/statm").read_text().split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE")


def assert_live_metrics_moved(sights: list[Sight]) -> None:
    moved = [sights[0]]
    for each in sights:
        if each.live.as_of > moved[-1].live.as_of:
            assert each.at - moved[-1].at < LONGEST_STANDSTILL_SECONDS
            moved.append(each)
    assert sights[-1].at - moved[-1].at < LONGEST_STANDSTILL_SECONDS
    assert sum(cell.n for cell in moved[-1].live.windows) > sum(cell.n for cell in moved[0].live.windows)


def assert_checkpoints_went_on(sights: list[Sight]) -> None:
    first, last = sights[0].status, sights[-1].status
    assert last.checkpoints > first.checkpoints
    applied_at_first = {(each.topic, each.partition): each.applied for each in first.partitions}
    for each in last.partitions:
        assert each.checkpointed > applied_at_first[each.topic, each.partition], "written during the outage"
        assert each.unstored > 0


def is_settled(worker: RunningWorker) -> bool:
    partitions = worker.partitions()
    durable = all(each.unstored == 0 and each.checkpointed == each.applied for each in partitions)
    return durable and sum(map(records_of, partitions)) == EVENTS


def assert_reported(deployment: Deployment, event_file: Path) -> None:
    """The report knows every case of the file, each once."""
    settings = {"CX_CLICKHOUSE_URL": deployment.clickhouse.url}
    settings["CX_CLICKHOUSE_DATABASE"] = deployment.settings.clickhouse_database
    events = [msgspec.json.decode(line) for line in event_file.read_bytes().splitlines()]
    opened = {event["id"] for event in events if event["type"] == "cx.case.opened.v1"}
    (line,) = report("cases_opened", "--every", "all", settings=settings)
    assert line["n"] == len(opened)
