"""The thread that talks to Kafka on an event loop of its own, so that heartbeats never wait for us."""

import asyncio
from collections.abc import Iterable, Mapping
from time import monotonic
from typing import Any, Final

import aiokafka
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.errors import ConsumerStoppedError, KafkaError, KafkaTimeoutError
from aiokafka.structs import OffsetAndMetadata, TopicPartition
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from mode.threads import MethodQueue

from streams.shell.chunk import Chunk
from streams.shell.fetched_batches import read_all_consumers_so
from streams.shell.ownership import TransportOptions

CHUNK_RECORDS: Final = 4_000
"""Records per fetch: some 15 ms of work for the agent, little enough that timers and health checks stay punctual, and
enough that Faust's cost per message disappears."""

_CHUNK_OVERHEAD_BYTES: Final = 1_024
"""What a chunk costs besides its bytes. It also bounds the number of chunks in a buffer of bytes."""

_RECORD_OVERHEAD_BYTES: Final = 300
"""What a record object costs besides its bytes."""

_COMMIT_SECONDS: Final = 10.0
"""For what is asked of the coordinator. aiokafka waits for one for ever; checkpoints, which go before commits, must
not."""

_QUESTIONS_AT_ONCE: Final = 8
"""Of the main thread: one each to fetch, to move a partition, to touch and check the group, and commits that wait."""

_HEADER_OVERHEAD_BYTES: Final = 64
"""What a header costs besides its bytes."""

_FETCH_WAIT_MS: Final = 250
"""How long the broker waits for records: what a partition that was sought may wait behind a fetch in flight."""


_METADATA_MS: Final = 10_000
"""How often topics and leaders are learned anew. A worker whose topics were deleted has no partition, asks for nothing
and is told of nothing: with the default, 5 min, it would be that long until it reads the ones created anew."""


