"""The objects of a report as JSON or CSV, and its table on a terminal or into a file."""

import csv
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import IO, Any, Final
from zoneinfo import ZoneInfo

import msgspec
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

PIPE_WIDTH: Final = 400
"""Columns of a table that goes into a file or pipe: wide enough that nothing is cut off."""


def write_json(objects: Iterable[dict[str, Any]], out: IO[str]) -> None:
    """A JSON list with one object per line of text, written one by one, so that none has to be kept."""
    separator = "[\n"
    for each in objects:
        out.write(separator + msgspec.json.encode(each).decode())
        separator = ",\n"
    out.write("[]\n" if separator == "[\n" else "\n]\n")


def write_csv(objects: Iterable[dict[str, Any]], out: IO[str], columns: Sequence[str] | None = None) -> None:
    """CSV under the same names, flattened by `flat`; without ``columns`` those of the first object are all."""
    writer = None if columns is None else _begun(out, columns)
    for each in map(flat, objects):
        writer = writer or _begun(out, list(each))
        writer.writerow(each)


def flat(fields: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested names joined: ``within_5m_n``. A dimension is its own column."""
    result: dict[str, Any] = {}
    for name, value in fields.items():
        if isinstance(value, dict):
            result |= flat(value, "" if name == "segment" else f"{prefix}{name}_")
        else:
            result[prefix + name] = value
    return result


def table_of(left: Iterable[str], right: Iterable[str], title: str | None = None) -> Table:
    """An empty table of a report: columns of words, then of numbers."""
    table = Table(title=title, title_justify="left", box=SIMPLE, padding=(0, 1, 0, 0))
    for name in left:
        table.add_column(name, no_wrap=True)
    for name in right:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def print_table(table: Table, out: IO[str]) -> None:
    """As wide as the terminal, or as it needs."""
    Console(file=out, width=None if out.isatty() else PIPE_WIDTH).print(table)


def local(at: int, zone: ZoneInfo) -> datetime:
    """The moment ``at``, seconds since 1970, on the zone's clock."""
    return datetime.fromtimestamp(at, zone)


def start_in_table(at: int, zone: ZoneInfo) -> str:
    """Start of a period as a table shows it."""
    return local(at, zone).isoformat(" ", "minutes")


def _begun(out: IO[str], columns: Sequence[str]) -> "csv.DictWriter[str]":
    writer = csv.DictWriter(out, columns, restval="")
    writer.writeheader()
    return writer
