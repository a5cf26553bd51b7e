"""ClickHouse reduced to its promise: of two rows with one identity, the one with the higher version stays."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from schemas.buckets import BOUNDS
from schemas.dimensions import DIMENSIONS
from schemas.rows import Row
from tests.oracle import partition
from tests.oracle.partition import CellKey

Cells = dict[CellKey, tuple[int, int, dict[int, int], dict[int, int]]]
"""(n, total, buckets, within) of every cell that holds anything."""


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
        """The logical cells in the form of `tests.oracle.partition.cells`, values as buckets."""
        sums: dict[CellKey, list[Any]] = defaultdict(lambda: [0, 0, Counter(), Counter()])
        for row in self.rows.values():
            pairs = sorted((name, value) for name, value in zip(DIMENSIONS, row.segment, strict=True) if value)
            cell = sums[row.metric, row.definition, row.pane // 60, tuple(pairs)]
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


def bucketed(expected: partition.Cells) -> Cells:
    """The oracle's cells with its lists of values as bucket counts."""
    return {key: (n, total, _buckets(key[1], values), within) for key, (n, total, values, within) in expected.items()}


def _buckets(definition: str, values: list[int]) -> dict[int, int]:
    if definition.startswith("count"):
        return {}
    if definition.startswith("duration"):
        return dict(Counter(next(i for i, high in enumerate(BOUNDS) if value <= high) for value in values))
    return dict(Counter(values))
