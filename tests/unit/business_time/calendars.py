"""Calendars and instants in the words of the golden vectors (domain.md 7)."""

from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from schemas.calendars import Calendar
from streams.business_time import OpeningHours, Schedule

MINUTE = 60_000
HOUR = 60 * MINUTE


def calendar(text: str) -> Calendar:
    """The calendar of a YAML text."""
    return msgspec.yaml.decode(text, type=Calendar)


def schedule(text: str) -> Schedule:
    """The schedule of one calendar."""
    return Schedule.of(OpeningHours(calendar(text)))


def at(local: str, zone: str = "UTC", fold: int = 0) -> int:
    """ms since 1970 of a local time such as ``2026-03-06 16:30``."""
    return int(datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp() * 1000)


def week(*shifts: str, days: str = "monday tuesday wednesday thursday friday", zone: str = "UTC") -> str:
    """YAML of a calendar with the same shifts on several days of the week."""
    listed = ", ".join(f'"{shift}"' for shift in shifts)
    return f"zone: {zone}\nweek: {{{', '.join(f'{day}: [{listed}]' for day in days.split())}}}"
