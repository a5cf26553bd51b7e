"""What the store sends, without a server."""

import pytest

from schemas.dimensions import NO_SEGMENT
from schemas.rows import Row
from sinks.clickhouse.address import AddressError
from sinks.clickhouse.client import connect, is_permanent
from sinks.clickhouse.store import RowBatch

ROW = Row("nps", "nps.v1", 60, NO_SEGMENT, "topic", 0, 0, 7, 2, 19, {9: 1, 10: 1}, {})


def test_equal_rows_have_one_token() -> None:
    again = Row(*ROW[:-2], {9: 1, 10: 1}, {})
    assert RowBatch.of([ROW]).token == RowBatch.of([again]).token


@pytest.mark.parametrize(
    "other",
    [
        ROW._replace(version=8),
        ROW._replace(part=1),
        ROW._replace(segment=("web", *NO_SEGMENT[1:])),
        ROW._replace(buckets={9: 2}),
    ],
)
def test_another_identity_version_or_content_has_another_token(other: Row) -> None:
    assert RowBatch.of([ROW]).token != RowBatch.of([other]).token


def test_the_token_depends_on_all_rows() -> None:
    assert RowBatch.of([ROW]).token != RowBatch.of([ROW, ROW._replace(partition=1)]).token


@pytest.mark.parametrize("url", ["127.0.0.1:8123", "tcp://clickhouse:9000", "http://"])
def test_an_address_that_is_none_says_how_to_write_one(url: str) -> None:
    with pytest.raises(AddressError, match=r"http://HOST:8123") as error:
        connect(url, "default", "", 1)
    assert is_permanent(error.value)


@pytest.mark.parametrize("scheme", ["http", "clickhouse"])
def test_a_password_in_the_address_is_refused_and_not_repeated(scheme: str) -> None:
    with pytest.raises(AddressError) as error:
        connect(f"{scheme}://user:hunter2@127.0.0.1:8123", "default", "", 1)
    assert "hunter2" not in str(error.value)
