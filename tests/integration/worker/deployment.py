"""Topics, a database and worker processes of one test."""

import asyncio
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from pathlib import Path
from ssl import SSLContext
from time import monotonic, sleep
from typing import Any, Protocol
from uuid import uuid4

import msgspec
import urllib3
from aiokafka import AIOKafkaConsumer, TopicPartition
from kafka import KafkaProducer
from kafka.admin import KafkaAdminClient
from pydantic import SecretStr

from deploy.local.process import ChildProcess
from schemas.metrics import load_registry
from schemas.rows import Row
from schemas.status import PartitionStatus, WorkerStatus
from sinks.clickhouse.migrate import migrate
from sinks.dead_letters import MAX_LETTER_BYTES
from streams.core.checkpoint import Checkpoint
from streams.core.processor import PartitionProcessor
from streams.core.records import Source
from streams.settings import Settings
from streams.shell.admin import connected_admin, ensure_topics
from streams.shell.checkpoint_log import CheckpointLog
from streams.shell.restore import find_checkpoints
from streams.shell.topic_ids import TopicIds
from tests.clickhouse_engine import ClickHouseEngine

PARTITIONS = 3
DEADLINE_SECONDS = 60
"""Far above what anything here takes on a busy machine with two cores."""

_read_status = msgspec.json.Decoder(WorkerStatus).decode


def eventually(reached: Callable[[], bool], seconds: float = DEADLINE_SECONDS, what: str = "") -> None:
    """Returns as soon as it is so; fails after the deadline."""
    deadline = monotonic() + seconds
    while not reached():
        assert monotonic() < deadline, f"not so after {seconds} s {what}"
        sleep(0.05)


class RunningWorker:
    """A worker process and what it says about itself."""

    def __init__(self, process: ChildProcess, endpoints: Path) -> None:
        self.process = process
        self.endpoints = endpoints
        self._http = urllib3.PoolManager(retries=False, timeout=5, maxsize=4)

    def trust(self, tls: SSLContext) -> None:
        """Asks over TLS, with what is trusted and shown there."""
        self._http = urllib3.PoolManager(retries=False, timeout=5, ssl_context=tls)

    def get(self, path: str) -> urllib3.BaseHTTPResponse | None:
        """Its answer; None while it does not listen."""
        try:
            url = msgspec.json.decode(self.endpoints.read_bytes())["worker"]
            return self._http.request("GET", url + path)
        except (FileNotFoundError, urllib3.exceptions.HTTPError):
            return None

    def status(self) -> WorkerStatus | None:
        answer = self.get("/status")
        return _read_status(answer.data) if answer else None

    def partitions(self) -> list[PartitionStatus]:
        """The restored ones; a worker that has ended by itself fails the test with its last words."""
        assert self.process.alive, self.process.log_tail()
        status = self.status()
        return [each for each in status.partitions if each.restored] if status else []

    def applied(self) -> int:
        """Records applied since the logs began, over the partitions it owns."""
        return sum(records_of(each) for each in self.partitions())

    def is_running(self) -> bool:
        assert self.process.alive, self.process.log_tail()
        status = self.status()
        return status is not None and status.state == "running"


def records_of(partition: PartitionStatus) -> int:
    counts = partition.counts
    return counts.accepted + counts.duplicates + counts.erased + sum(counts.rejected.values())


class Brokers(Protocol):
    """One broker or a cluster, as clients see them."""

    bootstrap: str
    """``host:port``, of several comma-separated."""


