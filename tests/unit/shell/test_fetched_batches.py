"""What becomes of the batches that producers can get into a log and a strict reader stops at."""

import gzip
from collections.abc import Callable, Sequence
from typing import Any

import cramjam
import pytest
from aiokafka import codec as stock
from aiokafka.consumer.fetcher import PartitionRecords
from aiokafka.errors import CorruptRecordException
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.structs import TopicPartition

from streams.core.records import Unreadable
from streams.shell.careful_records import MOST_HEADERS
from streams.shell.fetched_batches import LARGEST_BATCH, FetchedBatches
from tests.kafka_batches import batch, record, varint
from tests.unit.shell.chunks import KAFKA_TIME

LATIN = (b"caf\xe9", b"\xff\0")
CODECS: dict[str, tuple[int, Callable[[bytes], bytes]]] = {
    "none": (0, bytes),
    "gzip": (1, stock.gzip_encode),
    "snappy of java": (2, stock.snappy_encode),
    "raw snappy": (2, lambda data: bytes(cramjam.snappy.compress_raw(data))),
    "lz4": (3, stock.lz4_encode),
    "zstd": (4, stock.zstd_encode),
}


def read(data: bytes, position: int = 0, batches: Any = FetchedBatches) -> tuple[list[Any], int]:
    """The records that aiokafka makes of a fetch response read from ``position`` on, and the position after them."""
    partition = TopicPartition("t", 0)
    fetched = PartitionRecords(partition, batches(data), [], position, None, None, True, isolation_level=1)
    return list(fetched), fetched.next_fetch_offset


def readable(records: Sequence[Any]) -> list[tuple[int, bytes | None]]:
    return [(each.offset, each.value) for each in records if not isinstance(each.value, Unreadable)]


def unreadable(records: Sequence[Any]) -> list[tuple[int, str, str]]:
    refused = [each for each in records if isinstance(each.value, Unreadable)]
    return [(each.offset, each.value.reason, each.value.detail) for each in refused]


@pytest.mark.parametrize("name", CODECS)
def test_what_is_in_order_is_read_as_aiokafka_reads_it(name: str) -> None:
    codec, compress = CODECS[name]
    records = [
        record(0, b"a"),
        record(1, None, None, later=-5),
        record(2, b"", b"", [("ü".encode(), None), (b"", b""), (b"a", b"1"), (b"a", b"2")]),
        record(3, b"x" * 300, attributes=b"\x7f"),
    ]
    first = batch(records, KAFKA_TIME, codec=codec, compress=compress)
    stamped_by_broker = batch([record(0, later=7)], KAFKA_TIME, base_offset=4, attributes=0x08)
    compacted = batch([record(1), record(5)], KAFKA_TIME, base_offset=5, last_delta=7)
    data = first + stamped_by_broker + compacted
    assert read(data) == read(data, batches=MemoryRecords)
    assert read(data, position=2) == read(data, position=2, batches=MemoryRecords)
    assert read(data[:-1]) == read(data[:-1], batches=MemoryRecords)


@pytest.mark.parametrize("name", CODECS)
def test_only_the_record_whose_header_name_is_no_utf8_is_unreadable(name: str) -> None:
    codec, compress = CODECS[name]
    records = [record(0, b"a"), record(1, b"b", headers=[(b"ok", b"1"), LATIN]), record(2, b"c")]
    found, after = read(batch(records, KAFKA_TIME, codec=codec, compress=compress))
    assert (readable(found), after) == ([(0, b"a"), (2, b"c")], 3)
    assert unreadable(found) == [(1, "unreadable_headers", "the name of a header is no UTF-8")]
    assert (found[1].key, found[1].value, found[1].timestamp) == (b"customer", b"b", KAFKA_TIME)
    assert [(name.encode("utf-8", "surrogateescape"), value) for name, value in found[1].headers] == [
        (b"ok", b"1"),
        LATIN,
    ]


def test_a_timestamp_that_64_bits_cannot_hold_spoils_no_neighbour() -> None:
    timed = [record(0, b"a", later=2**63 - 1), record(1, headers=[LATIN], later=2**63 - 1), record(2, b"c")]
    found, _ = read(batch(timed, KAFKA_TIME))
    assert readable(found) == [(0, b"a"), (2, b"c")]
    assert found[0].timestamp == found[1].timestamp == KAFKA_TIME - 2**63 - 1


def test_a_position_within_a_batch_is_where_reading_goes_on() -> None:
    records = [record(number, b"%d" % number, headers=[LATIN] * (number % 2)) for number in range(6)]
    found, after = read(batch(records, KAFKA_TIME), position=3)
    assert [each.offset for each in found] == [3, 4, 5]
    assert after == 6


