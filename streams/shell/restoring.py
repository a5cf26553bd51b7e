"""From an assignment to partitions that go on where their newest checkpoint ends.

Records can be gone before they were read: retention has overtaken the checkpoint, or no checkpoint is left of a log
that has lost its start. Then the policy `OnLostRecords` decides, loudly: ``stop`` leaves the partition unread until a
human has decided, ``continue`` goes on with what the log still has.
"""

import asyncio
from collections.abc import Callable, Collection
from typing import Final

import structlog
from aiokafka.errors import IllegalStateError, KafkaError

from streams.core.checkpoint import Checkpoint, CheckpointError
from streams.core.configuration import Configuration
from streams.core.processor import PartitionProcessor
from streams.core.records import Source
from streams.kafka_access import KafkaUnreachable
from streams.settings import OnLostRecords
from streams.shell.checkpoint_log import CheckpointLog
from streams.shell.checkpoint_session import CheckpointSession
from streams.shell.ownership import Fetching, TopicPartition
from streams.shell.partition import OwnedPartition
from streams.shell.restore import Found, find_checkpoints, find_misplaced
from streams.shell.topic_ids import IdsOfTopics

_RETRY_SECONDS: Final = 1.0

log = structlog.get_logger()


class Restoring:
    """Reads checkpoints back and opens partitions."""

    def __init__(
        self,
        checkpoints: CheckpointLog,
        configuration: Configuration,
        topic_ids: IdsOfTopics,
        fetching: Fetching,
        on_lost_records: OnLostRecords,
    ) -> None:
        """``configuration``: of partitions that have no checkpoint."""
        self._checkpoints = checkpoints
        self._configuration = configuration
        self._topic_ids = topic_ids
        self._fetching = fetching
        self._on_lost_records = on_lost_records
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
                committed = await self._fetching.committed_positions(left)
                async for source, found in find_checkpoints(self._checkpoints, sources):
                    key = source.topic, source.partition
                    partition = await self._owned(source, found, starts[key], committed.get(key))
                    ready(partition)
                    await self.open(partition, starts[key])
                    left.remove(key)
            except (KafkaError, KafkaUnreachable) as error:
                log.warning("partitions are not restored yet, trying again", left=len(left), error=str(error))
                await asyncio.sleep(_RETRY_SECONDS)

    async def open(self, partition: OwnedPartition, log_start: int) -> None:
        """Reads a partition from its position on, as far as its log still has that."""
        lost = log_start - partition.position
        if lost > 0:
            self._lose(
                partition,
                lost,
                f"the broker has deleted records {partition.position} to {log_start - 1} before they were read",
            )
        if partition.blocked is not None:
            self._fetching.close(partition.key)
            return
        partition.position = max(partition.position, log_start)
        try:
            await self._fetching.open(partition.key, partition.position)
        except IllegalStateError:
            log.info("partition was revoked before it was read", partition=partition.key)

    def _lose(self, partition: OwnedPartition, lost: int, what: str) -> None:
        """Records of the partition are gone for good."""
        source = partition.source
        log.error("records are lost", topic=source.topic, partition=source.partition, what=what, lost=lost)
        if self._on_lost_records == "stop":
            partition.blocked = (
                f"{source.topic} partition {source.partition} is not read: {what}. CX_ON_LOST_RECORDS=continue "
                "goes on without them"
            )
        else:
            partition.lost_to_retention += lost

    async def _owned(self, source: Source, found: Found, log_start: int, committed: int | None) -> OwnedPartition:
        """``committed``: the group's offset, which says that there was a checkpoint once."""
        if found.checkpoint is None and committed is not None:
            found = await find_misplaced(self._checkpoints, source)
        session = CheckpointSession(self._checkpoints, source, found.keys)
        if found.checkpoint is None:
            return await self._begun(source, session, log_start, committed, bool(found.keys))
        processor = await asyncio.to_thread(restored, source, found.checkpoint)
        offset = found.checkpoint.offset
        log.info("partition restored", topic=source.topic, partition=source.partition, to=offset)
        return OwnedPartition(processor, session, offset + 1, checkpointed=offset)

    async def _begun(
        self, source: Source, session: CheckpointSession, log_start: int, committed: int | None, torn: bool
    ) -> OwnedPartition:
        """A partition without a checkpoint; ``torn``: there are pieces of some."""
        processor = PartitionProcessor(source, self._configuration, log_start=log_start)
        partition = OwnedPartition(processor, session, log_start, checkpointed=log_start - 1)
        where = {"topic": source.topic, "partition": source.partition, "at": log_start}
        if not torn and committed is None:
            log.info("partition begins at its log's start", **where)
        elif log_start == 0:
            log.warning("no whole checkpoint is left, the log is read again from its start", **where)
        else:
            self._lose(
                partition,
                max(0, log_start - (committed or 0)),
                f"no whole checkpoint is left and the log begins at {log_start}: minutes that began before would be "
                "stored again without their first events",
            )
        if partition.blocked is None:
            # Before a row can be stored it must be known under which settings: after a crash, others would store the
            # same events again in rows of their own.
            await session.write(processor.checkpoint(), self._fetching.generation)
        return partition


def restored(source: Source, checkpoint: Checkpoint) -> PartitionProcessor:
    """The partition with its live windows summed up: the first look costs everything, later ones what has changed.

    Raises CheckpointError when the checkpoint is whole and contradicts itself: then no worker of ours has written it.
    """
    try:
        processor = PartitionProcessor.restore(source, checkpoint)
        processor.look(processor.watermark).view()
    except Exception as error:
        place = f"{source.topic} partition {source.partition}"
        raise CheckpointError(f"the checkpoint of {place} contradicts itself: {error!r}") from error
    return processor
