"""``cxstream targets``: the targets of KPIs over time."""

import json
import sys
from datetime import UTC, datetime
from typing import Annotated, Final
from uuid import uuid4

import typer

from schemas.events import TargetData, TargetPublished
from schemas.kpis import Kpi
from streams.commands.broadcasts import broadcast_reference
from streams.commands.exits import Exit, fail, settings_in_force
from streams.commands.kpis import IndustryOption, wanted_kpis
from streams.commands.report_options import DataDirOption, ZoneOption, opened, time_of, zone_of
from streams.reporting.contents import Contents
from streams.reporting.target_output import listed, write_list
from streams.reporting.targets import TargetHistory

SOURCE: Final = "/cxstream/targets"
"""Of the events that this command makes."""

group = typer.Typer(no_args_is_help=True)


@group.callback()
def targets() -> None:
    """Keep the targets of KPIs over time: `publish` those of the file where they have changed, `list` all.

    `cxstream report kpi` judges each period by the targets in force when it begins, and so does a replay, since they
    are events of the log. Before the first that was published of a KPI those of the file hold.

    Exit codes: 0 done; 3 wrong use, a target that cannot be published, or Kafka refuses us; 4 Kafka or ClickHouse
    cannot be reached, the same command may be repeated.
    """


@group.command()
def publish(
    start: Annotated[
        str | None, typer.Option("--from", metavar="T", help="They hold from then on; without it from now on")
    ] = None,
    industry: IndustryOption = None,
    tz: ZoneOption = "UTC",
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON")] = False,
    data_dir: DataDirOption = None,
) -> None:
    """Publish to every partition the targets of the file that differ from those published last, or never were."""
    settings, wanted = settings_in_force(), time_of(start, zone_of(tz))
    since = datetime.now(UTC) if wanted is None else datetime.fromtimestamp(wanted, UTC)
    kpis = wanted_kpis(settings, "", industry)
    with opened(settings, data_dir) as client:
        history = TargetHistory(Contents(client, settings.clickhouse_database))
    changed = [kpi for kpi in kpis if not history.is_published(kpi, int(since.timestamp()))]
    partitions = broadcast_reference([_event(kpi, since) for kpi in changed], settings)
    names, at = [kpi.entry.definition for kpi in changed], since.isoformat(timespec="milliseconds")
    if as_json:
        typer.echo(json.dumps({"targets": names, "since": at, "partitions": partitions}))
    else:
        typer.echo(f"targets of {len(names)} KPIs: from {at} on; {partitions:,} partitions know them")


@group.command("list")
def list_targets(
    industry: IndustryOption = None,
    tz: ZoneOption = "UTC",
    as_json: Annotated[bool, typer.Option("--json", help="A JSON list of objects")] = False,
    data_dir: DataDirOption = None,
) -> None:
    """Show since when each KPI has had which targets; those of the file come first."""
    settings, zone = settings_in_force(), zone_of(tz)
    kpis = wanted_kpis(settings, "", industry)
    with opened(settings, data_dir) as client:
        history = TargetHistory(Contents(client, settings.clickhouse_database))
    if as_json:
        typer.echo(json.dumps([listed(kpi, each, zone) for kpi in kpis for each in history.of(kpi)]))
    else:
        write_list(kpis, history, zone, sys.stdout)


def _event(kpi: Kpi, since: datetime) -> TargetPublished:
    """One id for all partitions: each knows only the events of its own."""
    entry = kpi.entry
    try:
        data = TargetData(unit=kpi.unit, version=entry.version, floor=kpi.floor, goal=kpi.goal)
    except ValueError as error:
        fail(Exit.WRONG_USE, f"KPI {entry.id}: {error}")
    return TargetPublished(specversion="1.0", id=str(uuid4()), source=SOURCE, time=since, subject=entry.id, data=data)
