"""A file of what holds from an instant on, to every partition: what `calendars` and `sla` do alike."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TypeVar
from uuid import uuid4

import typer

from schemas.events import Envelope
from streams.commands.broadcasts import broadcast_reference
from streams.commands.exits import Exit, fail, settings_in_force
from streams.commands.report_options import time_of, zone_of

Content = TypeVar("Content")

FromOption = Annotated[
    str | None, typer.Option("--from", metavar="T", help="They hold from then on; without it from now on")
]
FromZoneOption = Annotated[str, typer.Option(metavar="ZONE", help="IANA zone that --from is read in")]
SummaryOption = Annotated[bool, typer.Option("--json", help="Print the summary as JSON")]


def publish_versions(
    what: str,
    load: Callable[[Path], dict[str, Content]],
    event_of: Callable[[str, datetime, str, Content, datetime], Envelope],
    file: Path,
    effective_from: str | None,
    tz: str,
    as_json: bool,
) -> None:
    """Publish each entry of the file as a version of what its id names, and say in how many partitions it is known.

    ``event_of``: the event with this id and time, of an entry's id and content, from an instant on. One id for all
    partitions: each knows only the events of its own. What fails leaves with the exit code that says why.
    """
    settings = settings_in_force()
    now, wanted = datetime.now(UTC), time_of(effective_from, zone_of(tz))
    since = now if wanted is None else datetime.fromtimestamp(wanted, UTC)
    try:
        found = load(file)
    except (ValueError, OSError) as error:
        fail(Exit.WRONG_USE, str(error))
    if not found:
        fail(Exit.WRONG_USE, f"{file} has no {what}")
    events = [event_of(str(uuid4()), now, name, content, since) for name, content in found.items()]
    partitions = broadcast_reference(events, settings)
    at = since.isoformat(timespec="milliseconds")
    if as_json:
        typer.echo(json.dumps({what: sorted(found), "effective_from": at, "partitions": partitions}))
    else:
        typer.echo(f"{', '.join(sorted(found))}: from {at} on; {partitions:,} partitions know it")
