from collections.abc import Sequence

import pytest

from schemas.rejects import Reject
from streams.shell.rejections import NEWEST, Limits, Rejections
from tests.unit.shell.chunks import chunk

IN_A_ROW = Limits(in_a_row=3, share=1)
SHARE = Limits(in_a_row=0, share=0.5)


def seen(*chunks: Sequence[bool]) -> Rejections:
    """After chunks of records, which are good or not."""
    rejections, offset = Rejections(), 0
    for goods in chunks:
        records = chunk(offset, [b""] * len(goods)).records
        bad = [record.offset for record, good in zip(records, goods, strict=True) if not good]
        rejections.saw(records, [Reject(each, "not_json", "") for each in bad])
        offset += len(goods)
    return rejections


@pytest.mark.parametrize(
    ("chunks", "stops"),
    [
        ([[False, False]], False),
        ([[False, False, False]], True),
        ([[False, False], [False]], True),
        ([[False, False], [], [False]], True),
        ([[False, False], [True], [False]], False),
        ([[False, False, True, False, False]], False),
        ([[True, False, False, False]], True),
    ],
)
def test_rejected_records_without_a_good_one_between_them_are_a_row_over_all_chunks(
    chunks: list[list[bool]], stops: bool
) -> None:
    excess = seen(*chunks).excess(IN_A_ROW)
    assert (excess is not None) == stops
    if stops:
        assert excess == "3 records in a row were rejected, most of them as not_json"


def test_a_row_of_any_length_is_no_excess_without_a_limit() -> None:
    assert seen([False] * 50).excess(Limits(in_a_row=0, share=1)) is None


def test_the_share_is_taken_of_the_newest_records_and_of_no_fewer() -> None:
    bad, good = [False] * 1_000, [True] * 1_000
    few = NEWEST // 1_000 - 1
    assert seen(*[bad] * few).excess(SHARE) is None
    half = seen(*[bad, good] * (NEWEST // 2_000))
    assert half.excess(SHARE) is None
    assert seen(*[bad, good] * (NEWEST // 2_000), bad).excess(SHARE) is None
    assert seen(*[good] * 50, *[bad] * 6).excess(SHARE) == "6,000 of the last 10,000 records were rejected"


def test_records_long_ago_count_no_more() -> None:
    bad, good = [False] * 1_000, [True] * 1_000
    assert seen(*[bad] * 20).excess(SHARE) is not None
    assert seen(*[bad] * 20, *[good] * 10).excess(SHARE) is None


def test_a_chunk_larger_than_what_the_share_is_taken_of_counts_whole() -> None:
    assert seen([False] * (2 * NEWEST)).excess(SHARE) == "20,000 of the last 20,000 records were rejected"
