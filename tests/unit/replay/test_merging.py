"""Records of several partitions in the order in which they are published again."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from streams.replay.republishing import Wanted, merged
from tests.unit.shell.chunks import Record

times = st.lists(st.lists(st.integers(0, 50), max_size=8), max_size=5)


async def log(number: int, stamps: Sequence[int]) -> AsyncIterator[Any]:
    for offset, stamp in enumerate(stamps):
        yield Record(offset, b"", key=str(number).encode(), timestamp=stamp)


async def order(logs: Sequence[Sequence[int]]) -> list[tuple[bytes | None, int, int]]:
    records = [record async for record in merged([log(number, stamps) for number, stamps in enumerate(logs)])]
    return [(record.key, record.offset, record.timestamp) for record in records]


@given(times)
async def test_every_record_comes_once_and_those_of_a_partition_in_their_order(logs: list[list[int]]) -> None:
    found = await order(logs)
    for number, stamps in enumerate(logs):
        mine = [(offset, stamp) for key, offset, stamp in found if key == str(number).encode()]
        assert mine == list(enumerate(stamps))
    assert len(found) == sum(map(len, logs))


@given(times)
async def test_partitions_whose_timestamps_ascend_are_merged_by_them(logs: list[list[int]]) -> None:
    stamps = [stamp for _, _, stamp in await order([sorted(each) for each in logs])]
    assert stamps == sorted(stamps)


def test_a_time_range_has_its_first_millisecond_and_not_its_last() -> None:
    wanted = Wanted((), "rehearsal", None, frozenset(), first_ms=10, last_ms=20)
    held = [stamp for stamp in (9, 10, 19, 20) if wanted.holds(Record(0, b"", timestamp=stamp))]
    assert held == [10, 19]
