"""The stored rows of a plan's partitions and panes, in one database.

A promotion lifts the versions of rows by a generation (see `streams.replay.promotion`); here versions are the offsets
without it.
"""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from schemas.dimensions import DIMENSIONS
from schemas.metrics import MEASURED, Registry
from schemas.rows import OFFSET_BITS
from streams.replay.plan import Plan

IDENTITY: Final = ("pane", *DIMENSIONS, "topic_id", "partition", "part")
"""Of a row within its metric and definition, in the order of the table."""

OFFSET: Final = f"bitAnd(version, {2**OFFSET_BITS - 1})"
"""Of the last event in a row."""

_CONTENT: Final = f"{OFFSET} AS offset, n, total, mapSort(buckets) AS b, mapSort(within) AS w"


class Slice(NamedTuple):
    """Rows that are hashed, and promoted, together."""

    metric: str
    definition: str
    month: int
    """As YYYYMM: a partition of the table."""


class Sum(NamedTuple):
    """What one side has in a slice."""

    rows: int
    hashes: tuple[int, int]
    """Two independent 64-bit hashes over the rows, in whatever order they are."""


class Row(NamedTuple):
    """One stored row of a slice."""

    identity: tuple[Any, ...]
    contents: tuple[Any, ...]
    """Offset, n, total, buckets, within."""
    inside: bool
    """Whether all events in it are among those of the plan."""


class Rows:
    """Reads the rows of a plan from one database."""

    def __init__(self, client: Any, plan: Plan, database: str) -> None:
        self._client = client
        self.table = f"{database}.cells"
        self.parameters: dict[str, Any] = {
            "keys": [f"{stretch.topic_id}/{stretch.partition}" for stretch in plan.stretches],
            "ends": [stretch.end for stretch in plan.stretches],
            "topics": tuple({stretch.topic_id for stretch in plan.stretches}) or ("",),
        }
        # 0 is the end of no stretch: partitions that are not the plan's have it.
        end = of_partition("ends")
        conditions = ["topic_id IN %(topics)s", f"{end} > 0", _OF_REGISTRY]
        self.parameters |= _definitions(plan.configuration.registry)
        if plan.first is not None:
            conditions.append(f"pane >= toDateTime({plan.first}, 'UTC')")
        if plan.last is not None:
            conditions.append(f"pane < toDateTime({plan.last}, 'UTC')")
        for dimension, values in plan.where.items():
            conditions.append(f"{dimension} IN %({dimension})s")
            self.parameters[dimension] = tuple(values)
        self.of_plan = " AND ".join(conditions)
        """Which rows are the plan's."""
        self._inside = f"{OFFSET} < {end}"
        self.condition = f"{self.of_plan} AND (n != 0 OR notEmpty(buckets) OR NOT {self._inside})"
        """Without those that retractions or a promotion have emptied: only after FINAL, or older versions reappear. One
        that a later event has emptied has moved on like others."""

    def sums(self) -> tuple[dict[Slice, Sum], dict[Slice, int]]:
        """Of the rows inside the plan; and how many of each slice have moved on."""
        identity = ", ".join(IDENTITY)
        rows = self._client.query(
            "SELECT metric, definition, month, countIf(inside), groupBitXorIf(one, inside), sumIf(two, inside), "
            "countIf(NOT inside) FROM ("
            f"SELECT metric, definition, toYYYYMM(pane) AS month, {self._inside} AS inside, "
            f"sipHash64({identity}, {_CONTENT}) AS one, cityHash64({identity}, offset, n, total, b, w) AS two "
            f"FROM {self.table} FINAL WHERE {self.condition}) GROUP BY metric, definition, month",
            self.parameters,
        ).result_rows
        sums, moved_on = {}, {}
        for metric, definition, month, count, one, two, moved in rows:
            key = Slice(metric, definition, month)
            if count:
                sums[key] = Sum(count, (one, two))
            if moved:
                moved_on[key] = moved
        return sums, moved_on

    def read(self, of: Slice) -> Iterator[Row]:
        """The rows of a slice in the order of their identities; their panes as s since 1970."""
        _, *others = IDENTITY
        columns = ", ".join(others)
        with self._client.query_rows_stream(
            f"SELECT toUnixTimestamp(pane) AS at, {columns}, {_CONTENT}, {self._inside} AS inside "
            f"FROM {self.table} FINAL WHERE {self.condition} AND {IN_SLICE} ORDER BY at, {columns}",
            self.parameters | of._asdict(),
        ) as rows:
            for row in rows:
                offset, n, total, buckets, within, inside = row[len(IDENTITY) :]
                contents = (offset, n, total, tuple(buckets.items()), tuple(within.items()))
                yield Row(tuple(row[: len(IDENTITY)]), contents, bool(inside))


_REGISTERED: Final = f"if(startsWith(metric, '{MEASURED}.') AND metric NOT IN %(metrics)s, '{MEASURED}', metric)"
"""SQL: the registry's entry for a row's metric: most measures have one together."""

_OF_REGISTRY: Final = f"({_REGISTERED} NOT IN %(metrics)s OR ({_REGISTERED}, definition) IN %(definitions)s)"
"""SQL: without what other versions of a metric's definition have made. Those stay beside the plan's."""


def _definitions(registry: Registry) -> dict[str, Any]:
    """Parameters of `_OF_REGISTRY`."""
    metrics = registry.metrics.values()
    found = [(metric.id, metric.definition(scale)) for metric in metrics for scale in metric.scales or (None,)]
    return {"metrics": tuple(registry.metrics), "definitions": tuple(found)}


IN_SLICE: Final = "metric = %(metric)s AND definition = %(definition)s AND toYYYYMM(pane) = %(month)s"
"""Parameters: a `Slice`."""


def of_partition(values: str) -> str:
    """SQL: the value of a row's partition in the parameter of that name, a list in the order of ``keys``."""
    return f"transform(concat(toString(topic_id), '/', toString(partition)), %(keys)s, %({values})s, toUInt64(0))"
