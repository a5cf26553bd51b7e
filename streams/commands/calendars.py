"""``cxstream calendars``: opening hours to every partition."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from schemas.calendars import Calendar, load_calendars
from schemas.events import CalendarData, CalendarPublished
from streams.commands.versions import FromOption, FromZoneOption, SummaryOption, publish_versions

SOURCE = "/cxstream/calendars"
"""Of the events that this command makes."""


def calendars(
    file: Annotated[Path, typer.Argument(help="Calendars by id: YAML as schemas/calendars.py explains")],
    effective_from: FromOption = None,
    tz: FromZoneOption = "UTC",
    as_json: SummaryOption = False,
) -> None:
    """Publish calendars, so that replies and resolutions are counted in business time as well.

    Cases that begin after that know them, and so does every replay of the log. A case is worked on by the calendar
    that its events name (`calendar` in their data).

    Exit codes: 0 done; 3 wrong use, a file that is none of calendars, or Kafka refuses us; 4 Kafka cannot be reached,
    the same command may be repeated.
    """
    publish_versions("calendars", load_calendars, _event, file, effective_from, tz, as_json)


def _event(event_id: str, time: datetime, name: str, calendar: Calendar, since: datetime) -> CalendarPublished:
    data = CalendarData(zone=calendar.zone, week=calendar.week, days=calendar.days, effective_from=since)
    return CalendarPublished(specversion="1.0", id=event_id, source=SOURCE, time=time, subject=name, data=data)
