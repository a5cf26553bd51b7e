"""Kafka's records (format version 2), read so that whatever a broker takes can be read.

aiokafka's parser is fast and strict: one header name that is no UTF-8, and neither that record nor any after it can be
read, however often it is tried. This one is slow and marks such a record `Unreadable`. Both give the same where both
can read.
"""

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from aiokafka.record.default_records import DefaultRecord
from aiokafka.record.util import decode_varint_py

from streams.core.records import Unreadable

MOST_HEADERS: Final = 1_000
"""Headers that are read of a record; 64 MiB of the smallest would be 20 million, 1.4 GB and half a minute."""

_ESCAPED: Final = re.compile("[\udc80-\udcff]")
"""What `surrogateescape` makes of bytes that are no UTF-8."""

Header = tuple[str, bytes | None]


class FormatError(ValueError):
    """The bytes are not the records their batch announces."""


class Frame(NamedTuple):
    """What a batch says about all of its records."""

    base_offset: int
    last_delta: int
    """Offset of its last record, from ``base_offset`` on; a compacted log has batches with fewer records than that."""
    records: int
    base_timestamp: int
    log_append_time: int | None
    """Timestamp of all records, if the broker sets it."""


def read_records(data: bytes, frame: Frame) -> Iterator[Any]:
    """The records as aiokafka's parser gives them.

    A header name that is no UTF-8 is given with its bytes escaped (`surrogateescape`), and the value as `Unreadable`.

    Raises FormatError at the first record that is not what or where it should be. A producer may write any offset into
    an uncompressed record and Kafka does not mind: a partition that had applied a wrong one would ignore all records up
    to it.
    """
    try:
        yield from _read_all(data, frame)
    except IndexError as error:
        raise FormatError("a record ends too early") from error
    except (ValueError, OverflowError) as error:
        raise FormatError(str(error)) from error


def _read_all(data: bytes, frame: Frame) -> Iterator[Any]:
    compacted = frame.records != frame.last_delta + 1
    if compacted:
        _check_order(data, frame)
    position = 0
    for number in range(frame.records):
        record, position = _read(data, position, frame)
        if not compacted and record.offset != frame.base_offset + number:
            raise FormatError(f"record {number} says that it is number {record.offset - frame.base_offset}")
        yield record
    if position != len(data):
        raise FormatError(f"{len(data) - position} bytes are left after the last record")


def _check_order(data: bytes, frame: Frame) -> None:
    """Raises FormatError unless every offset is above the one before and within the batch."""
    position, before = 0, -1
    for number in range(frame.records):
        start, position = _extent(data, position)
        _, delta, _ = _deltas(data, start)
        if not before < delta <= frame.last_delta:
            raise FormatError(f"record {number} says that it is number {delta} of {frame.last_delta}")
        before = delta


def _read(data: bytes, position: int, frame: Frame) -> tuple[Any, int]:
    """The record at ``position``, and where it ends."""
    start, end = _extent(data, position)
    later, delta, position = _deltas(data, start)
    key, position = _bytes(data, position)
    value, position = _bytes(data, position)
    headers, position = _headers(data, position, end)
    if position != end:
        raise FormatError(f"a record of {end - start} bytes takes {position - start}")
    if any(_ESCAPED.search(name) for name, _ in headers):
        value = Unreadable(value or b"", "unreadable_headers", "the name of a header is no UTF-8")
    timestamp = _wrapped(frame.base_timestamp + later) if frame.log_append_time is None else frame.log_append_time
    timestamp_type = int(frame.log_append_time is not None)
    return DefaultRecord(frame.base_offset + delta, timestamp, timestamp_type, key, value, headers), end


def _wrapped(number: int) -> int:
    """As 64 bits hold it, and as aiokafka's parser gives it."""
    return (number + 2**63) % 2**64 - 2**63


def _extent(data: bytes, position: int) -> tuple[int, int]:
    """Where the record at ``position`` has its first byte after its length, and where it ends."""
    length, start = decode_varint_py(data, position)
    if not 0 <= length <= len(data) - start:
        raise FormatError(f"a record of {length} bytes where {len(data) - start} are left")
    return start, start + length


def _deltas(data: bytes, position: int) -> tuple[int, int, int]:
    """Of timestamp and offset, behind a byte of attributes that mean nothing yet; and where they end."""
    later, position = decode_varint_py(data, position + 1)
    delta, position = decode_varint_py(data, position)
    return later, delta, position


def _headers(data: bytes, position: int, end: int) -> tuple[list[Header], int]:
    """The first `MOST_HEADERS` headers, and where the last of all of them ends."""
    count, position = decode_varint_py(data, position)
    headers: list[Header] = []
    for _ in range(min(count, MOST_HEADERS)):
        name, position = _bytes(data, position)
        value, position = _bytes(data, position)
        headers.append(((name or b"").decode("utf-8", "surrogateescape"), value))
    return headers, position if count <= MOST_HEADERS else end


def _bytes(data: bytes, position: int) -> tuple[bytes | None, int]:
    length, position = decode_varint_py(data, position)
    if length < 0:
        return None, position
    if length > len(data) - position:
        raise FormatError(f"{length} bytes where {len(data) - position} are left")
    return data[position : position + length], position + length
