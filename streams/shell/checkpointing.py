"""Checkpoints of the partitions that have moved, the commits after them, and the change of semantic settings."""

import asyncio
from collections.abc import Iterable
from time import monotonic
from typing import Final

import structlog
from aiokafka.errors import KafkaError

from sinks.dead_letters import DeadLetters
from sinks.kafka_errors import described
from streams.core.configuration import Configuration
from streams.shell.fence import Fence
from streams.shell.ownership import Fetching
from streams.shell.partition import OwnedPartition

_RETRY_SECONDS: Final = 1.0

log = structlog.get_logger()


class Checkpointing:
    """Steps 3 and 4 of `worker`. One round at a time."""

    def __init__(
        self, dead_letters: DeadLetters, configuration: Configuration, fetching: Fetching, fence: Fence
    ) -> None:
        """``configuration``: the semantic settings wanted; a partition restored under others changes to them."""
        self._dead_letters = dead_letters
        self._configuration = configuration
        self._fetching = fetching
        self._fence = fence
        self._one = asyncio.Lock()
        self.attempts = 0
        """Begun, whether they succeeded or not."""
        self.count = 0
        self.bytes = 0
        self.seconds = 0.0

    async def round(self, partitions: Iterable[OwnedPartition], adopt: bool = True) -> None:
        """A checkpoint of each partition that has moved since its last one, then one commit for all.

        What Kafka does not take now is left to the next round; nothing depends on any single one.
        """
        async with self._one:
            owned = list(partitions)
            for partition in owned:
                if not partition.sound:
                    continue
                try:
                    if partition.processor.applied > partition.checkpointed:
                        await self._write(partition)
                    if adopt and partition.may_adopt(self._configuration):
                        await self._adopt(partition)
                except KafkaError as error:
                    log.warning("checkpoint is not written yet", partition=partition.key, error=described(error))
            behind = [partition for partition in owned if partition.checkpointed > partition.committed]
            if behind:
                await self._fence.commit(behind)

    async def _write(self, partition: OwnedPartition) -> None:
        """Makes what the partition knows now durable."""
        began = monotonic()
        self.attempts += 1
        checkpoint = partition.processor.checkpoint()
        # Every letter of a record up to here was queued in the step that applied it.
        await self._dead_letters.flush()
        self.bytes += await partition.session.write(checkpoint, self._fetching.generation)
        partition.durable(checkpoint.offset)
        self.count += 1
        self.seconds += monotonic() - began

    async def _adopt(self, partition: OwnedPartition) -> None:
        """Changes to the wanted settings:

        1. the group confirms that the partition is ours, else nothing changes;
        2. nothing is applied from here on;
        3. a checkpoint says so: without it a crash could send events that had gone into rows under the new settings
           into rows under the old ones;
        4. the group confirms again: a worker that was replaced meanwhile must not go on under other settings than its
           successor;
        5. events are applied under the new settings.
        """
        if not await self._fence.commit([partition]):  # 1
            return
        partition.may_apply.clear()  # 2
        partition.processor.adopt(self._configuration)
        while True:
            try:
                await self._write(partition)  # 3
                break
            except KafkaError as error:
                log.warning("settings wait for their checkpoint", partition=partition.key, error=described(error))
                await asyncio.sleep(_RETRY_SECONDS)
        while not await self._fence.commit([partition]):  # 4; cancelled when the partition is let go
            log.warning("settings wait for the group", partition=partition.key)
            await asyncio.sleep(_RETRY_SECONDS)
        partition.may_apply.set()  # 5
        log.info("new settings are in force", partition=partition.key, after=partition.processor.applied)
