"""One number for all logical cells: equal digests mean equal contents, however they were partitioned."""

import hashlib
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from schemas.dimensions import DIMENSIONS
from streams.reporting.contents import without_zeros


class Digest(NamedTuple):
    """SHA-256 over `cells` logical cells."""

    sha256: str
    cells: int


def digest(client: Any, database: str, metric: str | None = None) -> Digest:
    """The digest of one metric, or of all.

    A logical cell is what is left when topics, partitions, parts and versions are merged: metric, definition,
    pane (start, s since 1970), segment (one value per dimension, in the order of `DIMENSIONS`), n, total,
    buckets, within. Cells come in the ascending order of the first four (text by its UTF-8 bytes), entries of
    buckets and within ascending by key; zero entries and cells without content are left out. Each cell is
    hashed as a JSON array of these eight without spaces, and a newline.
    """
    hasher = hashlib.sha256()
    cells = 0
    for line in _lines(client, f"{database}.panes", metric):
        hasher.update(line)
        cells += 1
    return Digest(hasher.hexdigest(), cells)


def _lines(client: Any, panes: str, metric: str | None) -> Iterator[bytes]:
    encode = msgspec.json.Encoder().encode
    for slice_of_one_month in _slices(client, panes, metric):
        for name, definition, pane, *segment, n, total, buckets, within in _cells(client, panes, slice_of_one_month):
            counts = [list(without_zeros(counted).items()) for counted in (buckets, within)]
            yield encode([name, definition, pane, segment, n, total, *counts]) + b"\n"


def _slices(client: Any, panes: str, metric: str | None) -> list[tuple[str, str, int]]:
    """Metric, definition and month (as YYYYMM) of all cells, in the digest's order.

    A month is a partition of the table: reading one at a time keeps ClickHouse's memory at a month of one
    metric.
    """
    condition = "" if metric is None else "WHERE metric = %(metric)s"
    rows = client.query(
        f"SELECT metric, definition, toYYYYMM(pane) AS month FROM {panes} {condition} GROUP BY ALL ORDER BY ALL",
        {"metric": metric},
    ).result_rows
    return [(row[0], row[1], row[2]) for row in rows]


def _cells(client: Any, panes: str, one: tuple[str, str, int]) -> Iterator[tuple[Any, ...]]:
    metric, definition, month = one
    segment = ", ".join(DIMENSIONS)
    with client.query_rows_stream(
        f"SELECT metric, definition, toUnixTimestamp(pane), {segment}, n, total, buckets, within FROM {panes} "
        "WHERE metric = %(metric)s AND definition = %(definition)s AND toYYYYMM(pane) = %(month)s "
        f"ORDER BY pane, {segment}",
        {"metric": metric, "definition": definition, "month": month},
    ) as rows:
        yield from rows
