"""Changed rows of all owned partitions to ClickHouse."""

import asyncio
from collections.abc import Collection
from typing import Final, Protocol

from schemas.rows import Row
from sinks.clickhouse.store import RowBatch
from streams.core import part_store
from streams.core.processor import PartitionProcessor
from streams.shell.topic_identity import TopicIds, confirm_topics

ROWS_PER_INSERT: Final = 200_000
"""Rows per insert: below ClickHouse's block size, so that an insert is one block with one token; a replay may have
more."""


class RowStore(Protocol):
    """The ClickHouse sink as a worker sees it."""

    rows: int
    failures: int
    last_error: str | None
    unstored_since: float | None

    async def store(self, batch: RowBatch) -> None: ...


class Flushing:
    """One flush at a time; neither applying nor checkpoints wait for it."""

    def __init__(self, store: RowStore, topic_ids: TopicIds) -> None:
        self.store = store
        self._topic_ids = topic_ids
        self.count = 0
        """Inserts."""
        self._one = asyncio.Lock()

    async def flush(self, processors: Collection[PartitionProcessor]) -> None:
        """Stores what has changed. Returns when it is stored, however long ClickHouse is away.

        1. Changed rows are taken. 2. Kafka confirms that they come from the topics we know. 3. They are stored.
        4. Their processors know it.

        Cancelled, it leaves the rows in flight in their processors: whoever cancels has to let those go as well.

        Raises:
            TopicRecreated: see `confirm_topics`; nothing is stored then.
        """
        async with self._one:
            left = list(processors)
            while left:
                left = await self._flush_once(left)

    async def _flush_once(self, processors: Collection[PartitionProcessor]) -> list[PartitionProcessor]:
        """One insert's worth, or a few; returns those processors that gave as many rows as they give at once."""
        rows: list[Row] = []  # 1
        taken: list[tuple[PartitionProcessor, int]] = []
        for processor in processors:
            if processor.unstored:
                given = processor.take_rows()
                rows += given
                taken.append((processor, len(given)))
                await asyncio.sleep(0)  # between two partitions others may run
        if rows:  # 2
            await confirm_topics(self._topic_ids, (processor.source for processor, _ in taken))
        for first in range(0, len(rows), ROWS_PER_INSERT):  # 3
            batch = await asyncio.to_thread(RowBatch.of, rows[first : first + ROWS_PER_INSERT])
            await self.store.store(batch)
            self.count += 1
        for processor, _ in taken:  # 4
            processor.confirm()
        return [processor for processor, count in taken if count == part_store.MOST_ROWS]
