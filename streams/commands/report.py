"""``cxstream report``: a metric over time from ClickHouse, and the digest of everything stored."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer
from clickhouse_connect.driver.exceptions import ClickHouseError

from schemas.dimensions import DIMENSIONS
from schemas.metrics import MEASURED, Metric, RegistryError, load_registry
from sinks.clickhouse.address import AddressError
from sinks.clickhouse.client import connect, describe, is_permanent, is_unreachable
from sinks.tls import TlsError
from streams.commands.exits import Exit, fail, settings_in_force
from streams.connections import clickhouse_access
from streams.digest import digest as digest_of
from streams.reporting.comparison import STEPS, Baseline
from streams.reporting.contents import Contents
from streams.reporting.output import write_csv, write_json, write_table
from streams.reporting.periods import EVERY, Every, Period, local_seconds
from streams.reporting.report import PANE_SECONDS, Question
from streams.reporting.report import report as lines_of
from streams.settings import Settings
from streams.stored import InUseError, NothingStoredError, open_data_dir


def report(
    metric: Annotated[
        str | None,
        typer.Argument(metavar="METRIC", help="Metric id, such as nps or measured.delivery", show_default=False),
    ] = None,
    start: Annotated[
        str | None,
        typer.Option("--from", metavar="T", help="First moment, such as 2026-03-01 or 2026-03-01T10:00+01:00"),
    ] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="T", help="Moment after the last one")] = None,
    every: Annotated[
        str, typer.Option(metavar="|".join(EVERY), help="Length of a period (m minute, w week from Monday, mo month)")
    ] = "1d",
    by: Annotated[str, typer.Option(metavar="DIM,...", help="Dimensions to split by")] = "",
    where: Annotated[
        list[str] | None,
        typer.Option(metavar="DIM=VALUE", help="Only this value; again for further dimensions or values"),
    ] = None,
    compare: Annotated[
        str | None,
        typer.Option(metavar="|".join((*STEPS, "DATE..DATE")), help="Set each period beside an earlier one"),
    ] = None,
    tz: Annotated[str, typer.Option(metavar="ZONE", help="IANA zone that periods and times are read in")] = "UTC",
    as_json: Annotated[bool, typer.Option("--json", help="A JSON list of objects")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="CSV with a header")] = False,
    digest: Annotated[
        bool, typer.Option("--digest", help="SHA-256 over all logical cells (of METRIC) instead of a report")
    ] = False,
    data_dir: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Ask the local stack of DIR, running or stopped")
    ] = None,
) -> None:
    """Show a metric per period with n, value and 95 % interval. An empty period has n = 0 and no value.

    Values: NPS -100 to 100, shares 0 to 1, means in scale codes, durations in ms (the table: in units people
    use). Answers on different scales are separate lines. Without --from and --to the report covers all there
    is.

    With --compare each line also has the earlier value, the difference with its 95 % interval, p, the difference that
    could have been detected, and a verdict: higher, lower, not distinguishable, too few, no data, other definition.

    Exit codes: 0 done; 3 wrong use; 4 ClickHouse cannot be reached.
    """
    settings = settings_in_force()
    if as_json and as_csv:
        fail(Exit.WRONG_USE, "--json and --csv exclude each other")
    asked = _metric(metric, settings) if metric is not None else None
    if digest:
        with _opened(settings, data_dir) as client:
            result = digest_of(client, settings.clickhouse_database, asked.id if asked else None)
        typer.echo(json.dumps(result._asdict()) if as_json else f"sha256:{result.sha256} over {result.cells:,} cells")
        return
    if asked is None:
        fail(Exit.WRONG_USE, "name a metric, such as nps, or ask for the --digest of all")
    zone = _zone(tz)
    question = Question(
        asked,
        _every(every),
        zone,
        _time(start, zone),
        _time(end, zone),
        _by(by),
        _where(where or []),
        _baseline(compare, zone),
    )
    if question.start is not None and question.end is not None and question.start >= question.end:
        fail(Exit.WRONG_USE, f"--from {start} is not before --to {end}")
    with _opened(settings, data_dir) as client:
        lines = lines_of(question, Contents(client, settings.clickhouse_database))
        if as_json:
            write_json(lines, zone, sys.stdout)
        elif as_csv:
            write_csv(lines, question, sys.stdout)
        else:
            write_table(lines, question, sys.stdout)


@contextmanager
def _opened(settings: Settings, data_dir: Path | None) -> Iterator[Any]:
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


def _metric(name: str, settings: Settings) -> Metric:
    try:
        registry = load_registry(settings.registry_file)
    except (RegistryError, OSError) as error:
        fail(Exit.WRONG_USE, f"CX_REGISTRY_FILE: {error}")
    metric = registry.find(name)
    if metric is None or name == MEASURED:
        known = ", ".join(f"{MEASURED}.NAME" if each == MEASURED else each for each in registry.metrics)
        fail(Exit.WRONG_USE, f"unknown metric {name!r}; known are {known}")
    return metric


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        fail(Exit.WRONG_USE, f"--tz {name!r} is no IANA time zone; write one such as Europe/Berlin or UTC")


def _every(text: str) -> Every:
    for every in EVERY:
        if every == text:
            return every
    fail(Exit.WRONG_USE, f"--every {text!r} is no period; write one of {', '.join(EVERY)}")


def _baseline(text: str | None, zone: ZoneInfo) -> Baseline | None:
    if text is None:
        return None
    for step in STEPS:
        if step == text:
            return step
    first, separator, last = text.partition("..")
    start, end = _time(first, zone) if separator else None, _time(last, zone) if separator else None
    if start is None or end is None or start >= end:
        fail(
            Exit.WRONG_USE,
            f"--compare {text!r} is no earlier time; write {', '.join(STEPS)}, or two moments such as "
            "2026-02-01..2026-03-01, of which the second is no part of it",
        )
    return Period(start, end)


def _time(text: str | None, zone: ZoneInfo) -> int | None:
    if text is None:
        return None
    try:
        seconds = local_seconds(datetime.fromisoformat(text), zone)
    except (ValueError, OverflowError):
        fail(Exit.WRONG_USE, f"{text!r} is no time; write 2026-03-01, 2026-03-01T10:00 or 2026-03-01T10:00+01:00")
    if seconds % PANE_SECONDS or not 0 <= seconds < 2**32:
        fail(Exit.WRONG_USE, f"{text!r} must be a full minute from 1970 to 2105: contents are kept by the minute")
    return seconds


def _by(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    for name in names:
        _check_dimension(name)
    return names


def _where(conditions: list[str]) -> dict[str, list[str]]:
    where: dict[str, list[str]] = {}
    for condition in conditions:
        name, separator, value = condition.partition("=")
        if not separator:
            fail(Exit.WRONG_USE, f"--where {condition!r} must read DIM=VALUE, such as team=blue")
        _check_dimension(name)
        where.setdefault(name, []).append(value)
    return where


def _check_dimension(name: str) -> None:
    if name not in DIMENSIONS:
        fail(Exit.WRONG_USE, f"unknown dimension {name!r}; known are {', '.join(DIMENSIONS)}")
