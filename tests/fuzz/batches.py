"""Fetch responses: batches that producers wrote byte by byte, broken in their records, framing and compression."""

import gzip
import struct
from collections.abc import Callable
from random import Random
from typing import Final, get_args

import cramjam
import zstandard
from aiokafka import codec as stock
from aiokafka.consumer.fetcher import PartitionRecords
from aiokafka.record.util import calc_crc32c
from aiokafka.structs import TopicPartition

from schemas.rejects import Reason
from streams.core.records import Unreadable
from streams.shell.fetched_batches import LARGEST_BATCH, FetchedBatches
from tests.fuzz.mutation import mutated_bytes
from tests.kafka_batches import batch, record, varint

_CODECS: Final[tuple[tuple[int, Callable[[bytes], bytes]], ...]] = (
    *(
        (0, bytes),
        (0, bytes),
        (1, gzip.compress),
        (2, stock.snappy_encode),
        (3, stock.lz4_encode),
        (4, stock.zstd_encode),
    ),
    (2, lambda data: bytes(cramjam.snappy.compress_raw(data))),
)
_NAMES: Final = (b"trace", b"", b"caf\xe9", b"\xff" * 40, "größe".encode())
_TIMES: Final = (1_772_355_600_000, 0, -1, -(2**63), 2**63 - 1)
_LENGTH: Final = struct.Struct(">qi")
_MAGIC_AT: Final = 16
_CRC_AT: Final = 17
_ATTRIBUTES_AT: Final = 21
_RECORDS_AT: Final = 61
_BASE: Final = 100
_GOOD_OFFSET: Final = 2**62
_GOOD: Final = batch([record(0, b"good")], _TIMES[0], base_offset=_GOOD_OFFSET)


class Batches:
    """Each batch is read as aiokafka's fetcher reads it; then a good one of another producer that follows it."""

    def __init__(self) -> None:
        self._bombs = [_bomb(size) for size in (LARGEST_BATCH // 2, LARGEST_BATCH, 4 * LARGEST_BATCH)]

    def make(self, choose: Random) -> bytes:
        if choose.random() < 0.001:
            bomb = choose.choice(self._bombs)
            return batch([b""], _TIMES[0], codec=4, compress=lambda _: bomb, base_offset=_BASE)
        codec, compress = choose.choice(_CODECS)
        records = [_record(choose, number) for number in range(choose.choice((0, 1, 1, 2, 3, 20)))]
        if choose.random() < 0.3 and records:
            at = choose.randrange(len(records))
            records[at] = mutated_bytes(choose, records[at])
        if choose.random() < 0.1:
            records = [b"".join(records)] * choose.choice((1, 2))
        data = batch(
            records,
            choose.choice(_TIMES),
            codec=choose.choice((codec, codec, codec, codec, choose.randrange(8))),
            compress=lambda plain: _squeezed(choose, compress, plain),
            base_offset=_BASE,
            attributes=choose.choice((0, 0, 0, 0x08, 0x10, 0x7F80)),
            last_delta=choose.choice((None, None, None, 0, 5, 2**31 - 1, -1)),
            count=choose.choice((None, None, None, 0, 1, 5, 2**31 - 1, -1)),
        )
        if choose.random() < 0.2:
            data = mutated_bytes(choose, data)
        return _checksummed(data) if choose.random() < 0.95 else mutated_bytes(choose, _checksummed(data))

    def allowance(self, case: bytes) -> int:
        """Decompressed, joined with its header, and the copy that aiokafka's parser makes."""
        return 32 * 2**20 + 4 * LARGEST_BATCH + 64 * len(case)

    def check(self, case: bytes) -> None:
        partition = TopicPartition("t", 0)
        fetched = PartitionRecords(
            partition, FetchedBatches(case + _GOOD), [], _BASE, None, None, True, isolation_level=1
        )
        records = []
        try:
            records += fetched
        except Exception:
            if _is_whole(case):  # bytes that a broker can have taken from a producer
                raise
        offsets = [each.offset for each in records]
        assert offsets == sorted(set(offsets)), "each record once, in order"
        for value in [each.value for each in records if isinstance(each.value, Unreadable)]:
            assert value.reason in get_args(Reason)
            assert len(value.detail) < 300
        if _is_whole(case):
            first, last = _extent(case)
            assert all(first <= offset <= last for offset in offsets[:-1]), "in nobody else's place"
            assert last >= _GOOD_OFFSET or (offsets[-1], records[-1].value) == (_GOOD_OFFSET, b"good")

    def close(self) -> None: ...


def _record(choose: Random, number: int) -> bytes:
    return record(
        choose.choice((number, number, number, number, number, number + 1, -1, 2**31 - 1)),
        choose.choice((b"{}", b"", None, b"x" * choose.choice((10, 300, 5_000)))),
        choose.choice((b"customer", b"", None)),
        [(choose.choice(_NAMES), choose.choice((b"v", b"", None))) for _ in range(choose.choice((0, 0, 0, 1, 3)))],
        later=choose.choice((0, 1, -1, 2**62)),
        attributes=choose.choice((b"\0", b"\0", b"\x7f", b"\x80", b"\xff")),
    )


def _bomb(size: int) -> bytes:
    """One record of ``size`` zeros and a little more, compressed piece by piece."""
    piece = 2**20
    start = b"\0" + varint(0) + varint(0) + varint(-1) + varint(size)
    compressor = zstandard.ZstdCompressor().compressobj()
    squeezed = compressor.compress(varint(len(start) + size + 1) + start)
    squeezed += b"".join(compressor.compress(bytes(piece)) for _ in range(size // piece))
    return squeezed + compressor.compress(varint(0)) + compressor.flush()


def _squeezed(choose: Random, compress: Callable[[bytes], bytes], plain: bytes) -> bytes:
    data = compress(plain)
    match choose.randrange(12):
        case 0:
            return mutated_bytes(choose, data)
        case 1:
            return data + choose.choice((b"garbage", b"\0", data))
        case _:
            return data


def _checksummed(data: bytes) -> bytes:
    """With the checksum of what is there, as no broker takes another one, nor other formats or markers of its own."""
    if len(data) < _RECORDS_AT:
        return data
    changed = bytearray(data)
    changed[_MAGIC_AT] = 2
    changed[_ATTRIBUTES_AT + 1] &= ~0x20
    struct.pack_into(">I", changed, _CRC_AT, calc_crc32c(bytes(changed[_ATTRIBUTES_AT:])))
    return bytes(changed)


def _is_whole(data: bytes) -> bool:
    """Whether these bytes are framed as any broker wants them, whatever is in the frame."""
    return (
        len(data) >= _RECORDS_AT
        and _LENGTH.unpack_from(data)[1] == len(data) - _LENGTH.size
        and data == _checksummed(data)
        and _extent(data)[0] <= _extent(data)[1]
    )


def _extent(data: bytes) -> tuple[int, int]:
    """First and last offset that belong to the batch."""
    first, _ = _LENGTH.unpack_from(data)
    (last_delta,) = struct.unpack_from(">i", data, _ATTRIBUTES_AT + 2)
    return first, first + last_delta
