"""The source topics as logs that are read from an offset to an offset, without a group: nobody's position moves.

By the same reader as the live worker's, since a batch that the two took differently would be a difference of rows.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import OffsetOutOfRangeError

from streams.core.records import Record, Source
from streams.replay.plan import Stretch
from streams.shell.fetched_batches import read_all_consumers_so

_FETCH_BYTES: Final = 8 * 2**20
"""Of a partition and answer: some 25,000 events, so that the broker is asked rarely."""

_BATCH_RECORDS: Final = 10_000
"""Records given at once: some 100 ms of work, after which a run may be told to end."""

_SAMPLE_RECORDS: Final = 500
"""Of each partition, whose size stands for that of all: one answer of a broker, however long the log is."""

_WAIT_MS: Final = 50
_SILENT_WAITS: Final = 1_200
"""A minute without any answer: no broker leads the partition."""


class LogError(Exception):
    """A log that does not have what is wanted of it any more, or does not answer; the message is one line."""


async def survey(client: Mapping[str, Any], sources: Mapping[Source, int | None]) -> list[Stretch]:
    """What each partition has now, or had before this offset. ``client``: `connections.kafka_client`.

    Raises:
        LogError: an offset is not in its log, or no broker answers.
        aiokafka.errors.KafkaError: brokers refuse.
    """
    return [await _survey(client, source, before) for source, before in sources.items()]


async def read(
    client: Mapping[str, Any], stretch: Stretch, position: int
) -> AsyncGenerator[tuple[int, Sequence[Record]], None]:
    """Records of the stretch from ``position`` on, and before each sequence the position after it.

    Raises:
        LogError: records of the stretch are gone, or no broker answers.
        aiokafka.errors.KafkaError: brokers refuse.
    """
    tp = TopicPartition(stretch.topic, stretch.partition)
    if position >= stretch.end:
        return
    async with _assigned(client, tp) as consumer:
        consumer.seek(tp, position)
        silent = 0
        while position < stretch.end and silent < _SILENT_WAITS:
            try:
                answer = await consumer.getmany(tp, timeout_ms=_WAIT_MS, max_records=_BATCH_RECORDS)
            except OffsetOutOfRangeError as error:
                raise LogError(
                    f"{stretch.place} does not have offset {position} any more: retention has deleted it, or the topic "
                    "was created anew; make a new plan"
                ) from error
            now = await consumer.position(tp)
            silent = silent + 1 if now == position else 0
            position = now
            records = answer.get(tp, ())
            if records and records[-1].offset >= stretch.end:
                records = [record for record in records if record.offset < stretch.end]
            yield position, records
        if position < stretch.end:
            raise LogError(f"{stretch.place} says nothing past offset {position}, and was to have {stretch.end}")


async def _survey(client: Mapping[str, Any], source: Source, before: int | None) -> Stretch:
    tp = TopicPartition(source.topic, source.partition)
    async with _assigned(client, tp) as consumer:
        start = (await consumer.beginning_offsets([tp]))[tp]
        consumer.seek(tp, start)
        sample: Sequence[Any] = ()
        end: int | None = None
        silent = 0
        # The end comes from fetch responses: Tansu answers ListOffsets wrongly for batches of several records.
        while end is None and silent < _SILENT_WAITS:
            answer = await consumer.getmany(tp, timeout_ms=_WAIT_MS, max_records=_SAMPLE_RECORDS)
            sample = answer.get(tp, ())
            end = _end(consumer, tp)
            silent += 1
        if end is None:
            raise LogError(f"{source.topic} partition {source.partition}: no broker answers for it")
    if before is not None and not start <= before <= end:
        raise LogError(
            f"{source.topic} partition {source.partition} has offsets {start} to {end}, and {before} is none"
        )
    end = end if before is None else before
    first = last = sample[0].timestamp if sample else None
    place = Stretch(*source, max(start, end - 1), end, None, None, 0)
    async for _, records in read(client, place, place.start):
        for record in records:
            last = record.timestamp
    size = sum(len(record.key or b"") + len(record.value or b"") for record in sample)
    return Stretch(*source, start, end, first, last, size * (end - start) // max(1, len(sample)))


def _end(consumer: Any, tp: TopicPartition) -> int | None:
    """Offset after the last record that can be read: in a log with open transactions, what is before those."""
    end: int | None = consumer.highwater(tp)
    stable: int | None = consumer.last_stable_offset(tp)
    return end if stable is None or stable < 0 else stable


@asynccontextmanager
async def _assigned(client: Mapping[str, Any], tp: TopicPartition) -> AsyncIterator[Any]:
    async with _consumer(client) as consumer:
        consumer.assign([tp])
        yield consumer


@asynccontextmanager
async def _consumer(client: Mapping[str, Any]) -> AsyncIterator[Any]:
    read_all_consumers_so()
    consumer = AIOKafkaConsumer(
        **client,
        enable_auto_commit=False,
        auto_offset_reset="none",
        isolation_level="read_committed",
        max_partition_fetch_bytes=_FETCH_BYTES,
        fetch_max_wait_ms=_WAIT_MS,
    )
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()
