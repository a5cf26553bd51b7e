"""``cxstream migrate``: make or update the ClickHouse schema."""

from typing import Annotated, NoReturn

import typer
from clickhouse_connect.driver.exceptions import ClickHouseError
from pydantic import ValidationError

from schemas.metrics import RegistryError, load_registry
from sinks.clickhouse.client import AddressError, connect, describe, is_refused_user, is_unreachable
from sinks.clickhouse.migrate import MigrationError, pending
from sinks.clickhouse.migrate import migrate as apply
from sinks.clickhouse.migration_files import Target
from streams.settings import Settings


def migrate(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the SQL that would run, and run nothing.")] = False,
) -> None:
    """Bring ClickHouse up to the schema of this version and load metrics, scales and duration buckets into it.

    May run again at any time. Exit codes: 0 done, 3 wrong settings, refused user or contradicting migrations,
    4 ClickHouse cannot be reached.
    """
    try:
        settings = Settings()
        registry = load_registry(settings.registry_file)
        database, cluster = settings.clickhouse_database, settings.clickhouse_cluster
        client = connect(
            settings.clickhouse_url,
            settings.clickhouse_user,
            settings.clickhouse_password.get_secret_value(),
            settings.clickhouse_timeout_seconds,
        )
        if dry_run:
            for migration in pending(client, database):
                typer.echo(f"-- {migration.number:04}_{migration.name}")
                for statement in migration.statements(Target(database, cluster)):
                    typer.echo(f"{statement};\n")
            return
        applied = apply(client, registry, database, cluster)
    except (ValidationError, RegistryError, AddressError, MigrationError, OSError) as error:
        _fail(str(error), 3)
    except ClickHouseError as error:
        if is_unreachable(error):
            _fail(f"{describe(error)}; is CX_CLICKHOUSE_URL={settings.clickhouse_url} right, and does it run?", 4)
        if is_refused_user(error):
            _fail(f"ClickHouse refuses {settings.clickhouse_user!r}: {describe(error)}; see CX_CLICKHOUSE_USER", 3)
        _fail(describe(error), 1)
    for migration in applied:
        typer.echo(f"applied {migration.number:04}_{migration.name}")
    typer.echo(f"database {database} is up to date")


def _fail(message: str, code: int) -> NoReturn:
    typer.echo(f"error: {message}", err=True)
    raise typer.Exit(code)
