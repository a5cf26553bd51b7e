"""A worker process whose steps a test takes one by one: real shell around the real core, at the edges `Requests`."""

import asyncio
from collections.abc import Callable, Collection, Coroutine, Sequence
from typing import Any

from streams.core.configuration import Configuration
from streams.shell.checkpointing import Checkpointing
from streams.shell.chunk import Chunk
from streams.shell.fence import Fence
from streams.shell.flushing import Flushing
from streams.shell.ownership import TopicPartition
from streams.shell.partition import OwnedPartition
from streams.shell.restoring import Restoring
from tests.property.edges import Checkpoints, Group, Letters, Outside, Request, Requests, Store
from tests.property.histories import Record
from tests.property.stepped_loop import SteppedLoop


def topic_ids(topics: Collection[str]) -> dict[str, str]:
    return {topic: f"id of {topic}" for topic in topics}


class Process:
    """Owns partitions from its start until it is killed; that others own them by then changes nothing for it."""

    def __init__(
        self,
        loop: SteppedLoop,
        outside: Outside,
        generation: int,
        partitions: Collection[TopicPartition],
        configuration: Configuration,
        restored: Callable[[OwnedPartition], None],
    ) -> None:
        """``configuration``: the settings it wants; ``restored`` is told of each partition."""
        self.requests = Requests()
        self.partitions: dict[TopicPartition, OwnedPartition] = {}
        self.group = Group(outside, self.requests, generation)
        self._loop = loop
        self._restored = restored
        self._letters = Letters(outside, self.requests)
        fence = Fence(self.group, topic_ids)
        self._flushing = Flushing(Store(outside, self.requests), fence)
        self._checkpointing = Checkpointing(self._letters, configuration, self.group, fence)
        log = Checkpoints(outside, self.requests)
        restoring = Restoring(log, configuration, topic_ids, self.group, "stop")
        self._tasks: dict[str, asyncio.Task[None]] = {}
        outside.members |= dict.fromkeys(partitions, generation)
        self._run("letters", self._letters.run())
        self._run("restore", restoring.restore(partitions, self._own))

    def apply(self, key: TopicPartition, log: Sequence[Record], size: int, again: int) -> None:
        """Step 1 for the next records of a log, and for some that were applied already."""
        partition = self.partitions.get(key)
        if partition is None or not partition.may_apply.is_set():
            return
        start = max(0, partition.position - again)
        records = tuple(log[start : partition.position + size])
        chunk = Chunk(*key, start, start + len(records), len(log), records, 0)
        assert partition.follows(chunk)
        for letter in partition.apply(chunk):
            self._letters.put(letter)

    def flush(self) -> None:
        """Step 2, unless it is under way."""
        self._run("flush", self._flushing.flush(self.partitions.values()))

    def checkpoint(self) -> None:
        """Steps 3 and 4, unless they are under way."""
        self._run("checkpoint", self._checkpointing.round(self.partitions.values()))

    def answer(self, request: Request, mask: int, acknowledged: bool) -> None:
        self.requests.answer(request, mask, acknowledged)
        self._go_on()

    def proceed(self) -> None:
        """Everything asked for is acknowledged, until nothing is; what the group refuses would be asked again."""
        while requests := [each for each in self.requests.open if each.name != "commit" or self._is_owner(each)]:
            self.answer(requests[0], 0, acknowledged=True)

    def kill(self, mask: int) -> None:
        """The end, at whatever step; of each open request some items still happen."""
        for request in self.requests.open:
            request.perform_some(mask)
        for task in self._tasks.values():
            task.cancel()
        self._loop.run_until_idle()

    def _is_owner(self, commit: Request) -> bool:
        return all(self.group.owns(positions) for positions in commit.items)

    def _own(self, partition: OwnedPartition) -> None:
        self.partitions[partition.key] = partition
        self._restored(partition)

    def _run(self, name: str, duty: Coroutine[Any, Any, None]) -> None:
        task = self._tasks.get(name)
        if task is not None and not task.done():
            duty.close()
            return
        self._tasks[name] = self._loop.create_task(duty)
        self._go_on()

    def _go_on(self) -> None:
        self._loop.run_until_idle()
        for task in self._tasks.values():
            if task.done():
                task.result()  # raises what a duty should never raise
