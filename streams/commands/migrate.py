"""``cxstream migrate``: make or update the ClickHouse schema."""

from typing import Annotated

import typer
from clickhouse_connect.driver.exceptions import ClickHouseError

from schemas.metrics import load_registry
from sinks.clickhouse.client import connect, describe, is_refused_user, is_unreachable
from sinks.clickhouse.migrate import MigrationError, pending
from sinks.clickhouse.migrate import migrate as apply
from sinks.clickhouse.migration_files import Target
from streams.commands.exits import Exit, fail, settings_in_force
from streams.connections import clickhouse_access


def migrate(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the SQL that would run, and run nothing")] = False,
) -> None:
    """Bring ClickHouse up to the schema of this version and load metrics, scales and duration buckets into it.

    May run again at any time.

    Exit codes: 0 done; 1 ClickHouse refused a statement; 3 wrong settings, refused user
    or contradicting migrations; 4 ClickHouse cannot be reached.
    """
    settings = settings_in_force()
    database, cluster = settings.clickhouse_database, settings.clickhouse_cluster
    try:
        registry = load_registry(settings.registry_file)
        client = connect(**clickhouse_access(settings))
        if dry_run:
            for migration in pending(client, database):
                typer.echo(f"-- {migration.number:04}_{migration.name}")
                for statement in migration.statements(Target(database, cluster)):
                    typer.echo(f"{statement};\n")
            return
        applied = apply(client, registry, database, cluster)
    except (
        ValueError,
        MigrationError,
        OSError,
    ) as error:  # registry, address, TLS or cluster name; each says what to change
        fail(Exit.WRONG_USE, str(error))
    except ClickHouseError as error:
        if is_unreachable(error):
            fail(Exit.UNREACHABLE, f"{describe(error)}; is CX_CLICKHOUSE_URL={settings.clickhouse_url} right?")
        if is_refused_user(error):
            hint = f"see CX_CLICKHOUSE_URL={settings.clickhouse_url}, CX_CLICKHOUSE_USER and CX_CLICKHOUSE_PASSWORD"
            fail(Exit.WRONG_USE, f"{describe(error)}; {hint}")
        fail(Exit.UNEXPECTED, describe(error))
    for migration in applied:
        typer.echo(f"applied {migration.number:04}_{migration.name}")
    typer.echo(f"database {database} is up to date")
