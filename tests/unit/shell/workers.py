"""A worker with real parts around it, except for Kafka and ClickHouse."""

import asyncio
from collections.abc import Callable, Collection, Mapping

from aiokafka.errors import KafkaTimeoutError

from schemas.live import LiveView
from schemas.status import WorkerStatus
from sinks.clickhouse.store import Permit, RowBatch
from sinks.dead_letters import DeadLetters
from streams.kafka_access import KafkaUnreachable
from streams.settings import Settings
from streams.shell.brokers import Brokers
from streams.shell.checkpointing import Checkpointing
from streams.shell.chunk import Chunk
from streams.shell.fence import Fence
from streams.shell.flushing import Flushing
from streams.shell.ownership import TopicPartition
from streams.shell.restoring import Restoring
from streams.shell.watchdog import Watchdog
from streams.shell.worker import Worker
from tests.unit.shell.checkpoint_topics import SOURCE, MemoryLog

KEY = (SOURCE.topic, SOURCE.partition)


async def until(reached: Callable[[], bool]) -> None:
    """Returns when something that no event tells of has come about; fails after 10 s."""
    async with asyncio.timeout(10):
        while not reached():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


class Fetched:
    """The transport as a worker sees it: remembers what it was asked."""

    def __init__(self) -> None:
        self.generation = 1
        self.is_member = True
        self.buffered_bytes = 0
        self.chunks_done = 0
        self.fetch_rounds = 0
        self.thread_answers = 0
        self.member_id = "this worker"
        self.held = False
        self.opened: list[tuple[TopicPartition, int]] = []
        self.closed: list[TopicPartition] = []
        self.committed: dict[TopicPartition, int] = {}
        self.starts = 0
        self.end: int | None = None

    async def open(self, partition: TopicPartition, position: int) -> None:
        self.opened.append((partition, position))

    def close(self, partition: TopicPartition) -> None:
        self.closed.append(partition)

    async def committed_positions(self, partitions: Collection[TopicPartition]) -> dict[TopicPartition, int]:
        return {key: offset for key, offset in self.committed.items() if key in partitions}

    async def log_starts(self, partitions: Collection[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(partitions, self.starts)

    def log_end(self, partition: TopicPartition) -> int | None:
        return self.end

    def hold(self, held: bool) -> None:
        self.held = held

    def done(self, chunk: Chunk) -> None:
        self.chunks_done += 1

    async def commit_positions(self, positions: Mapping[TopicPartition, int]) -> bool:
        if self.is_member:
            self.committed |= positions
        return self.is_member


class Rows:
    """A ClickHouse that may be away."""

    def __init__(self) -> None:
        self.rows = 0
        self.failures = 0
        self.last_error: str | None = None
        self.unstored_since: float | None = None
        self.is_there = asyncio.Event()
        self.is_there.set()
        self.called = 0
        self.batches: list[RowBatch] = []

    async def store(self, batch: RowBatch, permit: Permit) -> None:
        self.called += 1
        await self.is_there.wait()
        self.batches.append(batch)
        self.rows += len(batch.rows)


class Shown:
    """What was exposed last."""

    def show(self, view: LiveView) -> None: ...
    def show_status(self, status: WorkerStatus) -> None: ...


class Letters(DeadLetters):
    """Letters that are acknowledged when the test says so."""

    def __init__(self) -> None:
        super().__init__({}, "cx.dead-letters")
        self.acknowledge = asyncio.Event()
        self.acknowledge.set()

    async def _write(self, batch: object) -> None:
        if not self.acknowledge.is_set():
            raise KafkaTimeoutError


class Asked(Brokers):
    """Brokers that answer what the test says, whether they are asked or not."""

    def __init__(self) -> None:
        super().__init__({}, "cxstream", (), 1)

    async def ask(self, partitions: Collection[TopicPartition]) -> None: ...


class Surroundings:
    """A worker and what is around it; every rhythm is so slow that only the test moves it."""

    def __init__(self, topic: MemoryLog | None = None, **settings: object) -> None:
        slow = dict.fromkeys(("flush_seconds", "checkpoint_seconds", "live_seconds"), 3_600)
        self.settings = Settings(**(slow | {"shutdown_seconds": 2} | settings))  # type: ignore[arg-type]
        self.topic = topic or MemoryLog()
        self.fetched = Fetched()
        self.store = Rows()
        self.letters = Letters()
        self.brokers = Asked()
        configuration = self.settings.configuration()
        self.topic_id = SOURCE.topic_id
        self.kafka_answers = True

        def ids(topics: Collection[str]) -> dict[str, str]:
            if not self.kafka_answers:
                raise KafkaUnreachable("no broker answers")
            return dict.fromkeys(topics, self.topic_id)

        fence = Fence(self.fetched, ids)
        self.flushing = Flushing(self.store, fence)
        self.checkpointing = Checkpointing(self.letters, configuration, self.fetched, fence)
        self.restoring = Restoring(self.topic, configuration, ids, self.fetched, self.settings.on_lost_records)
        self.worker = Worker(
            self.settings,
            self.fetched,
            self.restoring,
            self.flushing,
            self.checkpointing,
            self.letters,
            self.brokers,
            Shown(),
        )
        self.watchdog = Watchdog(
            self.worker,
            self.fetched,
            self.restoring,
            self.topic,
            self.flushing,
            self.checkpointing,
            self.letters,
            self.brokers,
            self.settings,
        )

    async def assign(self) -> None:
        """Gives the worker its partition and waits until it is restored."""
        await self.worker.assigned({KEY})
        await until(lambda: bool(self.fetched.opened) and KEY in self.worker.partitions)

    async def checkpoint(self) -> None:
        await self.checkpointing.round(self.worker.partitions.values())
