"""A database of its own for each report test, on the shared engine."""

from collections.abc import Callable, Iterator
from itertools import count

import pytest

from schemas.metrics import load_registry
from sinks.clickhouse.migrate import migrate
from tests.clickhouse_engine import ClickHouseEngine
from tests.integration.report.stored_rows import Database

_NUMBERS = count()


@pytest.fixture
def new_database(clickhouse: ClickHouseEngine) -> Iterator[Callable[[], Database]]:
    client = clickhouse.client()

    def make() -> Database:
        name = f"report_{next(_NUMBERS)}"
        migrate(client, load_registry(), name)
        return Database(client, name, clickhouse.url)

    yield make
    client.close()


@pytest.fixture
def database(new_database: Callable[[], Database]) -> Database:
    return new_database()
