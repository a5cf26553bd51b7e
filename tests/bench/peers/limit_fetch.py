"""Limit: fetch alone. The client of cxstream's transport, its fetch size and its chunks, and nothing done with them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from tests.bench.task import Task

CHUNK_RECORDS: Final = 4_000
FETCH_BYTES: Final = 1_048_576
"""Both as `streams.shell` has them."""


async def consume(task: Task, take: Callable[[list[Any]], Awaitable[None]]) -> None:
    """Hands every record of the topic to ``take``, chunk by chunk; marks the beginning."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=task.bootstrap,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=FETCH_BYTES,
    )
    await consumer.start()
    try:
        partitions = [TopicPartition(task.topic, number) for number in range(task.partitions)]
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        left = task.records
        while left:
            for records in (await consumer.getmany(timeout_ms=1_000, max_records=CHUNK_RECORDS)).values():
                if left == task.records:
                    task.begin()
                await take(records)
                left -= len(records)
    finally:
        await consumer.stop()


async def _drop(records: list[Any]) -> None:
    """Nothing."""


if __name__ == "__main__":
    task = Task.from_argument()
    asyncio.run(consume(task, _drop))
    task.end()
