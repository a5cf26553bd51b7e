"""The worker: takes events from apply to commit in an order that loses and repeats nothing.

The critical steps of a partition:

1. **apply** - a chunk changes the processor, and its rejects are queued as dead letters in the same step
   (`Worker.take`);
2. **flush rows** - changed cells go to ClickHouse as absolute rows, once Kafka has confirmed that topic and
   partition are still ours (`Fence`); confirmed ones are clean (`Flushing.flush`);
3. **write checkpoint** - one snapshot: its dead letters are acknowledged first, then its blocks, then its
   manifest (`Checkpointing.round`, `CheckpointSession.write`);
4. **commit** - the group's offset moves to the record after the durable checkpoint, never further.

2 and 3 wait for nothing but 1. A checkpoint may be ahead of ClickHouse, since restored cells count as unstored; rows
may be ahead of the checkpoint, since the same events give the same rows again. After a crash at any point a partition
goes on from its newest complete checkpoint and ignores what that already holds.
"""

import asyncio
import os
import socket
from collections.abc import Coroutine
from typing import Any, Final, Protocol

import structlog

from schemas.live import LiveView
from schemas.status import PartitionStatus, WorkerStatus
from sinks.dead_letters import DeadLetters
from streams.kafka_access import refusal
from streams.settings import Settings
from streams.shell.brokers import Brokers
from streams.shell.checkpointing import Checkpointing
from streams.shell.chunk import Chunk
from streams.shell.duties import Duties, within
from streams.shell.flushing import Flushing
from streams.shell.health import Condition, Health
from streams.shell.live_windows import LiveWindows
from streams.shell.memory import give_back
from streams.shell.ownership import Fetching, TopicPartition
from streams.shell.partition import OwnedPartition, cells, unstored
from streams.shell.rejections import Limits
from streams.shell.restoring import Restoring

_TICK_SECONDS: Final = 0.5
"""How often state, memory and status are looked at: a restore or a pause shows at once for a human."""

_LIVE_SHARE: Final = 0.2
"""Of a worker's time, at most, for live windows: a look at a million changed cells takes a second, and events wait."""

QUESTIONS_PER_STALL: Final = 6
"""Brokers are asked so often in the time after which a stall is one, and their answers awaited as long as lies between
two questions: what is known of them is never older than half a stall."""

_RESUME_RATIO: Final = 0.9
"""Of max_cells: below it reading goes on, so that a worker at its cap does not switch with every flush."""

log = structlog.get_logger()


class Exposition(Protocol):
    """The Prometheus sink as a worker sees it."""

    def show(self, view: LiveView) -> None: ...
    def show_status(self, status: WorkerStatus) -> None: ...


