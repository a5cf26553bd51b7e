"""Kafka and ClickHouse at the edges of a worker, where a test decides what becomes of each request."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiokafka.errors import KafkaTimeoutError
from msgspec import msgpack

from schemas.rows import Row
from sinks.clickhouse.store import Permit, RowBatch
from sinks.dead_letters import DeadLetter, DeadLetters
from streams.shell.chunk import Chunk
from streams.shell.manifest import is_manifest
from streams.shell.ownership import TopicPartition
from tests.property.database import Database
from tests.unit.shell.checkpoint_topics import MemoryLog


@dataclass
class Request:
    """Something a worker has asked for and waits for: to store or append items, or just to be answered."""

    name: str
    items: Sequence[Any]
    perform: Callable[[Any], object]
    answer: asyncio.Future[bool]

    def perform_some(self, mask: int) -> None:
        """Item i happens if bit i of the mask, which repeats after 8, is set."""
        for number, item in enumerate(self.items):
            if mask >> number % 8 & 1:
                self.perform(item)


class Requests:
    """What one worker waits for."""

    def __init__(self) -> None:
        self.open: list[Request] = []

    async def __call__(self, name: str, items: Iterable[Any] = (), perform: Callable[[Any], object] = id) -> bool:
        """Returns whether the request is acknowledged; if it is not, some of the items have happened all the same."""
        request = Request(name, list(items), perform, asyncio.get_running_loop().create_future())
        self.open.append(request)
        return await request.answer

    def answer(self, request: Request, mask: int, acknowledged: bool) -> None:
        self.open.remove(request)
        request.perform_some(-1 if acknowledged else mask)
        request.answer.set_result(acknowledged)


@dataclass
class Outside:
    """What is durable: it survives every worker."""

    database: Database = field(default_factory=Database)
    checkpoints: list[tuple[int, bytes, bytes | None]] = field(default_factory=list)
    """Records of the checkpoint topic: partition, key, value."""
    durable: dict[bytes, int] = field(default_factory=dict)
    """Largest offset of a manifest that was ever appended, by the prefix of its source."""
    letters: set[tuple[str, int, int, str]] = field(default_factory=set)
    """Topic, partition, offset and reason of each dead letter."""
    committed: dict[TopicPartition, int] = field(default_factory=dict)
    members: dict[TopicPartition, int] = field(default_factory=dict)
    """The generation that owns each partition."""


class Checkpoints(MemoryLog):
    """The checkpoint topic."""

    def __init__(self, outside: Outside, requests: Requests) -> None:
        super().__init__(partitions=2)
        self.records = outside.checkpoints
        self._outside = outside
        self._requests = requests

    async def append(self, partition: int, records: Iterable[tuple[bytes, bytes | None]]) -> None:
        items = [(partition, *record) for record in records]
        if not await self._requests("append", items, self._append):
            raise KafkaTimeoutError

    def _append(self, record: tuple[int, bytes, bytes | None]) -> None:
        _, key, value = record
        if is_manifest(key) and value is not None:
            prefix, offset = b"/".join(key.split(b"/")[:2]), msgpack.decode(value)["offset"]
            self._outside.durable[prefix] = max(offset, self._outside.durable.get(prefix, -1))
        self.records.append(record)

    async def read(self, partition: int) -> AsyncIterator[tuple[bytes | None, bytes | None]]:
        if not await self._requests("read"):
            raise KafkaTimeoutError
        async for record in super().read(partition):
            yield record


class Store:
    """ClickHouse: sends a batch until it is acknowledged, as `ClickHouseStore` does."""

    def __init__(self, outside: Outside, requests: Requests) -> None:
        self.rows = self.failures = 0
        self.last_error: str | None = None
        self.unstored_since: float | None = None
        self._outside = outside
        self._requests = requests
        self._sent: dict[tuple[Any, ...], Row] = {}

    async def store(self, batch: RowBatch, permit: Permit) -> None:
        for row in batch.rows:
            known = self._sent.setdefault(row[:7], row)
            assert known.version < row.version or known == row, "a version goes back or has other contents"
            self._sent[row[:7]] = row
        while not await self._requests("store", batch.rows, self._store):
            await permit()

    def _store(self, row: Row) -> None:
        self._outside.database.store([row])


class Letters(DeadLetters):
    """The dead-letter topic."""

    def __init__(self, outside: Outside, requests: Requests) -> None:
        super().__init__({}, "cx.dead-letters")
        self._outside = outside
        self._requests = requests

    async def _write(self, batch: Sequence[DeadLetter]) -> None:
        if not await self._requests("letters", batch, self._keep):
            raise KafkaTimeoutError

    def _keep(self, letter: DeadLetter) -> None:
        self._outside.letters.add((letter.topic, letter.partition, letter.offset, letter.reason))


class Group:
    """The consumer group and the transport: takes commits of whoever owns the partitions now."""

    buffered_bytes = chunks_done = fetch_rounds = thread_answers = 0
    member_id = "member"

    def __init__(self, outside: Outside, requests: Requests, generation: int) -> None:
        self.generation = generation
        self._outside = outside
        self._requests = requests

    def owns(self, partitions: Iterable[TopicPartition]) -> bool:
        return all(self._outside.members[partition] == self.generation for partition in partitions)

    async def open(self, partition: TopicPartition, position: int) -> None: ...
    def close(self, partition: TopicPartition) -> None: ...
    def hold(self, held: bool) -> None: ...
    def done(self, chunk: Chunk) -> None: ...

    def log_end(self, partition: TopicPartition) -> int | None:
        return None

    async def log_starts(self, partitions: Collection[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(partitions, 0)

    async def committed_positions(self, partitions: Collection[TopicPartition]) -> dict[TopicPartition, int]:
        return {key: self._outside.committed[key] for key in partitions if key in self._outside.committed}

    async def commit_positions(self, positions: Mapping[TopicPartition, int]) -> bool:
        taken = await self._requests("commit", [positions], self._commit)
        return taken and self.owns(positions)

    def _commit(self, positions: Mapping[TopicPartition, int]) -> None:
        if self.owns(positions):
            for (topic, partition), position in positions.items():
                durable = self._outside.durable.get(f"id of {topic}/{partition}".encode(), -1)
                assert position <= durable + 1, "the commit is ahead of the newest durable checkpoint"
            self._outside.committed |= positions
