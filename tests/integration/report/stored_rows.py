"""Rows made by hand, and a database to put them into."""

import asyncio
from datetime import datetime
from typing import Any, NamedTuple

from schemas.dimensions import DIMENSIONS, Segment
from schemas.rows import Row
from sinks.clickhouse.store import ClickHouseStore, RowBatch
from streams.reporting.contents import Contents


class Database(NamedTuple):
    """Rows go in, contents come out."""

    client: Any
    name: str
    url: str

    def store(self, *rows: Row) -> None:
        store = ClickHouseStore(self.url, "default", "", self.name)

        async def stored() -> None:
            try:
                await store.store(RowBatch.of(rows))
            finally:
                store.close()

        asyncio.run(stored())

    @property
    def contents(self) -> Contents:
        return Contents(self.client, self.name)


def segment(**values: str) -> Segment:
    return tuple(values.get(name, "") for name in DIMENSIONS)


def row(
    pane: str,
    buckets: dict[int, int],
    metric: str = "nps",
    definition: str = "nps.v1",
    within: dict[int, int] | None = None,
    total: int | None = None,
    topic_id: str = "topic",
    partition: int = 0,
    part: int = 0,
    version: int = 1,
    **dimensions: str,
) -> Row:
    """A stored cell; `pane` is ISO 8601 with an offset; n and total follow from the buckets of answers."""
    return Row(
        metric,
        definition,
        int(datetime.fromisoformat(pane).timestamp()),
        segment(**dimensions),
        topic_id,
        partition,
        part,
        version,
        sum(number for code, number in buckets.items() if code != -1),
        sum(code * number for code, number in buckets.items() if code != -1) if total is None else total,
        buckets,
        within or {},
    )
