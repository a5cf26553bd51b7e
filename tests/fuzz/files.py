"""Files of `import` and `publish`: CSV, mappings, event lines, plain and compressed."""

import csv
import gzip
import io
import tempfile
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

import cramjam

from schemas.decoder import decode_event
from streams.importing.conversion import Failure, Imported, import_files
from streams.importing.mapping import MappingError, load_mapping
from streams.publishing.event_files import BadLine, Line, read_lines
from tests.fuzz.events import SMALL, hostile_value
from tests.fuzz.mutation import mutated_bytes

_MAPPING: Final = b"""
source: /fuzz
csv: {delimiter: ",", encoding: utf-8, missing: ["", "?"]}
time: {format: iso, zone: Europe/Berlin}
derived:
  who: {hash: [order, city]}
data: {region: city, customer: {template: "{who}"}}
events:
  - type: cx.survey.answered.v1
    when: {present: stars}
    id: "{order:6}-stars"
    subject: "{order}"
    time: at
    data: {metric: {const: rating}, score: {column: stars, cast: integer}}
  - type: cx.touchpoint.measured.v1
    when: {not: {any: [{missing: at}, {equals: {city: nowhere}}]}}
    id: "{order}-delivery"
    subject: "{order}"
    time: {column: done, format: "%d.%m.%Y %H:%M", zone: UTC}
    data: {measure: {const: delivery}, duration_ms: {from: at, to: {column: done, format: "%d.%m.%Y %H:%M", zone: UTC}}}
"""
_COLUMNS: Final = ("order", "city", "at", "done", "stars")
_CELLS: Final = (
    "",
    "?",
    "7001",
    "x" * 600,
    "4",
    "-1",
    "9" * 400,
    "4.5",
    "2026-03-01 09:30",
    "2026-03-29 02:30",
    "0001-01-01",
    "01.03.2026 12:00",
)
_MORE_CELLS: Final = (
    "nowhere",
    "a,b",
    'say "hi"',
    "two\nlines",
    "\0",
    "München",
    "９",
    "10000-01-01",
    "2026-03-01T09:30:00+25:00",
)
_PACKED: Final[tuple[Callable[[bytes], bytes], ...]] = (
    bytes,
    bytes,
    bytes,
    lambda data: gzip.compress(data, 1),
    lambda data: bytes(cramjam.zstd.compress(data)),
)


class Files(NamedTuple):
    mapping: bytes | None
    """None: a good one."""
    table: bytes
    lines: bytes
    intact: bool
    """Each of the lines that are events was written as it stands."""


class InputFiles:
    """Every row and line becomes an event, a failure with a reason, or ends its file with one."""

    def __init__(self) -> None:
        self._directory = tempfile.TemporaryDirectory(prefix="fuzz-files-")
        self._at = Path(self._directory.name)
        self._mapping = load_mapping(self._written("mapping.yaml", _MAPPING))

    def make(self, choose: Random) -> Files:
        mapping = mutated_bytes(choose, _MAPPING, 1) if choose.random() < 0.03 else None
        table = choose.choice(_PACKED)(_table(choose))
        lines = choose.choice(_PACKED)(b"\n".join(hostile_value(choose) or b"" for _ in range(3)))
        spoil = choose.random() < 0.4
        if spoil:
            table, lines = mutated_bytes(choose, table), mutated_bytes(choose, lines)
        return Files(mapping, table, lines, not spoil)

    def allowance(self, case: Files) -> int:
        return 32 * 2**20 + 64 * (len(case.table) + len(case.lines))

    def check(self, case: Files) -> None:
        self._import(case.mapping, str(self._written("table", case.table)))
        for line in read_lines([str(self._written("lines", case.lines))]):
            if isinstance(line, BadLine):
                assert not case.intact
                assert line.reason
            else:
                assert isinstance(line, Line)
                assert line.value

    def close(self) -> None:
        self._directory.cleanup()

    def _import(self, mapping: bytes | None, table: str) -> None:
        try:
            rules = self._mapping if mapping is None else load_mapping(self._written("mapping.yaml", mapping))
            found = list(import_files(rules, [table], SMALL))
        except MappingError:
            return
        for each in found:
            if isinstance(each, Imported):
                decode_event(each.event)
            else:
                assert isinstance(each, Failure)
                assert each.reason

    def _written(self, name: str, data: bytes) -> Path:
        path = self._at / name
        path.write_bytes(data)
        return path


def _table(choose: Random) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=choose.choice(("\n", "\r\n")))
    writer.writerow(_COLUMNS)
    for _ in range(choose.choice((0, 1, 3))):
        writer.writerow([choose.choice((*_CELLS, *_MORE_CELLS)) for _ in range(choose.choice((5, 5, 5, 4, 6)))])
    return text.getvalue().encode()
