"""Filling a topic as fast as two cores can: a process per partition encodes whole record batches and sends them."""

import asyncio
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from os import cpu_count
from typing import Any, Final, NamedTuple

from aiokafka import AIOKafkaProducer
from kafka.admin import KafkaAdminClient

from tests.bench.load.events import Record, records
from tests.bench.load.plan import Load
from tests.bench.oracle import Cells, Oracle, merged

BATCH_BYTES: Final = 131_072
"""Of a record batch before compression: some 400 events, as a busy producer with a short linger makes them."""


class Topic(NamedTuple):
    """A filled topic and what it must lead to."""

    name: str
    load: Load
    expected: Cells


def create_topic(bootstrap: str, name: str, partitions: int) -> None:
    """An empty topic, ready to be written."""
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        admin.create_topics({name: {"num_partitions": partitions, "replication_factor": 1}})
        admin.wait_for_topics([name])
    finally:
        admin.close()


def fill(bootstrap: str, name: str, load: Load) -> Topic:
    """Makes the topic and puts everything of the load into it."""
    create_topic(bootstrap, name, load.partitions)
    with ProcessPoolExecutor(cpu_count()) as pool:
        parts = pool.map(partial(_fill_partition, bootstrap, name, load), range(load.partitions))
        return Topic(name, load, merged(parts))


def _fill_partition(bootstrap: str, name: str, load: Load, partition: int) -> Cells:
    oracle = Oracle()
    asyncio.run(publish(bootstrap, name, partition, _witnessed(records(load, partition), oracle)))
    return oracle.cells()


def _witnessed(made: Iterable[Record], oracle: Oracle) -> Iterator[Record]:
    for record in made:
        oracle.add(record.value)
        yield record


async def publish(bootstrap: str, topic: str, partition: int, made: Iterable[Record]) -> None:
    """Every record in order, lz4, in batches of `BATCH_BYTES`; returns when all are acknowledged."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, compression_type="lz4", max_batch_size=BATCH_BYTES, acks=1)
    await producer.start()
    try:
        left = iter(made)
        sent: list[Any] = []
        record = next(left, None)
        while record is not None:
            batch = producer.create_batch()
            while record is not None and batch.append(key=record.key, value=record.value, timestamp=record.timestamp):
                record = next(left, None)
            sent.append(await producer.send_batch(batch, topic, partition=partition))
        for acknowledged in sent:
            await acknowledged
    finally:
        await producer.stop()