class Worker:
    """One process' share of the partitions. It is the `Owner` that the transport reports to."""

    def __init__(
        self,
        settings: Settings,
        fetching: Fetching,
        restoring: Restoring,
        flushing: Flushing,
        checkpointing: Checkpointing,
        dead_letters: DeadLetters,
        brokers: Brokers,
        exposition: Exposition,
    ) -> None:
        self.name = f"{socket.gethostname()}-{os.getpid()}"
        self.health = Health()
        self.partitions: dict[TopicPartition, OwnedPartition] = {}
        """Restored ones."""
        self.live = LiveWindows(settings.live_clock)
        self.failure: BaseException | None = None
        self.ended = asyncio.Event()
        """Set when the worker cannot go on; `failure` says why."""
        self.assignment: frozenset[TopicPartition] | None = None
        """What the group has given us; None between two assignments."""
        self.held = False
        """Whether fetching rests because too many cells wait for ClickHouse."""
        self.duties = Duties(self.failed)
        self._settings = settings
        self._limits = Limits(settings.dead_letters_in_a_row, settings.dead_letter_share)
        self._fetching = fetching
        self._restoring = restoring
        self._flushing = flushing
        self._checkpointing = checkpointing
        self._dead_letters = dead_letters
        self._exposition = exposition
        self._brokers = brokers
        self._stopping = False
        self._letting_go = asyncio.Lock()
        self._rebalances = 0
        self.duties.start("dead letters", dead_letters.run())
        self.duties.every("tick", _TICK_SECONDS, self._tick)
        self.duties.every("live windows", settings.live_seconds, self._show_live, _LIVE_SHARE)
        period = settings.stall_seconds / QUESTIONS_PER_STALL
        self.duties.every("questions to brokers", period, lambda: brokers.ask(self.assignment or ()))

    # What the transport calls.

    async def assigned(self, partitions: set[TopicPartition]) -> None:
        """Begins to restore these; each is read as soon as it is restored."""
        if self._stopping:
            return
        log.info("partitions are assigned", partitions=sorted(partitions))
        self.assignment = frozenset(partitions)
        self.duties.start("restore", self._restore(partitions))
        owned = self.partitions.values()
        self.duties.every("flush", self._settings.flush_seconds, lambda: self._flushing.flush(owned))
        self.duties.every("checkpoints", self._settings.checkpoint_seconds, lambda: self._checkpointing.round(owned))
        self._tick_now()

    async def revoked(self, partitions: set[TopicPartition]) -> None:
        """Lets go of everything: the group's protocol revokes all partitions at each rebalance."""
        if partitions:
            log.info("partitions are revoked", partitions=sorted(partitions))
            self._rebalances += 1
        await self._let_go()

    async def take(self, chunk: Chunk) -> None:
        """Step 1 for one chunk. Nothing is raised: an error ends the worker before another chunk is applied."""
        try:
            await self._apply(chunk)
        except Exception as error:
            self.failed(error)
        finally:
            self._fetching.done(chunk)

    def failed(self, error: BaseException) -> None:
        """Ends the worker. No checkpoint is written any more: what the processors know may be half a step."""
        if self.failure is None:
            refused = refusal(error)
            if refused:  # where in the code it came up helps nobody
                log.error("the worker cannot go on", error=str(refused))
            else:
                log.error("the worker cannot go on", exc_info=error)
            self.failure = refused or error
            self.ended.set()

    # What the process calls.

    async def stop(self) -> None:
        """Flushes, writes final checkpoints and commits, within ``shutdown_seconds``."""
        self._stopping = True
        self._tick_now()
        self._fetching.hold(True)
        await self._let_go()
        await self.duties.end()

    def status(self) -> WorkerStatus:
        """What this worker says about itself now."""
        store = self._flushing.store
        return WorkerStatus(
            worker=self.name,
            state=self.health.condition.state,
            reason=self.health.condition.reason,
            since=self.health.since,
            stalled=self.health.stalled,
            partitions=tuple(self._partition_statuses()),
            rows_stored=store.rows,
            flushes=self._flushing.count,
            flush_failures=store.failures,
            flush_error=store.last_error,
            oldest_unstored_at=store.unstored_since,
            checkpoints=self._checkpointing.count,
            checkpoint_bytes=self._checkpointing.bytes,
            checkpoint_seconds=self._checkpointing.seconds,
            dead_letters=self._dead_letters.written,
            dead_letter_error=self._dead_letters.error,
            rebalances=self._rebalances,
            buffered_bytes=self._fetching.buffered_bytes,
        )

    async def _apply(self, chunk: Chunk) -> None:
        partition = self.partitions.get((chunk.topic, chunk.partition))
        if partition is None or partition.blocked is not None or self.failure is not None:
            return
        await partition.may_apply.wait()
        if self.partitions.get(partition.key) is not partition:
            return
        if not partition.follows(chunk):
            # Records after our position have not come, so it is read again from there; others may own it by then.
            starts = await self._fetching.log_starts([partition.key])
            if self.partitions.get(partition.key) is partition:
                await self._restoring.open(partition, starts[partition.key])
            return
        letters = partition.apply(chunk)
        for letter in letters:
            self._dead_letters.put(letter)
        if letters:
            self._stop_at_limit(partition)
            await self._dead_letters.room()

    def _stop_at_limit(self, partition: OwnedPartition) -> None:
        """Reads no further where a publisher is broken: what it sends would all become dead letters."""
        excess = partition.rejections.excess(self._limits)
        if excess is None:
            return
        topic, number = partition.key
        partition.blocked = (
            f"{topic} partition {number} is not read past offset {partition.position}: {excess}. Mend what publishes "
            "them, then restart with a higher CX_DEAD_LETTERS_IN_A_ROW or CX_DEAD_LETTER_SHARE to read on"
        )
        log.error("a partition is stopped", topic=topic, partition=number, what=excess)
        self._fetching.close(partition.key)

    async def _restore(self, partitions: set[TopicPartition]) -> None:
        """What was let go of and what restoring takes for a while is no memory of ours before and after."""
        give_back()
        await self._restoring.restore(partitions, self._own)
        give_back()

    def _own(self, partition: OwnedPartition) -> None:
        self.partitions[partition.key] = partition
        # The traffic counters of a partition begin with the first status that has it.
        self._tick_now()

    async def _let_go(self) -> None:
        """Steps 2 to 4 a last time for all partitions, each part in its time; then they are forgotten.

        What does not succeed in time is no loss: the next owner restores an older checkpoint and repeats the rest. Of a
        rebalance and an end that meet, the second finds nothing left to do: it must not end the duties of the first.
        """
        async with self._letting_go:
            await self.duties.end("restore")
            owned = list(self.partitions.values())
            self.partitions.clear()
            for partition in owned:
                partition.may_apply.set()  # what waits there finds the partition gone
            self.assignment = None
            if owned:
                await self._last(self._last_flush(owned), "rows are not stored, the next owner stores them")
                final = self._checkpointing.round(owned, adopt=False)
                await self._last(final, "no final checkpoint, the next owner reads from an earlier one")
            await self.duties.end("flush", "checkpoints")
            self._tick_now()

    async def _last(self, step: Coroutine[Any, Any, None], otherwise: str) -> None:
        """One of the last steps, unless the worker has failed by then. Nothing is raised, as in `take`."""
        if self.failure is not None:
            step.close()
            return
        try:
            await within(self._settings.shutdown_seconds / 2, step, otherwise)
        except Exception as error:
            self.failed(error)

    async def _last_flush(self, owned: list[OwnedPartition]) -> None:
        """A worker that was replaced learns it here: its rows are its successor's by now."""
        changed = [partition for partition in owned if partition.processor.unstored]
        obstacle = await self._flushing.fence.obstacle(changed) if changed else None
        if obstacle is None:
            await self._flushing.flush(changed)
        else:
            log.warning("no last rows are stored, the next owner stores them", obstacle=obstacle)

    async def _show_live(self) -> None:
        self._exposition.show(await self.live.look(self.partitions))

    async def _tick(self) -> None:
        self._tick_now()

    def _tick_now(self) -> None:
        asked = self._brokers.answers.ends
        for partition in self.partitions.values():
            partition.saw_log_end(self._fetching.log_end(partition.key), asked.get(partition.key))
        self._cap_memory()
        self.health.enter(self._condition())
        self._exposition.show_status(self.status())

    def _cap_memory(self) -> None:
        """Holds fetching while too many cells wait for ClickHouse; cells that are stored and still open do not."""
        owned = self.partitions.values()
        limit = self._settings.max_cells * (_RESUME_RATIO if self.held else 1)
        held = cells(owned) > limit and unstored(owned) > 0
        if held != self.held:
            self.held = held
            self._fetching.hold(held or self._stopping)

    def _condition(self) -> Condition:
        if self.failure is not None:
            return Condition("failed", f"{type(self.failure).__name__}: {self.failure}")
        if self._stopping:
            return Condition("stopping", "last flush and checkpoints")
        if self.assignment is None:
            return Condition("starting", "waiting for the group to assign partitions")
        left = len(self.assignment) - len(self.partitions)
        if left > 0:
            return Condition("restoring", f"{left} of {len(self.assignment)} partitions are not restored yet")
        pause = self._pause()
        return Condition("paused", pause) if pause else Condition("running")

    def _pause(self) -> str | None:
        """Why something is not read although all is restored."""
        blocked = [partition.blocked for partition in self.partitions.values() if partition.blocked is not None]
        if blocked:
            return "; ".join(blocked)
        if self.held:
            error = self._flushing.store.last_error or "slower than events come"
            return f"max_cells is reached, rows wait for ClickHouse: {error}"
        if not self._dead_letters.has_room:
            return f"too many dead letters wait for Kafka: {self._dead_letters.error or 'slower than they come'}"
        if self._brokers.answers.silent:
            return "no Kafka broker answers"
        return None

    def _partition_statuses(self) -> list[PartitionStatus]:
        waiting = sorted((self.assignment or frozenset()) - self.partitions.keys())
        return [
            *(self.partitions[key].status() for key in sorted(self.partitions)),
            *(
                PartitionStatus(topic=topic, topic_id="", partition=partition, restored=False)
                for topic, partition in waiting
            ),
        ]
