"""Changed rows of all owned partitions to ClickHouse."""

import asyncio
from collections.abc import Collection
from functools import partial
from typing import Final, Protocol

from schemas.rows import Row
from sinks.clickhouse.store import Permit, RowBatch
from streams.core import part_store
from streams.shell.fence import Fence
from streams.shell.partition import OwnedPartition

ROWS_PER_INSERT: Final = 200_000
"""Rows per insert: below ClickHouse's block size, so that an insert is one block with one token; a replay may have
more."""


class RowStore(Protocol):
    """The ClickHouse sink as a worker sees it."""

    rows: int
    failures: int
    last_error: str | None
    unstored_since: float | None

    async def store(self, batch: RowBatch, permit: Permit) -> None: ...


class Flushing:
    """One flush at a time; neither applying nor checkpoints wait for it."""

    def __init__(self, store: RowStore, fence: Fence) -> None:
        self.store = store
        self.fence = fence
        self.count = 0
        """Inserts."""
        self._one = asyncio.Lock()

    async def flush(self, partitions: Collection[OwnedPartition]) -> None:
        """Stores what has changed. Returns when it is stored, however long ClickHouse or Kafka is away.

        1. Changed rows are taken. 2. Kafka confirms topics and ownership. 3. They are stored; ClickHouse may be away
        for long, so Kafka confirms again before each further attempt. 4. Their processors know.

        Cancelled, it leaves the rows in flight in their processors: whoever cancels has to let those go as well.

        Raises:
            TopicRecreated: see `Fence`; nothing is stored then.
        """
        async with self._one:
            left = list(partitions)
            while left:
                left = await self._flush_once(left)

    async def _flush_once(self, partitions: Collection[OwnedPartition]) -> list[OwnedPartition]:
        """One insert's worth, or a few; returns those partitions that gave as many rows as they give at once."""
        rows: list[Row] = []  # 1
        taken: list[tuple[OwnedPartition, int]] = []
        for partition in partitions:
            if partition.sound and partition.processor.unstored:
                given = partition.processor.take_rows()
                rows += given
                taken.append((partition, len(given)))
                await asyncio.sleep(0)  # between two partitions others may run
        permit = partial(self.fence.pass_through, [partition for partition, _ in taken])
        if rows:  # 2
            await permit()
        for first in range(0, len(rows), ROWS_PER_INSERT):  # 3
            batch = await asyncio.to_thread(RowBatch.of, rows[first : first + ROWS_PER_INSERT])
            await self.store.store(batch, permit)
            self.count += 1
        for partition, _ in taken:  # 4
            partition.processor.confirm()
        return [partition for partition, count in taken if count == part_store.MOST_ROWS]
