"""``cxstream calendars``: opening hours to every partition."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import typer

from schemas.calendars import Calendar, CalendarError, load_calendars
from schemas.events import CalendarData, CalendarPublished
from streams.commands.broadcasts import broadcast_reference
from streams.commands.exits import Exit, fail, settings_in_force
from streams.commands.report_options import time_of, zone_of

SOURCE = "/cxstream/calendars"
"""Of the events that this command makes."""


def calendars(
    file: Annotated[Path, typer.Argument(help="Calendars by id: YAML as schemas/calendars.py explains")],
    effective_from: Annotated[
        str | None, typer.Option("--from", metavar="T", help="They hold from then on; without it from now on")
    ] = None,
    tz: Annotated[str, typer.Option(metavar="ZONE", help="IANA zone that --from is read in")] = "UTC",
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON")] = False,
) -> None:
    """Publish calendars, so that replies and resolutions are counted in business time as well.

    Cases that begin after that know them, and so does every replay of the log. A case is worked on by the calendar
    that its events name (`calendar` in their data).

    Exit codes: 0 done; 3 wrong use, a file that is none of calendars, or Kafka refuses us; 4 Kafka cannot be reached,
    the same command may be repeated.
    """
    settings = settings_in_force()
    now, wanted = datetime.now(UTC), time_of(effective_from, zone_of(tz))
    since = now if wanted is None else datetime.fromtimestamp(wanted, UTC)
    try:
        found = load_calendars(file)
    except (CalendarError, OSError) as error:
        fail(Exit.WRONG_USE, str(error))
    if not found:
        fail(Exit.WRONG_USE, f"{file} has no calendar")
    events = [_event(calendar_id, calendar, now, since) for calendar_id, calendar in found.items()]
    partitions = broadcast_reference(events, settings)
    at = since.isoformat(timespec="milliseconds")
    if as_json:
        typer.echo(json.dumps({"calendars": sorted(found), "effective_from": at, "partitions": partitions}))
    else:
        typer.echo(f"{', '.join(sorted(found))}: from {at} on; {partitions:,} partitions know it")


def _event(calendar_id: str, calendar: Calendar, now: datetime, since: datetime) -> CalendarPublished:
    """One id for all partitions: each knows only the events of its own."""
    data = CalendarData(zone=calendar.zone, week=calendar.week, days=calendar.days, effective_from=since)
    return CalendarPublished(
        specversion="1.0", id=str(uuid4()), source=SOURCE, time=now, subject=calendar_id, data=data
    )
