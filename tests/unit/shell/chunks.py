"""Chunks and records for tests."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from streams.shell.chunk import Chunk

EVENT_TIME = "2026-03-01T09:00:00Z"
KAFKA_TIME = 1_772_355_600_000


class Record(NamedTuple):
    """A Kafka record as far as we look at it."""

    offset: int
    value: bytes | None
    key: bytes | None = b"customer"
    headers: Sequence[tuple[str, bytes]] = ()
    timestamp: int = KAFKA_TIME


def answer(number: int, score: int = 9, time: str = EVENT_TIME, **data: object) -> bytes:
    """An NPS answer that differs from those of other numbers."""
    return msgspec.json.encode(
        {
            "specversion": "1.0",
            "id": f"answer-{number}",
            "source": "/tests",
            "type": "cx.survey.answered.v1",
            "time": time,
            "subject": f"response-{number}",
            "data": {"metric": "nps", "score": score, "channel": "web"} | data,
        }
    )


def chunk(
    start: int,
    values: Sequence[bytes | None],
    next: int | None = None,
    log_end: int | None = None,
) -> Chunk:
    """A chunk of records with consecutive offsets."""
    records = tuple(Record(start + i, value) for i, value in enumerate(values))
    after = start + len(values) if next is None else next
    return Chunk(
        topic="cx.surveys",
        partition=0,
        start=start,
        next=after,
        log_end=after if log_end is None else log_end,
        records=records,
        size=sum(len(value or b"") for value in values),
    )
