"""Kafka record batches (format version 2) byte by byte, as only a hostile or broken producer writes them."""

import struct
from collections.abc import Callable, Iterable, Sequence

from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.produce import ProduceRequest
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy as Layout
from aiokafka.record.util import calc_crc32c, encode_varint
from aiokafka.structs import TopicPartition

RawHeader = tuple[bytes, bytes | None]


def varint(value: int) -> bytes:
    written = bytearray()
    encode_varint(value, written.append)
    return bytes(written)


def _sized(value: bytes | None) -> bytes:
    return varint(-1) if value is None else varint(len(value)) + value


def record(
    delta: int,
    value: bytes | None = b"{}",
    key: bytes | None = b"customer",
    headers: Iterable[RawHeader] = (),
    *,
    later: int = 0,
    attributes: bytes = b"\0",
) -> bytes:
    """One record; ``delta``: its offset after the batch's, ``later``: its timestamp after the batch's, ms."""
    named = [_sized(name) + _sized(content) for name, content in headers]
    body = attributes + varint(later) + varint(delta) + _sized(key) + _sized(value) + varint(len(named))
    body += b"".join(named)
    return varint(len(body)) + body


def batch(
    records: Sequence[bytes],
    timestamp: int,
    *,
    codec: int = 0,
    compress: Callable[[bytes], bytes] = bytes,
    base_offset: int = 0,
    last_delta: int | None = None,
    count: int | None = None,
    attributes: int = 0,
    producer_id: int = -1,
    crc: int | None = None,
) -> bytes:
    """A batch of records; what is not given is as it should be."""
    announced = len(records) if count is None else count
    written = bytearray(
        Layout.HEADER_STRUCT.pack(
            *(base_offset, 0, -1, 2, 0, attributes | codec),
            announced - 1 if last_delta is None else last_delta,
            *(timestamp, timestamp, producer_id, -1, -1, announced),
        )
    )
    written += compress(b"".join(records))
    struct.pack_into(">i", written, 8, len(written) - Layout.AFTER_LEN_OFFSET)
    checksum = calc_crc32c(bytes(written[Layout.ATTRIBUTES_OFFSET :])) if crc is None else crc
    struct.pack_into(">I", written, Layout.CRC_OFFSET, checksum)
    return bytes(written)


async def produce(bootstrap: str, topic: str, batches: Iterable[bytes], partition: int = 0) -> list[int]:
    """Send each batch as it is; the broker's error code for each, 0 where it took it."""
    client = AIOKafkaClient(bootstrap_servers=bootstrap)
    await client.bootstrap()
    try:
        await client._wait_on_metadata(topic)
        leader = client.cluster.leader_for_partition(TopicPartition(topic, partition))
        codes = []
        for each in batches:
            request = ProduceRequest(
                transactional_id=None, required_acks=-1, timeout=10_000, topics=[(topic, [(partition, each)])]
            )
            answer = await client.send(leader, request)
            codes.append(int(answer.topics[0][1][0][1]))
        return codes
    finally:
        await client.close()
