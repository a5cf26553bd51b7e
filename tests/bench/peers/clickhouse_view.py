"""ClickHouse alone: raw records into a materialized view, the engine's own ceiling.

The Kafka engine would be the way of its documentation. The embedded engine has it and cannot run it: chdb 4.4 answers
``CREATE TABLE ... ENGINE = Kafka`` with "Code: 49. DB::Exception: Shutdown was called. (LOGICAL_ERROR)". So this
process fetches as cxstream does and posts joined records as they are, ``INSERT ... FORMAT JSONEachRow``, 200 000 at a
time, one insert while the next records are fetched; a materialized view over a Null table counts them into a
SummingMergeTree. Nothing remembers what was counted already: a record delivered twice, or an insert repeated after an
error, counts twice. The CPU time of the engine is counted too.
"""

import asyncio
from typing import Any

import clickhouse_connect

from tests.bench.job import ANSWERED, COLUMNS, LIMITS_MS, MEASURE, MEASURED
from tests.bench.peers.limit_fetch import consume
from tests.bench.task import Task

RECORDS_PER_INSERT = 200_000

EVENTS = """
CREATE TABLE {database}.events
(
    type LowCardinality(String), time DateTime64(3, 'UTC'),
    data Tuple(score Int16, measure String, duration_ms Int64, channel String, region String, team String)
) ENGINE = Null
"""

SUMS = """
CREATE TABLE {database}.sums (pane DateTime('UTC'), channel String, region String, team String, {columns})
ENGINE = SummingMergeTree ORDER BY (pane, channel, region, team)
"""

VIEW = """
CREATE MATERIALIZED VIEW {database}.counting TO {database}.sums AS
SELECT toStartOfMinute(time) AS pane, data.channel AS channel, data.region AS region, data.team AS team, {counts}
FROM {database}.events
WHERE type = '{answered}' OR data.measure = '{measure}'
GROUP BY pane, channel, region, team
"""

RESULT = """
INSERT INTO {database}.cells
SELECT pane, channel, region, team, {sums}, 1 FROM {database}.sums GROUP BY pane, channel, region, team
"""


def counts() -> str:
    """One conditional count for each column of the job."""
    lows, highs = (-1, *LIMITS_MS), (*LIMITS_MS, 2**40)
    conditions = [
        *(f"type = '{ANSWERED}' AND data.score BETWEEN {low} AND {high}" for low, high in ((9, 10), (7, 8), (0, 6))),
        *(
            f"type = '{MEASURED}' AND data.duration_ms > {low} AND data.duration_ms <= {high}"
            for low, high in zip(lows, highs, strict=True)
        ),
    ]
    return ", ".join(f"countIf({each}) AS {name}" for name, each in zip(COLUMNS, conditions, strict=True))


class Inserting:
    """One insert at a time, while the next records are fetched."""

    def __init__(self, client: Any, database: str) -> None:
        self._client = client
        self._database = database
        self._values: list[bytes] = []
        self._running: asyncio.Future[None] | None = None

    async def take(self, records: list[Any]) -> None:
        self._values += [record.value for record in records]
        if len(self._values) >= RECORDS_PER_INSERT:
            await self.flush()

    async def flush(self) -> None:
        """Begins to insert what is there, once the insert before is done."""
        await self.done()
        block = b"\n".join(self._values)
        self._values = []
        self._running = asyncio.ensure_future(asyncio.to_thread(self._insert, block))

    async def done(self) -> None:
        if self._running is not None:
            await self._running

    def _insert(self, block: bytes) -> None:
        self._client.raw_insert(
            f"{self._database}.events",
            insert_block=block,
            fmt="JSONEachRow",
            settings={"input_format_skip_unknown_fields": 1, "date_time_input_format": "best_effort"},
        )


async def count(task: Task, client: Any) -> None:
    """Every record through the view."""
    inserting = Inserting(client, task.database)
    await consume(task, inserting.take)
    await inserting.flush()
    await inserting.done()


def main() -> None:
    task = Task.from_argument()
    client = clickhouse_connect.get_client(dsn=task.clickhouse, autogenerate_session_id=False)
    names = {"database": task.database, "answered": ANSWERED, "measure": MEASURE}
    typed = ", ".join(f"{name} UInt64" for name in COLUMNS)
    sums = ", ".join(f"sum({name})" for name in COLUMNS)
    client.command(EVENTS.format(**names))
    client.command(SUMS.format(columns=typed, **names))
    client.command(VIEW.format(counts=counts(), **names))
    asyncio.run(count(task, client))
    client.command(RESULT.format(sums=sums, **names))
    task.end()


if __name__ == "__main__":
    main()
