"""The consumer: from fetched chunks to the agent, one Faust message per chunk."""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from aiokafka.errors import KafkaError
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage

from streams.shell.buffer import ChunkBuffer
from streams.shell.chunk import Chunk
from streams.shell.consumer_thread import ConsumerThread
from streams.shell.ownership import Owner, TopicPartition, TransportOptions

_FETCH_SECONDS: Final = 1.0
"""How long one fetch waits for records: what a partition that has just been opened may have to wait for its first
one."""

TOUCH_SECONDS: Final = 5.0
"""How often a consumer that must not fetch tells the group that it lives: far below the poll interval, 5 min."""

_GROUP_SECONDS: Final = 1.0
"""How often the group is asked whether it refuses us."""


class Consumer(driver.Consumer):  # type: ignore[misc]
    """Delivers the chunks of *open* partitions and knows nothing of acknowledgements.

    A partition is open from the moment its state is restored (`open`) until it is revoked. Positions come from
    checkpoints, never from the group's committed offsets; those only tell other tools how far the checkpoints are.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        options: TransportOptions = self.app.transport_options
        self._buffer = ChunkBuffer(options.buffer_bytes)
        self._open: set[TP] = set()
        self._held = False
        self._changed = asyncio.Event()
        self.fetch_rounds = 0
        self.chunks_done = 0

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    # What the owner of the partitions calls.

    async def open(self, partition: TopicPartition, position: int) -> None:
        """Read a partition from ``position`` on; also moves one that is open.

        Raises:
            aiokafka.errors.IllegalStateError: the partition is not ours any more.
        """
        tp = TP(*partition)
        await self._thread.move(tp, position)
        self._open.add(tp)
        self._changed.set()

    def close(self, partition: TopicPartition) -> None:
        """Read a partition no further. What is fetched already still reaches the agent."""
        self._open.discard(TP(*partition))

    def done(self, chunk: Chunk) -> None:
        """The agent has applied (or dropped) a chunk: its bytes make room for others."""
        self._buffer.remove(chunk)
        self.chunks_done += 1
        self._changed.set()

    def hold(self, held: bool) -> None:
        """Stop fetching, or go on. What is fetched already still reaches the agent."""
        self._held = held
        self._changed.set()

    async def log_starts(self, partitions: Collection[TopicPartition]) -> dict[TopicPartition, int]:
        """Offset of the first record the broker still has, of each partition."""
        starts = await self.earliest_offsets(*(TP(*partition) for partition in partitions))
        return {(tp.topic, tp.partition): int(offset) for tp, offset in starts.items()}

    async def committed_positions(self, partitions: Collection[TopicPartition]) -> dict[TopicPartition, int]:
        """The group's offsets of those partitions that have one: somebody has written a checkpoint of them once."""
        offsets = await self._thread.committed(TP(*partition) for partition in partitions)
        return {(tp.topic, tp.partition): offset for tp, offset in offsets.items()}

    def log_end(self, partition: TopicPartition) -> int | None:
        """See `ConsumerThread.log_end`."""
        end: int | None = self._thread.log_end(TP(*partition))
        return end

    async def commit_positions(self, positions: Mapping[TopicPartition, int]) -> bool:
        """Commit the offsets after durable checkpoints; False when the group did not take them."""
        offsets = {TP(*partition): offset for partition, offset in positions.items()}
        taken: bool = await self._thread.commit(offsets)
        return taken

    @property
    def _owner(self) -> Owner:
        owner: Owner = self.app.owner
        return owner

    @property
    def generation(self) -> int:
        return int(self.app.consumer_generation_id)

    @property
    def buffered_bytes(self) -> int:
        return self._buffer.size

    @property
    def thread_answers(self) -> int:
        answers: int = self._thread.answers()
        return answers

    @property
    def member_id(self) -> str:
        member_id: str = self._thread.member_id
        return member_id

    # What Faust calls.

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        await super().on_partitions_assigned(assigned, generation_id)
        await self._owner.assigned({(tp.topic, tp.partition) for tp in assigned})

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Lets the owner write its checkpoints while the partitions are still ours.

        Stock Faust forgets the offsets first and commits afterwards, so that every rebalance reads a commit interval
        again.
        """
        self.stop_flow()
        self._open.clear()
        self._buffer.clear()
        await self._owner.revoked({(tp.topic, tp.partition) for tp in revoked})
        await super().on_partitions_revoked(revoked)

    async def perform_seek(self) -> None:
        """Nothing: `open` moves each partition to the record after its checkpoint."""

    def pause_partitions(self, tps: Iterable[TP]) -> None:
        """Nothing: a partition that is not open is not fetched."""

    def resume_partitions(self, tps: Iterable[TP]) -> None:
        """Nothing, see `pause_partitions`."""

    async def commit(self, *_: Any, **__: Any) -> bool:
        """Nothing: acknowledgements mean nothing here, see `commit_positions`."""
        return False

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Nothing: Faust's check reads the state of another thread and only logs; `watchdog.py` looks at real
        progress."""

    def resume_flow(self) -> None:
        super().resume_flow()
        self._changed.set()

    def _to_message(self, tp: TP, record: Chunk) -> ConsumerMessage:
        return ConsumerMessage(
            record.topic,
            record.partition,
            record.next - 1,
            record.records[-1].timestamp / 1000 if record.records else 0.0,
            0,
            (),
            None,
            record,
            None,
            0,
            record.size,
            tp,
            generation_id=self.app.consumer_generation_id,
        )

    @driver.Consumer.task  # type: ignore[untyped-decorator]
    async def _watch_group(self) -> None:
        """Tells the owner what the group refuses, also while no partitions are ours and nothing is fetched."""
        while not self.should_stop:
            await self.sleep(_GROUP_SECONDS)
            try:
                await self._thread.check_group()
            except self.consumer_stopped_errors:
                return
            except KafkaError as error:
                self._owner.failed(error)
                return
            except RuntimeError:
                return  # its thread has ended, and so do we

    async def _drain_messages(self, fetcher: Any) -> None:
        """The loop of Faust's fetcher service: fetch, hand over, until either is stopped.

        The stock loop makes four tasks per message and sleeps for a second when buffers are full.
        """
        try:
            while not (self.should_stop or fetcher.should_stop):
                self.fetch_rounds += 1
                if await self._may_fetch():
                    await self._deliver(await self._fetch())
        except self.consumer_stopped_errors as error:
            if not self.app.should_stop:
                self._owner.failed(error)
                raise
        except Exception as error:
            # A fetcher that dies leaves stock Faust running idle for ever; raised it would be logged a second time.
            self._owner.failed(error)

    async def _may_fetch(self) -> bool:
        """True when there is something to fetch and room for it; otherwise waits for a change, for a while."""
        self._changed.clear()
        if self.flow_active and self._open and not self._held and self._buffer.has_room:
            return True
        try:
            await asyncio.wait_for(self._changed.wait(), TOUCH_SECONDS)
        except TimeoutError:
            await self._thread.touch()
        return False

    async def _fetch(self) -> tuple[int, list[Chunk]]:
        """Chunks, and the generation of the group they were fetched in."""
        generation = self.app.consumer_generation_id
        return generation, await self._thread.fetch(frozenset(self._open), _FETCH_SECONDS)

    async def _deliver(self, fetched: tuple[int, list[Chunk]]) -> None:
        generation, chunks = fetched
        for chunk in chunks:
            tp = TP(chunk.topic, chunk.partition)
            # After a rebalance the partition, if it is still ours, is read again from its checkpoint.
            if generation != self.app.consumer_generation_id or tp not in self._open:
                continue
            self._buffer.add(chunk)
            await self.callback(self._to_message(tp, chunk))
            # A chunk is some ms of work for the agent; health checks and timers run in between.
            await asyncio.sleep(0)
