"""``cxstream replay rebuild``: everything back from Kafka after ClickHouse was lost."""

import json
from time import monotonic

import typer

from sinks.clickhouse.migrate import migrate
from streams.commands.asking import confirmed, user
from streams.commands.exits import Exit, settings_in_force
from streams.commands.replay.group import (
    AllowLoss,
    AsJson,
    NewPlanFile,
    Reason,
    Workers,
    Yes,
    clickhouse,
    failures,
    group,
    loaded,
)
from streams.commands.replay.planning import new_plan, surveyed
from streams.commands.replay.records import make_rows
from streams.commands.replay.rows import difference
from streams.replay.promotion import Promotion


@group.command()
def rebuild(
    file: NewPlanFile,
    reason: Reason,
    workers: Workers = 1,
    allow_loss: AllowLoss = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Bring back every row that the log still has the events of: plan, run, promote and compare in one, timed.

    Killed, the same command goes on with the plan it has written. Live workers may run or not; what they have stored
    meanwhile stays.
    """
    settings, times, began = settings_in_force(), {}, monotonic()

    def timed(step: str) -> None:
        nonlocal began
        now = monotonic()
        times[step], began = now - began, now

    confirmed(yes, f"write all rows of database {settings.clickhouse_database} that the log has the events of")
    with failures(), clickhouse(settings) as client:
        migrate(client, settings.configuration().registry, settings.clickhouse_database, settings.clickhouse_cluster)
        made = loaded(file) if file.exists() else new_plan(file, settings, surveyed(settings), allow_loss=allow_loss)
        timed("plan")
        done = make_rows(made, settings, file, workers, as_json=as_json)
        timed("run")
        found = difference(client, made, settings)
        if not found.equal:
            Promotion(client, made, done, user(), reason, settings.clickhouse_cluster).promote(found)
        timed("promote")
        left = difference(client, made, settings)
        timed("compare")
    rate = made.records / times["run"]
    if as_json:
        told = {"plan": made.id, "records": made.records, "records_per_second": rate, "seconds": times}
        rows = {"rows_before": found.rows_live, "rows": left.rows_live, "digest": left.digest_live}
        typer.echo(json.dumps(told | rows | {"equal": left.equal}))
    else:
        spent = ", ".join(f"{step} {seconds:,.1f} s" for step, seconds in times.items())
        typer.echo(f"{made.records:,} records at {rate:,.0f} a second; {spent}")
        typer.echo(f"{left.rows_live:,} rows, of which {found.rows_live:,} had been there")
        typer.echo(
            f"live and log are {'equal' if left.equal else 'different'}; clean up with: cxstream replay drop {file}"
        )
    raise typer.Exit(Exit.DONE if left.equal else Exit.DIFFERENT)
