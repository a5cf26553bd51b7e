"""The options of reports as they are written, and the ClickHouse that answers: read, or refused in one line."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer
from clickhouse_connect.driver.exceptions import ClickHouseError

from schemas.dimensions import DIMENSIONS
from schemas.metrics import RegistryError, duration_ms
from sinks.clickhouse.address import AddressError
from sinks.clickhouse.client import connect, describe, is_permanent, is_unreachable
from sinks.tls import TlsError
from streams.commands.exits import Exit, fail
from streams.connections import clickhouse_access
from streams.reporting.comparison import STEPS, Baseline
from streams.reporting.periods import EVERY, Every, Period, local_seconds, start_of
from streams.reporting.report import PANE_SECONDS
from streams.settings import Settings
from streams.stored import InUseError, NothingStoredError, open_data_dir

ZoneOption = Annotated[str, typer.Option("--tz", metavar="ZONE", help="IANA zone that times are read in")]
DataDirOption = Annotated[
    Path | None, typer.Option("--data-dir", metavar="DIR", help="Ask the local stack of DIR, running or stopped")
]


@contextmanager
def opened(settings: Settings, data_dir: Path | None) -> Iterator[Any]:
    """A client for what is to be read; a failure, also while it is used, leaves with the exit code that says why."""
    place = f"the ClickHouse of {data_dir}" if data_dir else f"ClickHouse at {settings.clickhouse_url}"
    try:
        client = (
            open_data_dir(data_dir, settings.clickhouse_timeout_seconds)
            if data_dir
            else connect(**clickhouse_access(settings))
        )
        try:
            yield client
        finally:
            client.close()
    except (AddressError, TlsError, NothingStoredError) as error:
        fail(Exit.WRONG_USE, str(error))
    except InUseError as error:
        fail(Exit.UNREACHABLE, str(error))
    except ClickHouseError as error:
        if is_unreachable(error):
            fail(Exit.UNREACHABLE, f"{place}: {describe(error)}; see CX_CLICKHOUSE_URL, or give --data-dir")
        if is_permanent(error):
            hint = "see CX_CLICKHOUSE_USER and CX_CLICKHOUSE_DATABASE, and run `cxstream migrate` for a new database"
            fail(Exit.WRONG_USE, f"{place}: {describe(error)}; {hint}")
        fail(Exit.UNEXPECTED, f"{place}: {describe(error)}")


def zone_of(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        fail(Exit.WRONG_USE, f"--tz {name!r} is no IANA time zone; write one such as Europe/Berlin or UTC")


def every_of(text: str) -> Every:
    for every in EVERY:
        if every == text:
            return every
    fail(Exit.WRONG_USE, f"--every {text!r} is no period; write one of {', '.join(EVERY)}")


def range_of(start: str | None, end: str | None, zone: ZoneInfo, every: Every = "all") -> tuple[int | None, int | None]:
    """The first second and the one after the last, since 1970; None leaves a side open. A side that is written as how
    long ago goes back to where its period of ``every`` begins, so that no period is cut."""
    first, last = time_of(start, zone, every), time_of(end, zone, every)
    if first is not None and last is not None and first >= last:
        fail(Exit.WRONG_USE, f"--from {start} is not before --to {end}")
    return first, last


def time_of(text: str | None, zone: ZoneInfo, every: Every = "all") -> int | None:
    if text is None:
        return None
    ago = _seconds_of(text)
    if ago is not None:
        seconds = int(time.time()) - ago
        seconds -= seconds % PANE_SECONDS
        return seconds if every == "all" else start_of(seconds, every, zone)
    try:
        seconds = local_seconds(datetime.fromisoformat(text), zone)
    except (ValueError, OverflowError):
        written = "2026-03-01, 2026-03-01T10:00, 2026-03-01T10:00+01:00 or how long ago, such as 6h or 30d"
        fail(Exit.WRONG_USE, f"{text!r} is no time; write {written}")
    if seconds % PANE_SECONDS or not 0 <= seconds < 2**32:
        fail(Exit.WRONG_USE, f"{text!r} must be a full minute from 1970 to 2105: contents are kept by the minute")
    return seconds


def _seconds_of(text: str) -> int | None:
    """Of a duration such as 6h; None of anything else, also of more than there has been since 1970."""
    try:
        seconds = duration_ms(text) // 1_000
    except RegistryError:
        return None
    return seconds if seconds < time.time() else None


def baseline_of(text: str | None, zone: ZoneInfo) -> Baseline | None:
    """What each period is compared with; None with nothing."""
    if text is None:
        return None
    for step in STEPS:
        if step == text:
            return step
    first, separator, last = text.partition("..")
    start, end = time_of(first, zone) if separator else None, time_of(last, zone) if separator else None
    if start is None or end is None or start >= end:
        fail(
            Exit.WRONG_USE,
            f"--compare {text!r} is no earlier time; write {', '.join(STEPS)}, or two moments such as "
            "2026-02-01..2026-03-01, of which the second is no part of it",
        )
    return Period(start, end)


def by_of(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    return tuple(dimension_of(name) for name in names)


def where_of(conditions: list[str]) -> dict[str, list[str]]:
    where: dict[str, list[str]] = {}
    for condition in conditions:
        name, separator, value = condition.partition("=")
        if not separator:
            fail(Exit.WRONG_USE, f"--where {condition!r} must read DIM=VALUE, such as team=blue")
        where.setdefault(dimension_of(name), []).append(value)
    return where


def dimension_of(name: str) -> str:
    if name not in DIMENSIONS:
        fail(Exit.WRONG_USE, f"unknown dimension {name!r}; known are {', '.join(DIMENSIONS)}")
    return name
