"""Migrations on a real engine: applied once, re-runnable, refused where they contradict what was applied."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from schemas.buckets import BOUNDS
from schemas.metrics import load_registry
from schemas.scales import SCALES
from sinks.clickhouse.migrate import MigrationError, migrate, pending
from sinks.clickhouse.migration_files import Target, load_migrations
from tests.clickhouse_engine import ClickHouseEngine

DATABASE = "migrations"
REGISTRY = load_registry()

Query = Callable[[str], Any]


@pytest.fixture
def query(clickhouse: ClickHouseEngine) -> Iterator[Query]:
    """Rows of a statement, on a fresh schema."""
    client = clickhouse.client()
    client.command(f"DROP DATABASE IF EXISTS {DATABASE}")
    migrate(client, REGISTRY, DATABASE)
    yield lambda sql: client.query(sql.replace("cx.", f"{DATABASE}.")).result_rows
    client.command(f"DROP DATABASE {DATABASE}")
    client.close()


def test_migrating_again_applies_nothing_and_keeps_rows(clickhouse: ClickHouseEngine, query: Query) -> None:
    client = clickhouse.client()
    recorded = query("SELECT number, name FROM cx.migrations FINAL ORDER BY number")
    assert recorded == [(m.number, m.name) for m in load_migrations()]
    assert migrate(client, REGISTRY, DATABASE) == []
    assert query("SELECT number, name FROM cx.migrations FINAL ORDER BY number") == recorded
    client.close()


def test_every_statement_may_run_again(clickhouse: ClickHouseEngine, query: Query) -> None:
    query("INSERT INTO cx.cells (metric, definition, pane, n) VALUES ('kept', 'count.v1', '2026-01-01 00:00:00', 1)")
    client = clickhouse.client()
    for migration in load_migrations():
        for statement in migration.statements(Target(DATABASE)):
            client.command(statement)
    assert query("SELECT n FROM cx.counts WHERE metric = 'kept'") == [(1,)]
    client.close()


def test_a_dry_run_names_what_is_pending_and_changes_nothing(clickhouse: ClickHouseEngine) -> None:
    client = clickhouse.client()
    assert migrate(client, REGISTRY, "never_made", dry_run=True) == load_migrations()
    assert client.command("EXISTS DATABASE never_made") == 0
    client.close()


def test_an_applied_file_that_was_changed_is_refused_with_advice(clickhouse: ClickHouseEngine, query: Query) -> None:
    client = clickhouse.client()
    first = load_migrations()[0]
    query(f"INSERT INTO cx.migrations (number, name, checksum, applied_at) VALUES (1, '{first.name}', 'x', now() + 9)")
    with pytest.raises(MigrationError, match=r"0001_cells was changed .* write the change as a new migration"):
        pending(client, DATABASE)
    query(
        "INSERT INTO cx.migrations (number, name, checksum, applied_at) "
        f"VALUES (1, '{first.name}', '{first.checksum}', now() + 99)"
    )
    assert pending(client, DATABASE) == []
    client.close()


def test_a_database_of_a_newer_version_is_refused(clickhouse: ClickHouseEngine) -> None:
    client = clickhouse.client()
    migrate(client, REGISTRY, "newer")
    client.command("INSERT INTO newer.migrations (number, name, checksum) VALUES (9000, 'future', 'x')")
    with pytest.raises(MigrationError, match="migration 9000, which this version of cxstream does not know"):
        migrate(client, REGISTRY, "newer")
    client.command("DROP DATABASE newer")
    client.close()


@pytest.mark.parametrize("target", [Target("cx"), Target("cx", "prod")])
def test_every_statement_parses_for_one_server_and_for_a_cluster(clickhouse: ClickHouseEngine, target: Target) -> None:
    client = clickhouse.client()
    statements = [statement for migration in load_migrations() for statement in migration.statements(target)]
    assert statements
    for statement in statements:
        client.command(f"EXPLAIN AST {statement}")
    client.close()


def test_reference_tables_hold_registry_scales_and_buckets(query: Query) -> None:
    definitions = {
        (
            metric.id,
            metric.definition(scale),
            metric.kind,
            metric.score or "",
            list(metric.targets_ms),
            metric.minimum_n,
        ).__repr__()
        for metric in REGISTRY.metrics.values()
        for scale in metric.scales or (None,)
    }
    stored = query("SELECT metric, definition, kind, score, targets_ms, minimum_n FROM cx.metrics FINAL")
    assert {repr(row) for row in stored} == definitions
    assert query("SELECT scale, low, high, neutral, top_box, bottom_box FROM cx.scales FINAL ORDER BY scale") == [
        (s.id, s.low, s.high, s.neutral, list(s.top_box), list(s.bottom_box))
        for s in sorted(SCALES.values(), key=lambda scale: scale.id)
    ]
    assert [high for (high,) in query("SELECT high FROM cx.buckets FINAL ORDER BY bucket")] == list(BOUNDS)
