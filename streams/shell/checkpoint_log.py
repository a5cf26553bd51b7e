"""The checkpoint topic as a log that is appended to and read to its end."""

from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from streams.shell.fetched_batches import read_all_consumers_so

_FETCH_BYTES: Final = 4 * 1024 * 1024
"""Eight blocks per fetch."""

_FETCH_WAIT_MS: Final = 50
"""An empty partition is known to be empty after this; with the default a restore would wait half a second for each."""

_POLL_MS: Final = 50
"""How often it is checked whether the end is known: an answer without records wakes nobody."""


class CheckpointLog:
    """One producer and the topic's layout, shared by all partitions of a worker."""

    def __init__(self, client: Mapping[str, Any], topic: str) -> None:
        self._client = client
        self._topic = topic
        self._producer: AIOKafkaProducer | None = None
        self.partitions = 0
        self.records_read = 0
        """Since the start: it grows as long as a restore goes on."""

    async def start(self) -> None:
        """Raises aiokafka.errors.KafkaError when the brokers or the topic cannot be reached."""
        self._producer = AIOKafkaProducer(
            **self._client,
            acks="all",
            # One record per batch: Tansu's end offsets are right only then, and a block fills a batch anyway.
            max_batch_size=1,
        )
        await self._producer.start()
        self.partitions = len(await self._producer.partitions_for(self._topic))

    async def stop(self) -> None:
        if self._producer is not None:
            await self._producer.stop()

    async def append(self, partition: int, records: Iterable[tuple[bytes, bytes | None]]) -> None:
        """Appends keys and values in order and returns when all are acknowledged; None deletes a key.

        At most two records are on their way, since each is a batch of its own.

        Raises:
            aiokafka.errors.KafkaError: some of them are not there; the caller repeats all.
        """
        assert self._producer is not None
        send = self._producer.send
        acknowledgements = [await send(self._topic, value, key, partition) for key, value in records]
        for acknowledgement in acknowledgements:
            await acknowledgement

    async def read(self, partition: int) -> AsyncIterator[tuple[bytes | None, bytes | None]]:
        """Every key and value of a partition up to its end at the moment of the first answer, whoever wrote it."""
        read_all_consumers_so()
        consumer = AIOKafkaConsumer(
            **self._client,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=_FETCH_BYTES,
            fetch_max_wait_ms=_FETCH_WAIT_MS,
        )
        tp = TopicPartition(self._topic, partition)
        await consumer.start()
        try:
            consumer.assign([tp])
            await consumer.seek_to_beginning(tp)
            end: int | None = None
            # The end comes from fetch responses: Tansu answers ListOffsets wrongly for batches of several records.
            while end is None or await consumer.position(tp) < end:
                for record in (await consumer.getmany(tp, timeout_ms=_POLL_MS)).get(tp, ()):
                    self.records_read += 1
                    yield record.key, record.value
                end = consumer.highwater(tp) if end is None else end
        finally:
            await consumer.stop()
