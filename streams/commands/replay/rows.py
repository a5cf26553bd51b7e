"""``cxstream replay diff``, ``promote``, ``rollback`` and ``drop``: replayed rows beside the live ones."""

import json
import shutil
from pathlib import Path
from typing import Annotated, Any

import typer

from streams.commands.asking import confirmed, user
from streams.commands.exits import Exit, fail, settings_in_force
from streams.commands.replay.group import (
    AsJson,
    PlanFile,
    Reason,
    Yes,
    clickhouse,
    directory,
    failures,
    group,
    loaded,
)
from streams.replay.difference import Difference, compare
from streams.replay.live import await_live
from streams.replay.output import compared, markdown, print_difference
from streams.replay.plan import Plan
from streams.replay.promotion import Promotion
from streams.replay.rows import Rows
from streams.replay.run import Done, result_of
from streams.settings import Settings


@group.command()
def diff(
    file: PlanFile,
    as_json: AsJson = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="A page for a ticket or a review")] = False,
) -> None:
    """Compare live and replayed rows one by one. Live rows that later events have changed are left out and counted."""
    if as_json and as_markdown:
        fail(Exit.WRONG_USE, "--json and --markdown exclude each other")
    made, settings = loaded(file), settings_in_force()
    finished(made, file)
    with failures(), clickhouse(settings) as client:
        found = difference(client, made, settings)
    if as_json:
        typer.echo(json.dumps(compared(made, found)))
    elif as_markdown:
        typer.echo(markdown(made, found))
    else:
        print_difference(found)
    raise typer.Exit(Exit.DONE if found.equal else Exit.DIFFERENT)


@group.command()
def promote(file: PlanFile, reason: Reason, yes: Yes = False) -> None:
    """Put replayed rows in the place of live ones, while the live worker goes on; `rollback` takes it back.

    Only minutes that no later event can change are taken; where others differ nothing is done. Killed, the same command
    goes on.
    """
    made, settings = loaded(file), settings_in_force()
    with failures(), clickhouse(settings) as client:
        promotion = Promotion(client, made, finished(made, file), user(), reason, settings.clickhouse_cluster)
        found = difference(client, made, settings)
        print_difference(found)
        confirmed(yes, f"replace the live rows of database {made.database}")
        written = promotion.promote(found)
    typer.echo(
        f"promoted: {written} metrics' months are written, and what was there is kept in database {made.kept} until "
        f"`drop`; take it back with: cxstream replay rollback {file} --reason TEXT"
    )


@group.command()
def rollback(file: PlanFile, reason: Reason, yes: Yes = False) -> None:
    """Put back the rows that `promote` has replaced. Killed, the same command goes on."""
    made, settings = loaded(file), settings_in_force()
    with failures(), clickhouse(settings) as client:
        promotion = Promotion(client, made, finished(made, file), user(), reason, settings.clickhouse_cluster)
        confirmed(yes, f"put back the rows of database {made.database} that plan {made.id} has replaced")
        written = promotion.rollback(difference(client, made, settings))
    typer.echo(f"rolled back: {written} metrics' months are as they were")


@group.command()
def drop(file: PlanFile, yes: Yes = False) -> None:
    """Delete a plan's replayed rows, those that `promote` has replaced, and what the run has saved. The plan stays."""
    made, settings = loaded(file), settings_in_force()
    confirmed(yes, f"delete databases {made.shadow} and {made.kept}")
    on_cluster = f"ON CLUSTER {settings.clickhouse_cluster}" if settings.clickhouse_cluster else ""
    with failures(), clickhouse(settings) as client:
        for database in (made.shadow, made.kept):
            client.command(f"DROP DATABASE IF EXISTS {database} {on_cluster} SYNC")
    shutil.rmtree(directory(file), ignore_errors=True)
    typer.echo(f"databases {made.shadow} and {made.kept} are deleted")


def difference(client: Any, made: Plan, settings: Settings) -> Difference:
    """Live against replayed rows, once the live workers have stored what the plan is about."""
    for line in await_live(made, settings):
        typer.echo(f"warning: {line}; live rows of what comes after may be missing", err=True)
    return compare(Rows(client, made, made.database), Rows(client, made, made.shadow))


def finished(made: Plan, file: Path) -> tuple[Done, ...]:
    """What the plan's run has said at its end; leaves when it has not come there."""
    done = result_of(made, directory(file))
    if done is None:
        fail(Exit.WRONG_USE, f"the plan is not run to its end yet: cxstream replay run {file}")
    return done
