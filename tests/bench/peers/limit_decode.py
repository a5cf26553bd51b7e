"""Limit: fetch and decode. Every record becomes the event that cxstream's core works on, and is dropped."""

import asyncio
from typing import Any

from schemas.decoder import decode_event
from tests.bench.peers.limit_fetch import consume
from tests.bench.task import Task


async def _decode(records: list[Any]) -> None:
    for record in records:
        decode_event(record.value)


if __name__ == "__main__":
    task = Task.from_argument()
    asyncio.run(consume(task, _decode))
    task.end()
