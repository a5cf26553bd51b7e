"""Reading CSV files: what a row is, and what becomes of rows that are none."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from streams.importing.csv_rows import BadRow, CsvFile, CsvRow
from streams.importing.mapping import CsvFormat, MappingError


def rows(tmp_path: Path, content: bytes, format: CsvFormat | None = None) -> list[CsvRow | BadRow]:
    file = tmp_path / "rows.csv"
    file.write_bytes(content)
    with CsvFile(str(file), format or CsvFormat()) as csv_file:
        return list(csv_file)


PLAIN = b"a,b\n1,x\n2,y\n"


@pytest.mark.parametrize("compress", [bytes, gzip.compress, zstandard.compress])
def test_plain_gzip_and_zstd_are_told_apart_by_their_content(
    tmp_path: Path, compress: Callable[[bytes], bytes]
) -> None:
    assert rows(tmp_path, compress(PLAIN)) == [CsvRow(2, {"a": "1", "b": "x"}), CsvRow(3, {"a": "2", "b": "y"})]


def test_files_of_several_compressed_members_are_read_to_their_end(tmp_path: Path) -> None:
    for compress in (gzip.compress, zstandard.compress):
        assert len(rows(tmp_path, compress(PLAIN) + compress(b"3,z\n"))) == 3


def test_a_compressed_file_that_is_cut_off_says_where(tmp_path: Path) -> None:
    lines = b"".join(b"%d,%x\n" % (i, i * i * 2654435761) for i in range(20_000))
    for compress in (gzip.compress, zstandard.compress):
        whole = compress(b"a,b\n" + lines)
        result = rows(tmp_path, whole[: len(whole) // 2])
        last = result[-1]
        assert isinstance(last, BadRow)
        assert "cut off" in last.reason
        assert all(isinstance(row, CsvRow) for row in result[:-1])
        assert 0 < len(result) - 1 < 20_000


def test_a_damaged_compressed_file_says_where(tmp_path: Path) -> None:
    lines = b"".join(b"%d,%x\n" % (i, i * i * 2654435761) for i in range(20_000))
    for compress in (gzip.compress, zstandard.compress):
        damaged = bytearray(compress(b"a,b\n" + lines))
        middle = len(damaged) // 2
        damaged[middle : middle + 64] = b"\xff" * 64
        last = rows(tmp_path, bytes(damaged))[-1]
        assert isinstance(last, BadRow)
        assert "damaged" in last.reason


def test_a_row_knows_the_line_it_starts_at(tmp_path: Path) -> None:
    result = rows(tmp_path, b'a,b\n1,"two\nlines"\n\n2,y\n')
    assert result == [CsvRow(2, {"a": "1", "b": "two\nlines"}), CsvRow(5, {"a": "2", "b": "y"})]


def test_missing_values_are_what_the_mapping_says(tmp_path: Path) -> None:
    format = CsvFormat(delimiter=";", missing=("?",))
    assert rows(tmp_path, b"a;b;c\n?;;1\n", format) == [CsvRow(2, {"a": None, "b": "", "c": "1"})]


def test_an_encoding_and_its_byte_order_mark_are_understood(tmp_path: Path) -> None:
    cp1252 = CsvFormat(encoding="cp1252")
    assert rows(tmp_path, "a\nGrüße €\n".encode("cp1252"), cp1252) == [CsvRow(2, {"a": "Grüße €"})]
    assert rows(tmp_path, "\ufeffa\nü\n".encode()) == [CsvRow(2, {"a": "ü"})]
    assert rows(tmp_path, "a\nü\n".encode("utf-16"), CsvFormat(encoding="utf-16")) == [CsvRow(2, {"a": "ü"})]


def test_undecodable_bytes_spoil_one_row_only(tmp_path: Path) -> None:
    result = rows(tmp_path, b"a,b\n1,\xff\n2,y\n")
    assert result == [BadRow(2, "column 'b' holds bytes that are no utf-8"), CsvRow(3, {"a": "2", "b": "y"})]


def test_a_row_of_another_length_than_the_header_is_bad(tmp_path: Path) -> None:
    result = rows(tmp_path, b"a,b\n1\n1,2,3\n1,2\n")
    assert result == [
        BadRow(2, "the row has 1 columns, the header 2"),
        BadRow(3, "the row has 3 columns, the header 2"),
        CsvRow(4, {"a": "1", "b": "2"}),
    ]


def test_a_file_needs_a_header_with_distinct_names(tmp_path: Path) -> None:
    for content, complaint in ((b"", "empty"), (b"a,b,a\n", "named twice: a")):
        with pytest.raises(MappingError, match=complaint):
            rows(tmp_path, content)
