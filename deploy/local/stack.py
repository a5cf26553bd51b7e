"""The local stack: broker, ClickHouse engine and workers as processes of this machine, started and stopped in order."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from clickhouse_connect.driver.exceptions import ClickHouseError

from deploy.local.alerting import Alerting
from deploy.local.broker import Broker, BrokerKind, log_ends, make_broker
from deploy.local.data_dir import DataDir
from deploy.local.endpoints import Endpoints
from deploy.local.ports import LOOPBACK, Ports, accepts
from deploy.local.probe import LivenessProbe
from deploy.local.process import ChildProcess, StartError
from deploy.local.supervisor import Supervisor
from sinks.clickhouse.client import connect
from sinks.clickhouse.migrate import MigrationError, migrate
from streams.connections import clickhouse_access
from streams.kafka_access import KafkaUnreachable
from streams.setting_sources import PREFIX
from streams.settings import Settings
from streams.shell.admin import TopicError, ensure_topics

BROKER_PORT: Final = 9092
CONTROLLER_PORT: Final = 9093
CLICKHOUSE_PORT: Final = 8123
WORKER_PORT: Final = 9464
"""Of the first worker; the next ones follow."""

_ENGINE_SECONDS: Final = 60
"""Until the engine answers: it loads half a gigabyte of library, and after a crash its data."""
_GRACE_SECONDS: Final = 30
"""Beyond a worker's own time for its last flush and checkpoint, to leave the group and close its connections."""

_PACE: Final = {
    "FLUSH_SECONDS": "1",
    "LIVE_SECONDS": "1",
    "CHECKPOINT_SECONDS": "5",
    "SESSION_TIMEOUT_SECONDS": "6",
    "STALL_SECONDS": "30",
}
"""Quicker than in production, because somebody watches; settings of the environment go before."""

_LOG_LOST: Final = "Tansu keeps its log in memory, so the published events are gone; start the stack again"


class Plan(NamedTuple):
    """What stack is wanted."""

    broker: BrokerKind
    data_dir: Path
    workers: int
    partitions: int
    history: bool
    """Live windows end at the newest event instead of now: for files of the past."""
    watch: bool = False
    """With Prometheus and Alertmanager."""


