"""From an assignment to partitions that go on where their newest checkpoint ends."""

import asyncio
from collections.abc import Callable, Collection
from typing import Final

import structlog
from aiokafka.errors import IllegalStateError, KafkaError

from streams.core.checkpoint import Checkpoint
from streams.core.configuration import Configuration
from streams.core.processor import PartitionProcessor
from streams.core.records import Source
from streams.shell.checkpoint_log import CheckpointLog
from streams.shell.checkpoint_session import CheckpointSession
from streams.shell.ownership import Fetching, TopicPartition
from streams.shell.partition import OwnedPartition
from streams.shell.restore import Found, find_checkpoints

_RETRY_SECONDS: Final = 1.0

log = structlog.get_logger()


class Restoring:
    """Reads checkpoints back and opens partitions."""

    def __init__(
        self,
        checkpoints: CheckpointLog,
        configuration: Configuration,
        topic_ids: Callable[[Collection[str]], dict[str, str]],
        fetching: Fetching,
    ) -> None:
        """``configuration``: of partitions that have no checkpoint; ``topic_ids`` may block."""
        self._checkpoints = checkpoints
        self._configuration = configuration
        self._topic_ids = topic_ids
        self._fetching = fetching
        self.attempts = 0
        """To restore what is left of an assignment; one follows the other while brokers do not answer."""

    async def restore(
        self,
        partitions: Collection[TopicPartition],
        ready: Callable[[OwnedPartition], None],
    ) -> None:
        """Restores partitions one after the other; each is announced to ``ready`` and then read from its position on.

        Brokers that do not answer are asked again. Raises CheckpointError, TopicError: see `find_checkpoints`,
        `topic_ids`.
        """
        left = set(partitions)
        while left:
            self.attempts += 1
            try:
                ids = await asyncio.to_thread(self._topic_ids, {topic for topic, _ in left})
                sources = [Source(topic, ids[topic], partition) for topic, partition in sorted(left)]
                starts = await self._fetching.log_starts(left)
                async for source, found in find_checkpoints(self._checkpoints, sources):
                    log_start = starts[source.topic, source.partition]
                    partition = await self._owned(source, found, log_start)
                    ready(partition)
                    await self._open(partition, log_start)
                    left.remove(partition.key)
            except KafkaError as error:
                log.warning("partitions are not restored yet, trying again", left=len(left), error=str(error))
                await asyncio.sleep(_RETRY_SECONDS)

    async def reopen(self, partition: OwnedPartition) -> None:
        """Read a partition again from its position on, because records after that have not come.

        Raises aiokafka.errors.KafkaError when its log start cannot be learned.
        """
        starts = await self._fetching.log_starts([partition.key])
        await self._open(partition, starts[partition.key])

    async def _open(self, partition: OwnedPartition, log_start: int) -> None:
        lost = log_start - partition.position
        if lost > 0:
            partition.lost_to_retention += lost
            log.error(
                "the broker has deleted records that were never read: their events are lost",
                topic=partition.source.topic,
                partition=partition.source.partition,
                from_offset=partition.position,
                to_offset=log_start,
                lost=lost,
            )
            partition.position = log_start
        try:
            await self._fetching.open(partition.key, partition.position)
        except IllegalStateError:
            log.info("partition was revoked before it was read", partition=partition.key)

    async def _owned(self, source: Source, found: Found, log_start: int) -> OwnedPartition:
        session = CheckpointSession(self._checkpoints, source, found.keys)
        checkpoint = found.checkpoint
        if checkpoint is None:
            processor = PartitionProcessor(source, self._configuration)
            log.info(
                "partition begins at its log's start",
                topic=source.topic,
                partition=source.partition,
                at=log_start,
            )
            # Before a row can be stored it must be known under which settings: after a crash, others would store the
            # same events again in rows of their own.
            await session.write(processor.checkpoint(), self._fetching.generation)
            return OwnedPartition(processor, session, log_start, checkpointed=-1)
        processor = await asyncio.to_thread(_restored, source, checkpoint)
        log.info("partition restored", topic=source.topic, partition=source.partition, to=checkpoint.offset)
        position = checkpoint.offset + 1 if checkpoint.offset >= 0 else log_start
        return OwnedPartition(processor, session, position, checkpointed=checkpoint.offset)


def _restored(source: Source, checkpoint: Checkpoint) -> PartitionProcessor:
    """The partition with its live windows summed up: the first look costs everything, later ones what has changed."""
    processor = PartitionProcessor.restore(source, checkpoint)
    processor.live(processor.watermark)
    return processor
