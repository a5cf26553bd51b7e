"""Rows of a CSV file with the line each starts at. A row that cannot be read is handed on as bad, never passed over."""

import csv
import io
from collections.abc import Iterator
from typing import Final, NamedTuple

from streams.importing.mapping import CsvFormat, MappingError, Values
from streams.input_files import CUT_SHORT, open_input

_LARGEST_FIELD: Final = 16 << 20
"""Characters; above any event we publish. The csv module's own limit (128 Ki) is below long comments."""


class CsvRow(NamedTuple):
    """A row: the number of its first line (the header is line 1), and its values."""

    line: int
    values: Values


class BadRow(NamedTuple):
    """A row that could not be read, or the place where the file cannot be read further."""

    line: int
    reason: str


class CsvFile:
    """An open CSV file: ``columns`` from its header, then iterate over its rows once.

    Raises OSError when it cannot be opened and `MappingError` when it has no usable header.
    """

    def __init__(self, path: str, format: CsvFormat) -> None:
        self._missing = frozenset(format.missing)
        self._encoding = format.encoding
        # Undecodable bytes become lone surrogates, so that they spoil one row and not the rest of the file.
        self._text = io.TextIOWrapper(open_input(path), encoding=format.encoding, errors="surrogateescape", newline="")
        csv.field_size_limit(_LARGEST_FIELD)
        self._reader = csv.reader(self._text, delimiter=format.delimiter)
        try:
            header = next(self._reader, [])
        except (csv.Error, UnicodeError, *CUT_SHORT) as error:
            raise MappingError(f"{path}: the header cannot be read: {error}") from error
        self.columns: Final = tuple(name.removeprefix("\ufeff") for name in header)
        if not self.columns:
            raise MappingError(f"{path}: the file is empty; its first line must name the columns")
        if len(set(self.columns)) < len(self.columns):
            twice = sorted({name for name in self.columns if self.columns.count(name) > 1})
            raise MappingError(f"{path}: columns named twice: {', '.join(twice)}")

    def __enter__(self) -> "CsvFile":
        return self

    def __exit__(self, *_: object) -> None:
        self._text.close()

    def __iter__(self) -> Iterator[CsvRow | BadRow]:
        while True:
            line = self._reader.line_num + 1
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield BadRow(line, str(error))
                continue
            except (UnicodeError, *CUT_SHORT) as error:
                yield BadRow(line, f"the file is cut off or damaged here: {error}")
                return
            if cells:
                yield self._row(line, cells)

    def _row(self, line: int, cells: list[str]) -> CsvRow | BadRow:
        if len(cells) != len(self.columns):
            return BadRow(line, f"the row has {len(cells)} columns, the header {len(self.columns)}")
        for name, cell in zip(self.columns, cells, strict=True):
            if not cell.isascii() and any("\ud800" <= character <= "\udfff" for character in cell):
                return BadRow(line, f"column {name!r} holds bytes that are no {self._encoding}")
        missing = self._missing
        return CsvRow(
            line,
            {name: None if cell in missing else cell for name, cell in zip(self.columns, cells, strict=True)},
        )
