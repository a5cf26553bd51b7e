"""Brings a ClickHouse up to the schema this version needs: pending migrations in order, then the reference tables."""

from typing import Any, Final

from schemas.buckets import BOUNDS, bucket_high, bucket_low, bucket_middle
from schemas.metrics import Registry
from schemas.scales import SCALES
from sinks.clickhouse.migration_files import Migration, Target, load_migrations

_DDL_SECONDS: Final = 120
"""How long all nodes of a cluster may take for one statement."""


class MigrationError(Exception):
    """The database's record and the installed files contradict each other; the message says what to do."""


def pending(client: Any, database: str) -> list[Migration]:
    """Migrations that this database still lacks.

    Raises:
        MigrationError: an applied file was changed since, or the database is of a newer version.
    """
    applied = _applied(client, database)
    shipped = load_migrations()
    if unknown := sorted(applied.keys() - {migration.number for migration in shipped}):
        raise MigrationError(
            f"database {database} has migration {unknown[-1]:04}, which this version of cxstream does not know: "
            "install the version that applied it, or a later one"
        )
    for migration in shipped:
        if applied.get(migration.number, migration.checksum) != migration.checksum:
            raise MigrationError(
                f"migration {migration.number:04}_{migration.name} was changed after database {database} got it: "
                "put the applied text back and write the change as a new migration with the next free number"
            )
    return [migration for migration in shipped if migration.number not in applied]


def migrate(
    client: Any, registry: Registry, database: str = "cx", cluster: str | None = None, dry_run: bool = False
) -> list[Migration]:
    """Applies what is pending and loads the reference tables; the migrations it applied, or would apply on a `dry_run`.

    Every statement may run again: after a failure halfway, or by two at a time, simply migrate again.

    Raises:
        MigrationError: as `pending` does.
    """
    target = Target(database, cluster)
    migrations = pending(client, database)
    if dry_run:
        return migrations
    settings = {"distributed_ddl_task_timeout": _DDL_SECONDS} if cluster else {}
    for migration in migrations:
        for statement in migration.statements(target):
            client.command(statement, settings=settings)
        _insert(
            client,
            database,
            "migrations",
            ["number", "name", "checksum"],
            [(migration.number, migration.name, migration.checksum)],
        )
    load_reference(client, registry, database)
    return migrations


def load_reference(client: Any, registry: Registry, database: str) -> None:
    """Loads registry, scales and buckets. Entries no longer registered stay, because old rows still mean them."""
    _insert(
        client,
        database,
        "metrics",
        ["metric", "definition", "scale", "kind", "basis", "better", "score", "targets_ms", "minimum_n"],
        [
            (
                m.id,
                m.definition(scale),
                scale or "",
                m.kind,
                m.basis,
                m.better or "",
                m.score or "",
                list(m.targets_ms),
                m.minimum_n,
            )
            for m in registry.metrics.values()
            for scale in m.scales or (None,)
        ],
    )
    _insert(
        client,
        database,
        "scales",
        ["scale", "low", "high", "neutral", "top_box", "bottom_box", "higher_is_better"],
        [
            (s.id, s.low, s.high, s.neutral, list(s.top_box), list(s.bottom_box), s.higher_is_better)
            for s in SCALES.values()
        ],
    )
    _insert(
        client,
        database,
        "buckets",
        ["bucket", "low", "high", "middle"],
        [(b, bucket_low(b), bucket_high(b), bucket_middle(b)) for b in range(len(BOUNDS))],
    )


def _applied(client: Any, database: str) -> dict[int, str]:
    if not client.command(f"EXISTS TABLE {database}.migrations"):
        return {}
    rows = client.query(f"SELECT number, checksum FROM {database}.migrations FINAL").result_rows
    return dict(rows)


def _insert(client: Any, database: str, table: str, columns: list[str], rows: list[tuple[object, ...]]) -> None:
    client.insert(table, rows, column_names=columns, database=database, settings={"async_insert": 0})