@pytest.mark.parametrize(
    ("records", "read_before"),
    [
        ([record(0), record(5), record(1)], 1),
        ([record(0), record(2**31 - 1)], 1),
        ([record(2), record(1), record(0)], 0),
        ([record(0), record(0), record(0)], 1),
        ([record(-1), record(0)], 0),
    ],
    ids=["beyond", "far beyond", "falling", "repeated", "below"],
)
def test_offsets_that_are_not_the_records_own_take_no_one_elses_place(records: list[bytes], read_before: int) -> None:
    bad = batch(records, KAFKA_TIME)
    after = batch([record(0, b"next")], KAFKA_TIME, base_offset=len(records))
    found, position = read(bad + after)
    last = len(records) - 1
    assert readable(found) == [*((number, b"{}") for number in range(read_before)), (len(records), b"next")]
    assert [(offset, reason) for offset, reason, _ in unreadable(found)] == [(last, "unreadable_batch")]
    assert found[-2].value == bad
    assert position == len(records) + 1


def test_a_compacted_batch_with_offsets_in_no_order_gives_none_of_its_records() -> None:
    bad = batch([record(1), record(4), record(3)], KAFKA_TIME, last_delta=5)
    found, position = read(bad)
    assert (readable(found), position) == ([], 6)
    assert unreadable(found) == [(5, "unreadable_batch", "record 2 says that it is number 3 of 5")]


@pytest.mark.parametrize(
    ("codec", "compress"),
    [
        (1, lambda data: gzip.compress(data) + b"garbage"),
        (1, lambda data: gzip.compress(data)[:-3]),
        (3, lambda data: stock.lz4_encode(data) + b"garbage"),
        (4, lambda _: b"garbage"),
        (2, lambda _: b"\xff" * 40),
        (2, lambda data: stock.snappy_encode(data)[:-2]),
        (5, bytes),
        (7, bytes),
    ],
)
def test_what_cannot_be_decompressed_is_one_unreadable_record_at_the_end_of_its_batch(
    codec: int, compress: Callable[[bytes], bytes]
) -> None:
    bad = batch([record(0), record(1), record(2)], KAFKA_TIME, codec=codec, compress=compress)
    after = batch([record(0, b"next")], KAFKA_TIME, base_offset=3)
    found, position = read(bad + after, position=1)
    assert (readable(found), position) == ([(3, b"next")], 4)
    assert [(offset, reason) for offset, reason, _ in unreadable(found)] == [(2, "unreadable_batch")]
    assert (found[0].key, found[0].value, found[0].timestamp) == (None, bad, KAFKA_TIME)


@pytest.mark.parametrize("name", ["gzip", "lz4", "zstd"])
def test_a_few_kilobytes_of_gigabytes_are_not_unpacked(name: str) -> None:
    codec, compress = CODECS[name]
    bomb = batch([record(0, b"\0" * (LARGEST_BATCH + 1))], KAFKA_TIME, codec=codec, compress=compress)
    found, _ = read(bomb)
    ((offset, reason, detail),) = unreadable(found)
    assert (offset, reason) == (0, "unreadable_batch")
    assert f"at most {LARGEST_BATCH} bytes" in detail
    largest = LARGEST_BATCH - len(record(0, b"")) - 10
    found, _ = read(batch([record(0, b"\0" * largest)], KAFKA_TIME, codec=codec, compress=compress))
    assert unreadable(found) == []


def test_of_a_large_record_only_so_many_headers_are_read() -> None:
    headers = 20_000_000
    smallest = b"\x02h\x00"
    body = record(0, b"value")[1:-1] + varint(headers) + smallest * headers
    bomb = batch([varint(len(body)) + body, record(1, b"next")], KAFKA_TIME, codec=4, compress=stock.zstd_encode)
    found, _ = read(bomb)
    assert readable(found) == [(0, b"value"), (1, b"next")]
    assert found[0].headers == (("h", b""),) * MOST_HEADERS


@pytest.mark.parametrize(("count", "last_delta"), [(3, 2), (2**31 - 1, 2**31 - 2), (1, 0), (5, 1), (-1, 1)])
def test_a_batch_that_announces_other_records_than_it_has_stays_within_its_offsets(count: int, last_delta: int) -> None:
    data = batch([record(0, b"a"), record(1, b"b")], KAFKA_TIME, count=count, last_delta=last_delta)
    found, position = read(data)
    assert [each.offset for each in found] == sorted({each.offset for each in found})
    assert all(0 <= each.offset <= last_delta for each in found)
    assert position == last_delta + 1


def test_bytes_that_are_not_what_was_sent_end_the_reading() -> None:
    with pytest.raises(CorruptRecordException, match="Invalid CRC"):
        read(batch([record(0)], KAFKA_TIME, crc=1))
    with pytest.raises(CorruptRecordException, match="a batch of 13 bytes"):
        read(b"\0" * 11 + b"\1" + b"\0")


def test_what_an_aborted_transaction_wrote_is_passed_over_unread() -> None:
    partition = TopicPartition("t", 0)
    data = batch([record(0, headers=[LATIN]), record(9)], KAFKA_TIME, attributes=0x10, producer_id=7)
    marker = batch([record(0, b"\0\0\0\0\0\0", b"\0\0\0\0")], KAFKA_TIME, base_offset=2, attributes=0x30, producer_id=7)
    after = batch([record(0, b"next")], KAFKA_TIME, base_offset=3)
    fetched = PartitionRecords(partition, FetchedBatches(data + marker + after), [(7, 0)], 0, None, None, True, 1)
    assert readable(list(fetched)) == [(3, b"next")]
    assert fetched.next_fetch_offset == 4
