"""What an undisturbed worker makes of given logs, where no system can run over them any more."""

import asyncio
from collections.abc import Mapping, Sequence
from uuid import uuid4

from schemas.rows import Row
from sinks.clickhouse.migrate import migrate
from sinks.clickhouse.store import ClickHouseStore, RowBatch
from streams.core.configuration import Configuration
from streams.core.processor import PartitionProcessor
from streams.core.records import Record, Source
from streams.digest import Digest, digest
from tests.clickhouse_engine import ClickHouseEngine

Logs = Mapping[Source, Sequence[Record]]


def digest_of(logs: Logs, configuration: Configuration, engine: ClickHouseEngine) -> Digest:
    """Of the rows that one pass of the core over each log gives."""
    rows: list[Row] = []
    for source, records in logs.items():
        processor = PartitionProcessor(source, configuration)
        processor.apply(records)
        rows += processor.take_rows()
    database = f"reference_{uuid4().hex[:8]}"
    client = engine.client()
    try:
        migrate(client, configuration.registry, database)
        asyncio.run(_store(rows, engine.url, database))
        return digest(client, database)
    finally:
        client.command(f"DROP DATABASE {database}")
        client.close()


async def _store(rows: Sequence[Row], url: str, database: str) -> None:
    store = ClickHouseStore(url, "default", "", database)
    try:
        await store.store(RowBatch.of(rows))
    finally:
        store.close()