class Stack:
    """Call `start` and `stop` from the main thread, `check` a few times a second between them."""

    def __init__(self, plan: Plan, say: Callable[[str], None]) -> None:
        self.plan = plan
        self.supervisor = Supervisor(say)
        self._say = say
        self._data = DataDir(plan.data_dir)
        self._ports = Ports()
        self._broker: Broker | None = None
        self._engine: ChildProcess | None = None
        self._workers: dict[str, ChildProcess] = {}
        """By URL."""
        self._alerting: Alerting | None = None
        self.settings: Settings
        """What the workers run under, as far as it is not each one's own."""
        self.earlier: dict[str, int] = {}
        """Records per source topic that were in the log before this run."""

    def start(self) -> None:
        """Brings everything up.

        1. The data directory is claimed, rows of a lost log are set aside. 2. The broker answers. 3. The engine
        answers. 4. Tables, views and topics exist. 5. Workers run; each says in `/status` how far it is. 6. Prometheus
        scrapes them, where somebody watches alerts.

        Raises:
            StartError: something did not come up; call `stop` all the same.
        """
        data = self._data
        data.claim()
        broker = self._new_broker()
        if not (broker.keeps_log and data.kafka.exists()) and (previous := data.set_aside()):
            self._say(f"this run begins a new log; the rows of the last one are now in {os.path.relpath(previous)}")
        self._broker = broker
        broker.start()
        self.supervisor.watch(broker.process, fatal=None if broker.keeps_log else _LOG_LOST)
        clickhouse_url = self._start_engine()
        self.settings = Settings(brokers=(broker.bootstrap,), clickhouse_url=clickhouse_url)
        try:
            self._prepare()
        except (ClickHouseError, MigrationError, KafkaUnreachable, TopicError) as error:
            raise StartError(f"tables or topics cannot be made: {error}; logs: {data.logs}") from error
        for number in range(1, self.plan.workers + 1):
            self._start_worker(number)
        if self.plan.watch:
            self._start_alerting()
        for preferred, given in self._ports.moved.items():
            self._say(f"port {preferred} is busy, using {given} instead")

    def check(self) -> None:
        """Starts again what died or hangs; raises ProcessLost when that cannot help."""
        self.supervisor.check()

    def stop(self) -> None:
        """Ends who watches, then the workers, so that they can store and checkpoint what they have; then the rest."""
        if self._alerting is not None:
            self._alerting.stop()
        for worker in self._workers.values():
            worker.terminate()
        grace = self.settings.shutdown_seconds + _GRACE_SECONDS if self._workers else 0
        for worker in self._workers.values():
            worker.stop(grace)
        if self._engine is not None:
            self._engine.stop(_GRACE_SECONDS)
        if self._broker is not None:
            self._broker.stop()
        self._data.release()

    def announce(self) -> Endpoints:
        """The endpoints, also written to ``endpoints.json``."""
        endpoints = Endpoints(
            pid=os.getpid(),
            broker=self.settings.brokers[0],
            clickhouse=self.settings.clickhouse_url,
            workers=tuple(self._workers),
            data_dir=str(self._data.path),
            prometheus=self._alerting.prometheus if self._alerting else None,
            alertmanager=self._alerting.alertmanager if self._alerting else None,
        )
        endpoints.write(self._data.endpoints)
        return endpoints

    def _new_broker(self) -> Broker:
        port, controller = self._ports.near(BROKER_PORT), self._ports.near(CONTROLLER_PORT)
        return make_broker(self.plan.broker, port, controller, self._data.kafka, self._data.log("broker"))

    def _start_engine(self) -> str:
        port = self._ports.near(CLICKHOUSE_PORT)
        command = [sys.executable, "-P", "-m", "deploy.local.engine", "--data-dir", str(self._data.clickhouse)]
        self._engine = ChildProcess(
            "clickhouse", [*command, "--port", str(port)], self._data.log("clickhouse"), port=port
        )
        self._engine.start()
        self._engine.await_ready(lambda: accepts(port), _ENGINE_SECONDS)
        self.supervisor.watch(self._engine)
        return f"http://{LOOPBACK}:{port}"

    def _start_alerting(self) -> None:
        self._alerting = Alerting(self._data.path / "alerting", self._data.log, self._ports)
        self._alerting.start(tuple(self._workers), story=not self.plan.history)
        for process in self._alerting.processes:
            self.supervisor.watch(process)

    def _prepare(self) -> None:
        settings = self.settings
        client = connect(**clickhouse_access(settings))
        registry = settings.configuration().registry
        migrate(client, registry, settings.clickhouse_database, settings.clickhouse_cluster)
        client.close()
        ensure_topics(settings, self.plan.partitions)
        topics = (settings.touchpoints_topic, settings.surveys_topic)
        # A broker without a log of its own is new and empty, and Tansu's end offsets would be wrong anyway.
        keeps_log = self._broker is not None and self._broker.keeps_log
        self.earlier = log_ends(settings.brokers[0], topics) if keeps_log else dict.fromkeys(topics, 0)

    def _start_worker(self, number: int) -> None:
        name = f"worker-{number}"
        port = self._ports.near(WORKER_PORT + number - 1)
        endpoints = self._data.path / f"{name}.json"
        pace = {PREFIX + key: value for key, value in _PACE.items() if PREFIX + key not in os.environ}
        fixed = {
            "BROKERS": self.settings.brokers[0],
            "CLICKHOUSE_URL": self.settings.clickhouse_url,
            "METRICS_PORT": str(port),
            "ENDPOINTS_FILE": str(endpoints),
            "LIVE_CLOCK": "event" if self.plan.history else "wall",
        }
        environment = pace | {PREFIX + key: value for key, value in fixed.items()}
        worker = ChildProcess(
            name, [sys.executable, "-P", "-m", "streams", "worker"], self._data.log(name), environment
        )
        worker.start()
        self._workers[f"http://{LOOPBACK}:{port}"] = worker
        self.supervisor.watch(worker, probe=LivenessProbe(endpoints))
