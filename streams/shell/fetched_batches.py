"""From the bytes of a fetch response to records, whatever a producer has written into them.

aiokafka keeps positions, transactions and checksums; here is only how a batch becomes records, because of what real
brokers take and aiokafka's own reader is stopped by for ever, or worse: header names that are no UTF-8, offsets that
are not the record's own, bytes after the end of compressed data, and a few kilobytes that decompress to gigabytes.
"""

import struct
from collections.abc import Callable, Iterator
from typing import Any, Final

from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import DefaultRecord, DefaultRecordBatch
from aiokafka.record.legacy_records import LegacyRecordBatch

from streams.core.records import Unreadable
from streams.decompression import Codec, DecompressionError, Decompressor
from streams.shell.careful_records import Frame, read_records

LARGEST_BATCH: Final = 64 * 2**20
"""Bytes of a batch's records, decompressed: four times the largest batch that a topic of ours takes."""

_QUICK_BYTES: Final = 4 * 2**20
"""A larger batch is read with care: headers of three bytes take twenty times as much in memory."""

_LENGTH: Final = struct.Struct(">qi")
"""Base offset, and length of what follows."""
_MAGIC_AT: Final = 16
_CODEC_AT: Final = 22
"""Lower byte of the attributes."""
_COUNT: Final = struct.Struct(">i")
_COUNT_AT: Final = 57
_RECORDS_AT: Final = 61
_SMALLEST_BATCH: Final = 26
"""Of format version 0."""
_MAGIC: Final = 2
"""Of the format that Kafka writes since 0.11."""
_CODEC_BITS: Final = 0b111
_CODECS: Final[dict[int, Codec]] = {1: "gzip", 2: "snappy", 3: "lz4", 4: "zstd"}


def read_all_consumers_so() -> None:
    """Has every aiokafka consumer of this process read its fetch responses by `FetchedBatches`.

    aiokafka has no place for another reader, so the name that its fetcher looks up is set.
    """
    fetcher.MemoryRecords = FetchedBatches
    fetcher.PartitionRecords = PlainRecords


class PlainRecords(fetcher.PartitionRecords):  # type: ignore[misc]
    """The records of one partition in a fetch response, as its batches give them.

    aiokafka copies each into an object of eleven fields, which takes as long as decoding the event in it.
    """

    def __iter__(self) -> Iterator[Any]:
        # The generator itself: the stock iterator calls it through a method of its own for each record.
        return self._records_iterator or iter(())

    def _consumer_record(self, tp: Any, record: Any) -> Any:
        return record


class FetchedBatches:
    """The batches of one partition in a fetch response; as aiokafka's `MemoryRecords`."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._decompressor: Decompressor | None = None

    def size_in_bytes(self) -> int:
        return len(self._data)

    def has_next(self) -> bool:
        """False also before a batch that the size of the response has cut."""
        return self._end() <= len(self._data)

    def next_batch(self) -> Any:
        """Raises CorruptRecordException when what comes is no batch: then the broker is broken, not a producer."""
        start, self._at = self._at, self._end()
        data = bytes(self._data[start : self._at])
        if len(data) < _SMALLEST_BATCH:
            raise CorruptRecordException(f"a batch of {len(data)} bytes")
        if data[_MAGIC_AT] < _MAGIC:
            return LegacyRecordBatch(data, data[_MAGIC_AT])
        batch = DefaultRecordBatch(data)
        # The marker of a transaction is for aiokafka to read; Kafka lets no producer write one.
        return batch if batch.is_control_batch else Batch(data, batch, self._decompress)

    def _decompress(self, codec: Codec, data: bytes) -> bytes:
        if self._decompressor is None:
            self._decompressor = Decompressor(LARGEST_BATCH)
        return self._decompressor.decompress(codec, data)

    def _end(self) -> int:
        """Where the next batch ends; past the data when it is not whole."""
        if self._at + _LENGTH.size > len(self._data):
            return len(self._data) + 1
        _, length = _LENGTH.unpack_from(self._data, self._at)
        return self._at + _LENGTH.size + max(0, int(length))


class Batch:
    """One batch of producers' records; as aiokafka's `DefaultRecordBatch`, iterated over once."""

    def __init__(self, data: bytes, stock: Any, decompress: Callable[[Codec, bytes], bytes]) -> None:
        """``data``: the whole batch; ``stock``: aiokafka's object of it."""
        self.producer_id: int = stock.producer_id
        self.base_offset: int = stock.base_offset
        self.next_offset: int = stock.next_offset
        self.is_transactional: bool = stock.is_transactional
        self.is_control_batch = False
        self._data = data
        self._stock = stock
        self._decompress = decompress

    def validate_crc(self) -> bool:
        """False when this is not what the producer sent. The worker then ends: the bytes may be whole on another
        replica or next time, and a dead letter would count them as bad for ever."""
        valid: bool = self._stock.validate_crc()
        return valid

    def __iter__(self) -> Iterator[Any]:
        """Every record; of what cannot be read, one `Unreadable` with the bytes of the batch in place of the rest.

        That one stands at the batch's last offset, which is above all that were read and at or above any position.
        """
        try:
            yield from self._records()
        except ValueError as error:
            unreadable = Unreadable(self._data, "unreadable_batch", str(error))
            yield DefaultRecord(self.next_offset - 1, self._stock.max_timestamp, 0, None, unreadable, [])

    def _records(self) -> Iterator[Any]:
        """Raises DecompressionError, FormatError."""
        stock = self._stock
        (count,) = _COUNT.unpack_from(self._data, _COUNT_AT)
        codec = stock.compression_type
        if codec:
            if codec not in _CODECS:
                raise DecompressionError(f"no codec has the number {codec}")
            plain = self._decompress(_CODECS[codec], self._data[_RECORDS_AT:])
            header = bytearray(self._data[:_RECORDS_AT])
            header[_CODEC_AT] &= ~_CODEC_BITS
            stock = DefaultRecordBatch(bytes(header) + plain)
        else:
            plain = self._data[_RECORDS_AT:]
        frame = Frame(
            self.base_offset,
            stock.last_offset_delta,
            count,
            stock.first_timestamp,
            stock.max_timestamp if stock.timestamp_type else None,
        )
        whole = count == stock.last_offset_delta + 1
        quick = _read_quickly(stock, frame) if whole and len(plain) <= _QUICK_BYTES else None
        yield from read_records(plain, frame) if quick is None else quick


def _read_quickly(stock: Any, frame: Frame) -> list[Any] | None:
    """All records by aiokafka's parser; None when one of them may not be what or where it should be."""
    try:
        records = list(stock)
    except (ValueError, CorruptRecordException):
        return None
    offsets = range(frame.base_offset, frame.base_offset + frame.records)
    return records if [record.offset for record in records] == list(offsets) else None
