"""ClickHouse reduced to its promise: of two rows with one identity, the one with the higher version stays."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from schemas.buckets import BOUNDS
from schemas.dimensions import DIMENSIONS
from schemas.rows import Row
from tests.oracle.cells import CellKey, Content, Rows
from tests.oracle.subjects import Pairs

Cells = dict[CellKey, tuple[int, int, dict[int, int], dict[int, int]]]
"""(n, total, buckets, within) of every cell that holds anything."""

Key = TypeVar("Key")


class Database:
    """Rows by identity, as ReplacingMergeTree keeps them."""

    def __init__(self) -> None:
        self.rows: dict[tuple[Any, ...], Row] = {}

    def store(self, rows: Iterable[Row]) -> None:
        """Insert rows in any order, again or by a stale writer; equal versions must have equal contents."""
        for row in rows:
            identity = row[:7]
            known = self.rows.get(identity)
            if known is not None and known.version == row.version:
                assert known == row, "two contents under one version"
            if known is None or known.version < row.version:
                self.rows[identity] = row

    def cells(self) -> Cells:
        """The logical cells in the form of `bucketed`."""
        sums: dict[CellKey, list[Any]] = defaultdict(lambda: [0, 0, Counter(), Counter()])
        for row in self.rows.values():
            cell = sums[row.metric, row.definition, row.pane // 60, _pairs(row)]
            cell[0] += row.n
            cell[1] += row.total
            cell[2].update(row.buckets)
            cell[3].update(row.within)
        result: Cells = {}
        for key, (n, total, buckets, within) in sums.items():
            content = (
                n,
                total,
                {bucket: count for bucket, count in buckets.items() if count},
                {target: count for target, count in within.items() if count},
            )
            if any(content):
                result[key] = content
        return result

    def stored(self) -> dict[tuple[Any, ...], tuple[Any, ...]]:
        """The rows of one partition in the form of `stored`."""
        return {
            (row.metric, row.definition, row.pane // 60, _pairs(row), row.part): (
                row.version,
                (row.n, row.total, row.buckets, row.within),
            )
            for row in self.rows.values()
        }


def bucketed(expected: Mapping[Key, Content]) -> dict[Key, tuple[int, int, dict[int, int], dict[int, int]]]:
    """The oracle's contents with values as buckets; its keys begin with metric and definition."""
    return {key: _bucketed(key[1], content) for key, content in expected.items()}  # type: ignore[index]


def stored(expected: Rows) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """The oracle's rows: identity within a partition -> version and contents."""
    contents = bucketed(expected.contents)
    return {key: (version, contents[key]) for key, version in expected.versions.items()}


def _pairs(row: Row) -> Pairs:
    return tuple(sorted((name, value) for name, value in zip(DIMENSIONS, row.segment, strict=True) if value))


def _bucketed(definition: str, content: Content) -> tuple[int, int, dict[int, int], dict[int, int]]:
    if definition.startswith(("count", "reference")):
        return content.n, content.total, {}, content.within
    if definition.startswith("duration"):
        buckets: Counter[int] = Counter()
        for value, count in content.values.items():
            buckets[next((index for index, high in enumerate(BOUNDS) if value <= high), len(BOUNDS) - 1)] += count
        return content.n, content.total, {bucket: count for bucket, count in buckets.items() if count}, content.within
    return content.n, content.total, content.values, content.within