class ConsumerThread(driver.AIOKafkaConsumerThread):  # type: ignore[misc]
    """Runs one aiokafka consumer. `fetch`, `move`, `commit` and `touch` are called from the main thread."""

    _method_queue: MethodQueue | None = None
    _asked = 0
    _answered = 0

    def _create_worker_consumer(self, transport: Any) -> aiokafka.AIOKafkaConsumer:
        """The stock consumer without what it fixes: security by our settings, a short fetch, no aborted transactions.

        Not the group's offset but the checkpoint decides where to read, so a reset may only go to the log's start.
        """
        read_all_consumers_so()
        options: TransportOptions = self.app.transport_options
        conf = self.app.conf
        return aiokafka.AIOKafkaConsumer(
            **options.client,
            client_id=conf.broker_client_id,
            group_id=conf.id,
            partition_assignment_strategy=[RoundRobinPartitionAssignor],
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            max_partition_fetch_bytes=options.fetch_bytes,
            fetch_max_wait_ms=_FETCH_WAIT_MS,
            metadata_max_age_ms=_METADATA_MS,
            request_timeout_ms=int(conf.broker_request_timeout * 1000),
            session_timeout_ms=int(conf.broker_session_timeout * 1000),
            heartbeat_interval_ms=int(conf.broker_heartbeat_interval * 1000),
            rebalance_timeout_ms=int(conf.broker_rebalance_timeout * 1000),
            max_poll_interval_ms=int(conf.broker_max_poll_interval * 1000),
        )

    @property
    def method_queue(self) -> MethodQueue:
        """What is asked of this thread; Faust's own answers two questions at a time, and commits without a coordinator
        would let fetching wait."""
        if self._method_queue is None:
            self._method_queue = MethodQueue(num_workers=_QUESTIONS_AT_ONCE, loop=self.thread_loop, beacon=self.beacon)
        return self._method_queue

    async def fetch(self, partitions: frozenset[TP], seconds: float) -> list[Chunk]:
        """What is there of these partitions, at most `CHUNK_RECORDS` records; waits so long for the first."""
        chunks: list[Chunk] = await self.call_thread(self._fetch, partitions, seconds)
        return chunks

    async def move(self, tp: TP, position: int) -> None:
        """Read ``tp`` from ``position`` on. Raises IllegalStateError when it is not assigned."""
        await self.call_thread(self._move, tp, position)

    async def touch(self) -> None:
        """Counts as a fetch for the group's poll interval."""
        await self.call_thread(self._touch)

    async def check_group(self) -> None:
        """Raises what the group refuses us. aiokafka keeps it until it is asked, and does nothing more until then."""
        await self.call_thread(self._check_group)

    async def commit(self, tps: Mapping[TP, int]) -> bool:
        """Commit offsets. Failing only makes other tools see old offsets, so it is logged and nothing else."""
        committed: bool = await self.call_thread(self._commit, tps)
        return committed

    async def committed(self, tps: Iterable[TP]) -> dict[TP, int]:
        """The group's offsets of those partitions that have one. Raises KafkaError when no coordinator tells."""
        offsets: dict[TP, int] = await self.call_thread(self._committed, list(tps))
        return offsets

    def answers(self) -> int:
        """How often this thread has answered so far, and asks it again if it has; one that hangs stays at a number."""
        if self._asked == self._answered and not self.thread_loop.is_closed():
            self._asked += 1
            self.thread_loop.call_soon_threadsafe(self._answer)
        return self._answered

    @property
    def member_id(self) -> str:
        """Under which the group knows this consumer; empty until it has joined."""
        consumer = self._consumer
        return str(consumer._coordinator.member_id) if consumer is not None and consumer._coordinator else ""

    def log_end(self, tp: TP) -> int | None:
        """Offset after the last record that can be read, by the newest fetch response; None before the first.

        Only fetch responses are right everywhere: Tansu answers ListOffsets with its last batch's first offset + 1.
        """
        states = self._states(self._ensure_consumer()._fetcher, (tp,))
        return next(map(_log_end, states.values()), None)

    def _answer(self) -> None:
        self._answered += 1

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        consumer = self._ensure_consumer()
        assigned = self.assignment()
        mine = {
            TopicPartition(tp.topic, tp.partition): OffsetAndMetadata(offset, "")
            for tp, offset in offsets.items()
            if tp in assigned
        }
        try:
            if mine:
                await asyncio.wait_for(consumer.commit(mine), _COMMIT_SECONDS)
        except (KafkaError, TimeoutError) as error:
            self.log.warning("the group did not take the committed offsets: %s", str(error) or "no coordinator answers")
            return False
        return len(mine) == len(offsets)

    async def _committed(self, tps: list[TP]) -> dict[TP, int]:
        consumer = self._ensure_consumer()
        try:
            async with asyncio.timeout(_COMMIT_SECONDS):
                offsets = {tp: await consumer.committed(TopicPartition(tp.topic, tp.partition)) for tp in tps}
        except TimeoutError as error:
            raise KafkaTimeoutError("no coordinator tells the group's offsets") from error
        return {tp: offset for tp, offset in offsets.items() if offset is not None}

    async def _move(self, tp: TP, position: int) -> None:
        self._ensure_consumer().seek(TopicPartition(tp.topic, tp.partition), position)

    async def _touch(self) -> None:
        with self._ensure_consumer()._fetcher._subscriptions.fetch_context():
            pass

    async def _check_group(self) -> None:
        self._ensure_consumer()._coordinator.check_errors()

    async def _fetch(self, partitions: frozenset[TP], seconds: float) -> list[Chunk]:
        consumer = self._ensure_consumer()
        fetcher = consumer._fetcher
        deadline = monotonic() + seconds
        with fetcher._subscriptions.fetch_context():
            while True:
                if consumer._closed or fetcher._closed:
                    raise ConsumerStoppedError()
                if not fetcher._subscriptions.reassignment_in_progress:
                    chunks = await self._drain(fetcher, partitions)
                    if chunks:
                        return chunks
                remaining = deadline - monotonic()
                if remaining <= 0:
                    return []
                # Woken by new data, and with an exception by an error of the group, which has to surface.
                waiter = fetcher._create_fetch_waiter()
                done, _ = await asyncio.wait([waiter], timeout=remaining)
                if not done:
                    waiter.cancel()
                    return []
                waiter.result()

    async def _drain(self, fetcher: Any, partitions: frozenset[TP]) -> list[Chunk]:
        """Chunks of what is buffered. With a timeout of 0 nothing here waits, so no seek comes in between."""
        states = self._states(fetcher, partitions)
        starts = {tp: state.position for tp, state in states.items() if state.has_valid_position}
        if not starts:
            return []
        drained = await fetcher.fetched_records(list(starts), timeout=0, max_records=CHUNK_RECORDS)
        return [
            _chunk(tp, start, states[tp], tuple(drained.get(tp, ())))
            for tp, start in starts.items()
            if states[tp].position != start
        ]

    def _states(self, fetcher: Any, partitions: Iterable[TP]) -> dict[TopicPartition, Any]:
        """aiokafka's state of those of ``partitions`` that are assigned now."""
        subscription = fetcher._subscriptions.subscription
        if subscription is None or subscription.assignment is None:
            return {}
        assignment = subscription.assignment
        wanted = (TopicPartition(tp.topic, tp.partition) for tp in partitions)
        return {tp: assignment.state_value(tp) for tp in wanted if tp in assignment.tps}


def _log_end(state: Any) -> int | None:
    # In a log with open transactions only what is below the last stable offset can be read.
    log_end: int | None = state.highwater if state.lso is None or state.lso < 0 else state.lso
    return log_end


def _chunk(tp: TopicPartition, start: int, state: Any, records: tuple[Any, ...]) -> Chunk:
    size = sum(map(_bytes, records))
    return Chunk(
        topic=tp.topic,
        partition=tp.partition,
        start=start,
        next=state.position,
        log_end=max(_log_end(state) or 0, state.position),
        records=records,
        size=size + len(records) * _RECORD_OVERHEAD_BYTES + _CHUNK_OVERHEAD_BYTES,
    )


def _bytes(record: Any) -> int:
    size = len(record.key or b"") + len(record.value or b"")
    if record.headers:
        size += sum(len(name) + len(value or b"") + _HEADER_OVERHEAD_BYTES for name, value in record.headers)
    return size