class Deployment:
    """Names of its own on shared servers, so that tests do not meet."""

    def __init__(
        self,
        broker: Brokers,
        clickhouse: ClickHouseEngine,
        directory: Path,
        **settings: object,
    ) -> None:
        run = uuid4().hex[:8]
        self.broker = broker
        self.clickhouse = clickhouse
        self.directory = directory
        self.settings = Settings(
            **{
                "brokers": broker.bootstrap,
                "group": f"group-{run}",
                "touchpoints_topic": f"touchpoints-{run}",
                "surveys_topic": f"surveys-{run}",
                "dead_letters_topic": f"dead-letters-{run}",
                "checkpoints_topic": f"checkpoints-{run}",
                "clickhouse_url": clickhouse.url,
                "clickhouse_database": f"worker_{run}",
                "session_timeout_seconds": 6,
                "flush_seconds": 0.3,
                "checkpoint_seconds": 0.5,
                "shutdown_seconds": 20,
                "metrics_port": 0,
            }
            | settings  # type: ignore[arg-type]
        )
        self.topics = (self.settings.touchpoints_topic, self.settings.surveys_topic)
        self._workers: list[RunningWorker] = []
        self._client = clickhouse.client()

    def prepare(self, partitions: int = PARTITIONS) -> None:
        """Topics and schema."""
        ensure_topics(self.settings, partitions)
        self.prepare_clickhouse()

    def prepare_clickhouse(self) -> None:
        migrate(self._client, load_registry(), self.settings.clickhouse_database)

    def create_topic(self, name: str, partitions: int) -> None:
        """One besides those that workers read and write."""
        with connected_admin(self.settings) as admin:
            admin.create_topics({name: {"num_partitions": partitions, "replication_factor": -1}})

    def worker(self, program: Sequence[str] = ("streams", "worker"), /, **settings: object) -> RunningWorker:
        """Starts another worker; ``program``: a module and its arguments; ``settings`` in place of the deployment's
        own."""
        number = len(self._workers)
        endpoints = self.directory / f"worker-{number}.json"
        environment = self.environment(**{"endpoints_file": endpoints, "metrics_port": 0} | settings)
        process = ChildProcess(
            f"worker-{number}",
            [sys.executable, "-P", "-m", *program],
            self.directory / f"worker-{number}.log",
            environment,
        )
        process.start()
        self._workers.append(RunningWorker(process, endpoints))
        return self._workers[-1]

    def environment(self, **settings: object) -> dict[str, str]:
        """The deployment's settings, some of them replaced, as variables."""
        values = self.settings.model_dump(exclude_none=True) | settings
        return {f"CX_{name.upper()}": _text(value) for name, value in values.items()}

    def close(self) -> None:
        for worker in self._workers:
            worker.process.kill()
        for (name,) in self._client.query("SHOW DATABASES").result_rows:
            if name.startswith(self.settings.clickhouse_database):  # with those of its replays
                self._client.command(f"DROP DATABASE {name}")
        self._client.close()

    def publish(self, events: Iterable[tuple[bytes, bytes | None]], topic: str | None = None) -> None:
        """Keys and values; returns when all are in the log."""
        producer = KafkaProducer(
            bootstrap_servers=self.broker.bootstrap, linger_ms=5, max_request_size=MAX_LETTER_BYTES
        )
        for key, value in events:
            producer.send(topic or self.settings.surveys_topic, value, key=key)
        producer.flush()
        producer.close()

    def publish_to(self, topic: str, partition: int, key: bytes, value: bytes, **more: Any) -> None:
        """One record, acknowledged; ``more``: what `KafkaProducer.send` takes besides."""
        producer = KafkaProducer(bootstrap_servers=self.broker.bootstrap)
        producer.send(topic, value, key=key, partition=partition, **more).get(DEADLINE_SECONDS)
        producer.close()

    def records(self, topic: str) -> list[list[Any]]:
        """Every record of each partition."""
        return asyncio.run(self._read(topic))

    async def _read(self, topic: str) -> list[list[Any]]:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.broker.bootstrap, auto_offset_reset="earliest", fetch_max_wait_ms=50
        )
        await consumer.start()
        try:
            partitions = len(await consumer._client._wait_on_metadata(topic))
            result: list[list[Any]] = []
            for partition in range(partitions):
                tp, records = TopicPartition(topic, partition), []
                consumer.assign([tp])
                await consumer.seek_to_beginning(tp)
                while consumer.highwater(tp) is None or await consumer.position(tp) < consumer.highwater(tp):
                    records += (await consumer.getmany(tp, timeout_ms=50)).get(tp, [])
                result.append(records)
            return result
        finally:
            await consumer.stop()

    def committed(self) -> dict[tuple[str, int], int]:
        """The group's offsets."""
        admin = KafkaAdminClient(bootstrap_servers=self.broker.bootstrap)
        try:
            offsets = admin.list_group_offsets([self.settings.group])[self.settings.group]
        finally:
            admin.close()
        return {(tp.topic, tp.partition): each.offset for tp, each in offsets.items() if each.offset >= 0}

    def sources(self) -> list[Source]:
        with closing(TopicIds(self.settings)) as topic_ids:
            ids = topic_ids(self.topics)
        return [Source(topic, ids[topic], number) for topic in self.topics for number in range(PARTITIONS)]

    def checkpoints(self) -> dict[Source, Checkpoint]:
        """The newest complete checkpoint of each partition that has one."""
        return asyncio.run(self._checkpoints())

    async def _checkpoints(self) -> dict[Source, Checkpoint]:
        log = CheckpointLog({"bootstrap_servers": self.broker.bootstrap}, self.settings.checkpoints_topic)
        await log.start()
        try:
            found = {source: each async for source, each in find_checkpoints(log, self.sources())}
        finally:
            await log.stop()
        return {source: each.checkpoint for source, each in found.items() if each.checkpoint is not None}

    def durable(self) -> dict[tuple[str, int], int]:
        """Offset after the newest complete checkpoint, of each partition that has one."""
        found = self.checkpoints()
        return {(source.topic, source.partition): each.offset + 1 for source, each in found.items()}

    def stored(self) -> Counter[tuple[Any, ...]]:
        """Rows in ClickHouse, newest version of each."""
        rows = self._client.query(
            "SELECT metric, definition, toUnixTimestamp(pane), channel, region, topic_id, partition, "
            f"part, version, n, total, buckets FROM {self.settings.clickhouse_database}.cells FINAL"
        ).result_rows
        return Counter((*row[:-1], *sorted(row[-1].items())) for row in rows)

    def expected(self) -> Counter[tuple[Any, ...]]:
        """The same rows, from one uninterrupted pass of the core over the logs."""
        logs = {topic: self.records(topic) for topic in self.topics}
        rows: Counter[tuple[Any, ...]] = Counter()
        for source in self.sources():
            processor = PartitionProcessor(source, self.settings.configuration())
            processor.apply(logs[source.topic][source.partition])
            rows.update(_comparable(processor.take_rows()))
        return rows


def _comparable(rows: Sequence[Row]) -> Iterable[tuple[Any, ...]]:
    for row in rows:
        channel, region = row.segment[0], row.segment[4]
        yield (
            *(row.metric, row.definition, row.pane, channel, region, row.topic_id, row.partition),
            *(row.part, row.version, row.n, row.total),
            *sorted(row.buckets.items()),
        )


def _text(value: object) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return ",".join(value) if isinstance(value, tuple) else str(value)
