"""What has to move in a worker, and what its standing still means: the rules of ``/livez``.

A liveness probe that fails makes the platform start the worker anew. So a rule names only what a new start mends, and
what waits for others is not due: Kafka or ClickHouse away, a cap on memory, lost records that a human decides about, a
log that nobody writes to. A main loop that is blocked needs no rule: then nobody answers the probe.
"""

import asyncio
from collections.abc import Iterator
from time import monotonic
from typing import Final

from sinks.dead_letters import DeadLetters
from streams.settings import Settings
from streams.shell.brokers import Brokers
from streams.shell.checkpoint_log import CheckpointLog
from streams.shell.checkpointing import Checkpointing
from streams.shell.consumer import TOUCH_SECONDS
from streams.shell.duties import LONGEST_PAUSE
from streams.shell.flushing import Flushing
from streams.shell.ownership import Fetching
from streams.shell.restoring import Restoring
from streams.shell.stalls import Sign, Stalls
from streams.shell.worker import Worker

_LOOK_SECONDS: Final = 0.5

_REQUEST_SECONDS: Final = 40.0
"""After which aiokafka gives up a write whose connection has fallen silent."""

_INSERTS: Final = 4
"""An insert may take so many timeouts of ClickHouse before it succeeds or fails: connections are opened and tried again
in it, and a table that is missing is asked for only every half minute."""


class Watchdog:
    """Looks at a worker from outside; what it finds stands in the worker's `Health`."""

    def __init__(
        self,
        worker: Worker,
        fetching: Fetching,
        restoring: Restoring,
        checkpoints: CheckpointLog,
        flushing: Flushing,
        checkpointing: Checkpointing,
        dead_letters: DeadLetters,
        brokers: Brokers,
        settings: Settings,
    ) -> None:
        self._worker = worker
        self._fetching = fetching
        self._restoring = restoring
        self._checkpoints = checkpoints
        self._flushing = flushing
        self._checkpointing = checkpointing
        self._dead_letters = dead_letters
        self._brokers = brokers
        self._settings = settings
        self._stalls = Stalls(settings.stall_seconds)

    async def run(self) -> None:
        """Looks until it is cancelled, so that log and metrics tell before a probe asks."""
        while True:
            self.look(monotonic())
            await asyncio.sleep(_LOOK_SECONDS)

    def look(self, now: float) -> tuple[str, ...]:
        """What stands still that only a new start makes move again, for people. ``now``: monotonic seconds."""
        worker = self._worker
        if worker.failure is not None:
            stalled: tuple[str, ...] = (f"failed: {worker.failure}",)
        else:
            stalled = self._stalls.look(self._signs(), now)
        worker.health.stall(stalled)
        return stalled

    def _signs(self) -> Iterator[Sign]:
        if self._worker.health.condition.state == "stopping":
            return  # bounded by `shutdown_seconds` and by the platform's own grace
        yield from self._partitions()
        yield from self._fetch()
        yield self._membership()
        yield self._restore()
        yield from self._own_loops()
        yield self._flush()
        yield from self._kafka_writes()

    def _partitions(self) -> Iterator[Sign]:
        """The applied offset moves while the log's end is beyond it, whatever it is that hangs between them."""
        for partition in self._worker.partitions.values():
            topic, number = partition.key
            # Only its leader's own word counts: one that does not answer now may be why nothing comes.
            waits = self._brokers.answers.ends.get(partition.key, 0) > partition.position
            reads = partition.blocked is None and not self._worker.held
            may_move = reads and partition.may_apply.is_set() and self._dead_letters.has_room
            yield Sign(f"{topic}/{number}", partition.position, waits and may_move, "records wait and none is applied")

    def _fetch(self) -> Iterator[Sign]:
        """The way from Kafka to the agent moves, with or without records."""
        fetching, assigned = self._fetching, self._worker.assignment is not None
        # The loop comes round without records, but not without a thread; and a call of the thread may wait for brokers.
        yield Sign(
            "fetch loop",
            fetching.fetch_rounds,
            assigned and self._brokers.answers.complete,
            "it does not come round",
            TOUCH_SECONDS,
        )
        yield Sign("consumer thread", fetching.thread_answers, assigned, "it does not answer")
        adopting = any(not partition.may_apply.is_set() for partition in self._worker.partitions.values())
        applies = self._brokers.answers.complete and self._dead_letters.has_room and not adopting
        yield Sign(
            "agent", fetching.chunks_done, bool(fetching.buffered_bytes) and applies, "fetched records are not applied"
        )

    def _membership(self) -> Sign:
        """The group and the worker agree on what the worker has."""
        group, assignment, member = self._brokers.answers.group, self._worker.assignment, self._fetching.member_id
        told = group.members.get(member) if group else None
        if group is None or not group.settled:
            agree = True  # nobody can tell now
        elif member not in group.members:
            agree = False
        else:
            agree = assignment is not None if told is None else told == assignment
        return Sign(
            "group membership", (told, assignment), not agree, "the group thinks otherwise of this worker's partitions"
        )

    def _restore(self) -> Sign:
        restored, assignment = len(self._worker.partitions), self._worker.assignment
        mark = (restored, self._restoring.attempts, self._checkpoints.records_read)
        due = assignment is not None and restored < len(assignment) and self._brokers.answers.complete
        return Sign("restore", mark, due, "it goes no further although Kafka answers")

    def _own_loops(self) -> Iterator[Sign]:
        """Duties that wait for nobody, or never for long."""
        rounds, settings = self._worker.duties.rounds, self._settings
        yield Sign("tick", rounds["tick"], True, "it does not come round")
        pause = max(settings.live_seconds, LONGEST_PAUSE)
        yield Sign("live windows", rounds["live windows"], True, "they are not computed anew", pause)
        yield Sign("questions to brokers", rounds["questions to brokers"], True, "none is asked any more")

    def _flush(self) -> Sign:
        """Waits for Kafka's word and for ClickHouse, however long; but each attempt ends, one way or the other."""
        store, settings = self._flushing.store, self._settings
        mark = (self._worker.duties.rounds["flush"], self._flushing.fence.questions, store.rows, store.failures)
        slack = settings.flush_seconds + _INSERTS * settings.clickhouse_timeout_seconds
        return Sign("flush", mark, self._worker.assignment is not None, "rows are neither stored nor refused", slack)

    def _kafka_writes(self) -> Iterator[Sign]:
        letters, answers = self._dead_letters, self._brokers.answers
        yield Sign(
            "dead letters",
            (letters.written, letters.failures),
            letters.waiting > 0 and answers.complete,
            "they are neither acknowledged nor refused",
            _REQUEST_SECONDS,
        )
        # A checkpoint waits for its dead letters, however long Kafka refuses those.
        yield Sign(
            "checkpoints",
            (self._worker.duties.rounds["checkpoints"], self._checkpointing.attempts),
            self._worker.assignment is not None and answers.complete and letters.error is None,
            "they come to no end",
            self._settings.checkpoint_seconds + _REQUEST_SECONDS,
        )
