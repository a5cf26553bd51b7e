"""Plans and comparisons, as people and as programs read them."""

import sys
from datetime import UTC, datetime
from typing import Any, Final

import typer
from rich.console import Console
from rich.table import Table

from streams.replay.difference import Difference, Unequal
from streams.replay.plan import Plan
from streams.reporting.encoding import PIPE_WIDTH

RATE: Final = 20_000
"""Records per second of one process, some: a mix of all events on the slowest machine it was measured on."""

_UNEQUAL: Final = ("metric", "definition", "day", "changed", "only live", "only replayed", "n live", "n replayed")


def planned(made: Plan) -> dict[str, Any]:
    return {
        "plan": made.id,
        "database": made.shadow,
        "records": made.records,
        "bytes": made.size,
        "seconds": made.records / RATE,
        "partitions": [
            {
                "topic": each.topic,
                "partition": each.partition,
                "start": each.start,
                "end": each.end,
                "first": _moment(each.first_ms),
                "last": _moment(each.last_ms),
            }
            for each in made.stretches
        ],
    }


def print_plan(made: Plan) -> None:
    table = Table("topic", "partition", "from offset", "to offset", "MB", "first record", "last record", box=None)
    for each in made.stretches:
        table.add_row(
            each.topic,
            str(each.partition),
            f"{each.start:,}",
            f"{each.end:,}",
            f"{each.size / 1e6:,.1f}",
            _moment(each.first_ms) or "-",
            _moment(each.last_ms) or "-",
        )
    _console().print(table)
    configuration = made.configuration
    typer.echo(
        f"{made.records:,} records, some {made.size / 1e6:,.1f} MB, some {made.records / RATE:,.0f} s of one process "
        f"at {RATE:,} a second; by cxstream {made.code}, dimensions "
        f"{', '.join(configuration.dimensions) or 'none'}, {len(configuration.registry.metrics)} metrics"
    )
    if made.first is not None or made.last is not None:
        first, last = (_moment(None if at is None else at * 1_000) for at in (made.first, made.last))
        typer.echo(
            f"rows of minutes from {first or 'the first'} to {last or 'the last'}, but every log from its start: what "
            "was open, answered or seen before decides rows of the range"
        )
    if made.where:
        typer.echo("rows of " + ", ".join(f"{name} {' or '.join(values)}" for name, values in made.where.items()))


def compared(made: Plan, found: Difference) -> dict[str, Any]:
    return {
        "plan": made.id,
        "equal": found.equal,
        "rows_live": found.rows_live,
        "rows_replayed": found.rows_replayed,
        "moved_on": sum(found.moved_on.values()),
        "digest_live": found.digest_live,
        "digest_replayed": found.digest_replayed,
        "unequal": [each._asdict() | {"day": _day(each.day)} for each in found.unequal],
    }


def print_difference(found: Difference) -> None:
    if found.unequal:
        table = Table(*_UNEQUAL, box=None)
        for each in found.unequal:
            table.add_row(*_cells(each))
        _console().print(table)
    typer.echo(f"live      sha256:{found.digest_live} over {found.rows_live:,} rows")
    typer.echo(f"replayed  sha256:{found.digest_replayed} over {found.rows_replayed:,} rows")
    if moved_on := sum(found.moved_on.values()):
        typer.echo(f"{moved_on:,} live rows have changed since the plan was made and are not compared")
    typer.echo("equal" if found.equal else "different")


def markdown(made: Plan, found: Difference) -> str:
    """A comparison as a page for a ticket or a review."""
    period = " to ".join(_moment(None if at is None else at * 1_000) or "..." for at in (made.first, made.last))
    lines = [
        f"# Replay {made.id}: live and log are {'equal' if found.equal else 'different'}",
        "",
        f"Plan of {made.made_at} by cxstream {made.code}: {made.records:,} records, minutes {period}.",
        "",
        "| | rows | SHA-256 |",
        "| --- | --- | --- |",
        f"| live, database {made.database} | {found.rows_live:,} | `{found.digest_live}` |",
        f"| replayed, database {made.shadow} | {found.rows_replayed:,} | `{found.digest_replayed}` |",
        "",
        f"{sum(found.moved_on.values()):,} live rows have changed since the plan was made and are not compared.",
    ]
    if found.unequal:
        lines += ["", f"| {' | '.join(_UNEQUAL)} |", "| --- | --- | --- | --- | --- | --- | --- | --- |"]
        lines += [f"| {' | '.join(_cells(each))} |" for each in found.unequal]
    return "\n".join(lines)


def _cells(each: Unequal) -> list[str]:
    counts = (each.changed, each.only_live, each.only_replayed, each.n_live, each.n_replayed)
    return [each.metric, each.definition, _day(each.day), *(f"{count:,}" for count in counts)]


def _console() -> Console:
    return Console(width=None if sys.stdout.isatty() else PIPE_WIDTH, highlight=False)


def _day(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).date().isoformat()


def _moment(ms: int | None) -> str | None:
    return None if ms is None else datetime.fromtimestamp(ms / 1_000, UTC).isoformat(timespec="seconds")
