"""Where results go and how they are read back."""

from typing import Any, Final

from schemas.buckets import BOUNDS
from tests.bench.job import COLUMNS, LIMITS_MS
from tests.bench.oracle import Cells

TABLE: Final = """
CREATE TABLE {database}.cells
(
    pane DateTime('UTC'),
    channel LowCardinality(String),
    region LowCardinality(String),
    team LowCardinality(String),
    {columns},
    version UInt64
)
ENGINE = ReplacingMergeTree(version) ORDER BY (pane, channel, region, team)
"""
"""For peers: absolute rows, so that storing one again changes nothing."""

CLASS_BUCKETS: Final = [0, *(1 + BOUNDS.index(limit) for limit in LIMITS_MS)]
"""The first of cxstream's buckets in each response-time class."""

CXSTREAM_CELLS: Final = """
SELECT toUnixTimestamp(pane), channel, region, team,
       sumIf(promoters, kind = 'nps'), sumIf(passives, kind = 'nps'), sumIf(detractors, kind = 'nps'), {classes}
FROM
(
    SELECT pane, channel, region, team, 'nps' AS kind, promoters, passives, detractors,
           CAST(map(), 'Map(Int32, Int64)') AS buckets
    FROM {database}.nps
    UNION ALL
    SELECT pane, channel, region, team, 'response' AS kind, 0, 0, 0, buckets
    FROM {database}.panes WHERE metric IN ('measured.response', 'first_response')
)
GROUP BY ALL
"""
"""What a user would read: the view of NPS, and the buckets of the merged panes."""


def create(client: Any, database: str) -> None:
    """An empty table for a peer's result."""
    client.command(f"CREATE DATABASE {database}")
    client.command(TABLE.format(database=database, columns=", ".join(f"{name} UInt64" for name in COLUMNS)))


def read(client: Any, database: str) -> Cells:
    """What a peer has stored."""
    names = ", ".join(COLUMNS)
    return _cells(client, f"SELECT toUnixTimestamp(pane), channel, region, team, {names} FROM {database}.cells FINAL")


def read_cxstream(client: Any, database: str) -> Cells:
    """What cxstream has stored, its buckets added up to the classes of the job."""
    ends = [*CLASS_BUCKETS[1:], len(BOUNDS)]
    classes = ", ".join(
        f"sum(arraySum(mapValues(mapFilter((bucket, seen) -> bucket >= {low} AND bucket < {high}, buckets))))"
        for low, high in zip(CLASS_BUCKETS, ends, strict=True)
    )
    return _cells(client, CXSTREAM_CELLS.format(database=database, classes=classes))


def _cells(client: Any, query: str) -> Cells:
    rows = ((tuple(row[:4]), tuple(row[4:])) for row in client.query(query).result_rows)
    return {key: counts for key, counts in rows if any(counts)}
