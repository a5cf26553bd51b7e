"""What a restart does not mend leaves ``/livez`` alone, and ``/readyz`` says what it is."""

import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from time import monotonic, sleep

import pytest

from deploy.local.broker import Broker
from deploy.local.ports import Ports
from deploy.local.tansu import Tansu
from tests.clickhouse_engine import ClickHouseEngine
from tests.integration.worker.deployment import DEADLINE_SECONDS, Deployment, RunningWorker, eventually
from tests.integration.worker.test_worker import EVENTS, New, answers, settled

STALL_SECONDS = 4
LONG_SECONDS = 5 * STALL_SECONDS


class Watched:
    """A worker that is asked for its health all the time."""

    def __init__(self, worker: RunningWorker) -> None:
        self.worker = worker
        self.complaints: set[str] = set()
        self.reasons: set[str] = set()
        self._ended = Event()
        self._thread = Thread(target=self._ask)
        self._thread.start()

    def _ask(self) -> None:
        while not self._ended.wait(0.2):
            live, ready = self.worker.get("/livez"), self.worker.get("/readyz")
            if live is not None and live.status != 200:
                self.complaints.add(live.data.decode())
            if ready is not None:
                self.reasons.add(ready.data.decode().strip())

    def end(self) -> None:
        self._ended.set()
        self._thread.join()


@contextmanager
def watched(worker: RunningWorker) -> Iterator[Watched]:
    eventually(worker.is_running)
    watched = Watched(worker)
    try:
        yield watched
    finally:
        watched.end()


def for_long(holds: Callable[[], bool] = lambda: True) -> None:
    until = monotonic() + LONG_SECONDS
    while monotonic() < until:
        assert holds()
        sleep(0.2)


@contextmanager
def silence(port: int) -> Iterator[None]:
    """A server that takes connections and says nothing."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", port))
        server.listen(100)
        yield


@pytest.fixture
def deployment(new_deployment: New) -> Deployment:
    return new_deployment(stall_seconds=STALL_SECONDS)


@pytest.mark.kafka
@pytest.mark.parametrize("broker", ["own_kafka"], indirect=True)
def test_kafka_is_killed_while_records_wait_and_comes_back(deployment: Deployment, broker: Broker) -> None:
    deployment.publish(answers(0, EVENTS // 2))
    worker = deployment.worker()
    with watched(worker) as seen:
        eventually(settled(worker, EVENTS // 2))
        os.kill(worker.process.pid or 0, signal.SIGSTOP)
        deployment.publish(answers(EVENTS // 2, EVENTS))
        broker.kill()
        os.kill(worker.process.pid or 0, signal.SIGCONT)
        for_long()
        assert "paused: no Kafka broker answers" in seen.reasons
        broker.start()
        eventually(settled(worker, EVENTS), seconds=2 * DEADLINE_SECONDS)
        eventually(worker.is_running)
        for_long(worker.is_running)
    assert seen.complaints == set()
    assert deployment.stored() == deployment.expected()


@pytest.mark.kafka
@pytest.mark.parametrize("broker", ["own_kafka"], indirect=True)
def test_kafka_hangs_and_goes_on(deployment: Deployment, broker: Broker) -> None:
    worker = deployment.worker()
    with watched(worker) as seen:
        deployment.publish(answers())
        eventually(lambda: worker.applied() > 0)
        os.kill(broker.process.pid or 0, signal.SIGSTOP)
        for_long()
        os.kill(broker.process.pid or 0, signal.SIGCONT)
        eventually(settled(worker, EVENTS), seconds=2 * DEADLINE_SECONDS)
    assert seen.complaints == set()
    assert "paused: no Kafka broker answers" in seen.reasons
    assert deployment.stored() == deployment.expected()


@pytest.mark.parametrize("broker", ["tansu"], indirect=True)
def test_clickhouse_hangs_until_memory_is_full_and_the_log_goes_on(deployment: Deployment, ports: Ports) -> None:
    port = ports.any()
    with silence(port):
        worker = deployment.worker(
            clickhouse_url=f"http://127.0.0.1:{port}", clickhouse_timeout_seconds=1, max_cells=50
        )
        with watched(worker) as seen:
            deployment.publish(answers(0, EVENTS // 2))
            eventually(lambda: any(reason.startswith("paused: max_cells") for reason in seen.reasons))
            sleep(2)  # a fetch that was on its way when the pause began still brings what it finds within a second
            deployment.publish(answers(EVENTS // 2, EVENTS))
            for_long()
            assert worker.applied() < EVENTS
            worker.process.kill()
    assert seen.complaints == set()


@pytest.mark.parametrize("broker", ["tansu"], indirect=True)
def test_nobody_writes_to_the_log(deployment: Deployment) -> None:
    with watched(deployment.worker()) as seen:
        for_long()
    assert seen.complaints == set()
    assert seen.reasons == {"running"}


def test_there_are_more_workers_than_partitions(tansu: Tansu, clickhouse: ClickHouseEngine, tmp_path: Path) -> None:
    deployment = Deployment(tansu, clickhouse, tmp_path, stall_seconds=STALL_SECONDS)
    deployment.prepare(partitions=1)
    workers = [deployment.worker() for _ in range(3)]
    eventually(lambda: sorted(len(worker.partitions()) for worker in workers) == [0, 1, 1])
    idle = next(worker for worker in workers if not worker.partitions())
    with watched(idle) as seen:
        for_long()
    deployment.close()
    assert seen.complaints == set()
