"""``cxstream initiatives``: what is done to improve a KPI, from when to when."""

import json
import sys
from datetime import UTC, datetime
from typing import Annotated, Final
from uuid import uuid4

import typer

from schemas.events import Dimensions, Envelope, InitiativeEnded, InitiativeStarted, StartedData
from schemas.kpis import Kpi
from schemas.metrics import duration_ms
from streams.commands.broadcasts import broadcast_reference
from streams.commands.exits import Exit, fail, settings_in_force
from streams.commands.kpis import all_kpis, wanted_kpis
from streams.commands.report_options import DataDirOption, ZoneOption, opened, time_of, where_of, zone_of
from streams.reporting.contents import Contents
from streams.reporting.initiative_output import listed, write_list
from streams.reporting.initiatives import initiatives as known_initiatives
from streams.settings import Settings

SOURCE: Final = "/cxstream/initiatives"
"""Of the events that this command makes."""

group = typer.Typer(no_args_is_help=True)

IdArgument = Annotated[
    str, typer.Argument(metavar="ID", help="Lower-case letters, digits, - and _", show_default=False)
]
AtOption = Annotated[str | None, typer.Option("--at", metavar="T", help="When; without it now")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the summary as JSON")]


@group.callback()
def initiatives() -> None:
    """Mark what is done to improve a KPI: `start` one, `end` it, `list` them.

    `cxstream report --initiative ID` shows what it has changed, dashboards mark it. Start and end are events of the
    log, so that a replay has them too.

    Exit codes: 0 done; 3 wrong use, or Kafka refuses us; 4 Kafka or ClickHouse cannot be reached, the same command may
    be repeated.
    """


@group.command()
def start(
    name: IdArgument,
    kpi: Annotated[str, typer.Option(metavar="KPI", help="What it is to improve, see `cxstream kpis`")],
    expect: Annotated[
        str | None,
        typer.Option(metavar="CHANGE", help="By how much, in the KPI's unit: 5 points, 0.05 of a share, -30s"),
    ] = None,
    where: Annotated[
        list[str] | None, typer.Option(metavar="DIM=VALUE", help="For whom; again for further dimensions")
    ] = None,
    at: AtOption = None,
    tz: ZoneOption = "UTC",
    as_json: JsonOption = False,
) -> None:
    """Begin an initiative. The same id again is a correction."""
    settings, moment = settings_in_force(), _moment(at, tz)
    (wanted,) = wanted_kpis(settings, kpi, None)
    segment = where_of(where or [])
    if any(len(values) > 1 for values in segment.values()):
        fail(Exit.WRONG_USE, "--where takes one value of a dimension: an initiative is for one segment")
    if lost := segment.keys() - set(settings.dimensions):
        fail(Exit.WRONG_USE, f"--where {min(lost)}: workers do not keep it, and it would be for everybody")
    try:
        data = StartedData(
            kpi=kpi, expected=_expected(expect, wanted), **{key: value for key, (value,) in segment.items()}
        )
    except ValueError as error:
        fail(Exit.WRONG_USE, f"--expect {expect}: {error}")
    event = InitiativeStarted(specversion="1.0", id=str(uuid4()), source=SOURCE, time=moment, subject=name, data=data)
    _publish(event, "started", settings, as_json)


@group.command()
def end(name: IdArgument, at: AtOption = None, tz: ZoneOption = "UTC", as_json: JsonOption = False) -> None:
    """End an initiative. The same id again is a correction."""
    event = InitiativeEnded(
        specversion="1.0", id=str(uuid4()), source=SOURCE, time=_moment(at, tz), subject=name, data=Dimensions()
    )
    _publish(event, "ended", settings_in_force(), as_json)


@group.command("list")
def list_initiatives(
    tz: ZoneOption = "UTC",
    as_json: Annotated[bool, typer.Option("--json", help="A JSON list of objects")] = False,
    data_dir: DataDirOption = None,
) -> None:
    """Show all initiatives, in the order of their starts."""
    settings, zone = settings_in_force(), zone_of(tz)
    units = {name: kpi.unit for name, kpi in all_kpis(settings).items()}
    with opened(settings, data_dir) as client:
        found = known_initiatives(Contents(client, settings.clickhouse_database)).values()
    if as_json:
        typer.echo(json.dumps([listed(each, zone) for each in found]))
    else:
        write_list(found, units, zone, sys.stdout)


def _moment(at: str | None, tz: str) -> datetime:
    """Of the event."""
    wanted = time_of(at, zone_of(tz))
    return datetime.now(UTC) if wanted is None else datetime.fromtimestamp(wanted, UTC)


def _expected(text: str | None, kpi: Kpi) -> float | None:
    """A change in the KPI's unit, ms of a duration. Raises ValueError when it is none."""
    if text is None:
        return None
    if kpi.unit != "ms":
        return float(text)
    sign = -1 if text.startswith("-") else 1
    return float(sign * duration_ms(text.lstrip("+-")))


def _publish(event: Envelope, what: str, settings: Settings, as_json: bool) -> None:
    partitions = broadcast_reference([event], settings)
    at = event.time.isoformat(timespec="milliseconds")
    if as_json:
        typer.echo(json.dumps({"initiative": event.subject, what: at, "partitions": partitions}))
    else:
        typer.echo(f"{event.subject}: {what} at {at}; {partitions:,} partitions know it")
