"""One partition that this worker owns: its processor, how far it has read, how far it is safe."""

import asyncio
from collections.abc import Iterable
from time import time

from schemas.status import PartitionCounts, PartitionStatus
from sinks.dead_letters import DeadLetter
from streams.core.configuration import Configuration
from streams.core.processor import PartitionProcessor
from streams.core.records import Source
from streams.shell.checkpoint_session import CheckpointSession
from streams.shell.chunk import Chunk
from streams.shell.ownership import TopicPartition
from streams.shell.rejections import Rejections


class LogShrunk(Exception):
    """A log ends before the offset we have read to: the topic was created anew, or its brokers lost records."""


class OwnedPartition:
    """Applies chunks in order and without gaps; everything else about the order of the steps is the worker's."""

    def __init__(
        self, processor: PartitionProcessor, session: CheckpointSession, position: int, checkpointed: int
    ) -> None:
        self.processor = processor
        self.session = session
        self.position = position
        """Offset of the next record."""
        self.checkpointed = checkpointed
        """Offset of the newest durable checkpoint, one below the log's start for the first one."""
        self.committed = -1
        """As `checkpointed`, of the checkpoint that the group's offset stands behind, as far as this worker knows."""
        self.checkpoint_at: float | None = None
        self.lost_to_retention = 0
        self.blocked: str | None = None
        """Why it is not read, although it is ours: records are lost or no events, and a human has to decide."""
        self.rejections = Rejections()
        self.log_end: int | None = None
        self.log_end_at_start: int | None = None
        """Before the worker that had the partition before us ended, it may have stored rows of records up to here."""
        self.progress_at = time()
        """When a chunk was applied or nothing was left to apply, s since 1970."""
        self.sound = True
        """False while a chunk is applied: where that fails, half of an event must become neither a row nor durable."""
        self.may_apply = asyncio.Event()
        self.may_apply.set()

    @property
    def source(self) -> Source:
        return self.processor.source

    @property
    def key(self) -> TopicPartition:
        return self.source.topic, self.source.partition

    def follows(self, chunk: Chunk) -> bool:
        """False when records between our position and the chunk are missing.

        Raises:
            LogShrunk: see there.
        """
        if chunk.log_end < self.position:
            raise LogShrunk(
                f"{chunk.topic} partition {chunk.partition} ends at {chunk.log_end}, but was read to "
                f"{self.position}: the topic was created anew, which a restarted "
                "worker sees, or its brokers have lost what was read: then move its events to a new topic"
            )
        return chunk.start <= self.position

    def apply(self, chunk: Chunk) -> list[DeadLetter]:
        """Applies a chunk that `follows` and returns the rejected records."""
        self.sound = False
        rejects = self.processor.apply(chunk.records)
        self.sound = True
        self.rejections.saw(chunk.records, rejects)
        self.position = max(self.position, chunk.next)
        self.saw_log_end(chunk.log_end)
        self.progress_at = time()
        if not rejects:
            return []
        records = {record.offset: record for record in chunk.records}
        return [
            DeadLetter(
                chunk.topic,
                chunk.partition,
                reject.offset,
                records[reject.offset].key,
                records[reject.offset].value,
                records[reject.offset].headers,
                reject.reason,
                reject.detail,
            )
            for reject in rejects
        ]

    def saw_log_end(self, fetched: int | None, asked: int | None = None) -> None:
        """Takes over what the newest fetch response said, and what the leader said when it was asked.

        The latter goes on while fetching hangs; but it may be too low (Tansu), so it decides nothing about settings.
        """
        if fetched is not None and self.log_end_at_start is None:
            self.log_end_at_start = max(fetched, self.position)
        if fetched is not None or asked is not None:
            self.log_end = max(fetched or 0, asked or 0, self.position)
            if self.log_end <= self.position:
                self.progress_at = time()

    def may_adopt(self, configuration: Configuration) -> bool:
        """True when other semantic settings are wanted and every row of the worker before us can be repeated by now."""
        return (
            configuration.keeping(self.processor.configuration.published) != self.processor.configuration
            and self.log_end_at_start is not None
            and self.position >= self.log_end_at_start
        )

    def durable(self, offset: int) -> None:
        """A checkpoint up to ``offset`` is in the topic."""
        self.checkpointed = offset
        self.checkpoint_at = time()

    def status(self) -> PartitionStatus:
        processor, counts = self.processor, self.processor.counts
        return PartitionStatus(
            topic=self.source.topic,
            topic_id=self.source.topic_id,
            partition=self.source.partition,
            restored=True,
            position=self.position,
            applied=processor.applied,
            checkpointed=self.checkpointed,
            checkpoint_at=self.checkpoint_at,
            log_end=self.log_end,
            lag=None if self.log_end is None else max(0, self.log_end - self.position),
            progress_at=self.progress_at,
            watermark=processor.watermark if counts.accepted else None,
            unstored=processor.unstored,
            cells=processor.cells,
            counts=PartitionCounts(
                accepted=counts.accepted,
                duplicates=counts.duplicates,
                late=counts.late,
                rejected=dict(counts.rejected),
                folded=counts.folded,
                displaced=counts.displaced,
                erased=counts.erased,
            ),
            lost_to_retention=self.lost_to_retention,
            blocked=self.blocked,
        )


def cells(partitions: Iterable[OwnedPartition]) -> int:
    return sum(partition.processor.cells for partition in partitions)


def unstored(partitions: Iterable[OwnedPartition]) -> int:
    return sum(partition.processor.unstored for partition in partitions)
