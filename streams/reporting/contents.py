"""Merged contents read from ClickHouse: true rows, summed over topics, partitions and late parts, and over the panes of
a period and the segments that are not told apart.

As the view ``panes`` would give them, but in one step: the view keeps every pane of every segment apart, which for a
month of a thousand segments takes thirty times as long.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from schemas.aims import REFERENCE
from streams.reporting.periods import Period

PERIODS_PER_QUERY = 1_000
"""A statement names the start of each of its periods: 1000 keep it at some 12 KiB."""

ROWS_PER_QUERY = 50_000
"""Periods times series of one answer, so that memory stays bounded whatever range is asked for."""


_IS_CONTENT = "sum(n) != 0 OR arrayExists(seen -> seen != 0, mapValues(sumMap(buckets)))"
"""Something is left after retractions."""


class Selection(NamedTuple):
    """Which cells: one metric, the dimensions to split by, and the values that a dimension must have."""

    metric: str
    by: tuple[str, ...] = ()
    where: Mapping[str, Sequence[str]] = {}
    scale: str | None = None
    """Of answers: only those on this scale."""


class Series(NamedTuple):
    """What is never added up: contents of one definition and one combination of the dimensions split by."""

    definition: str
    values: tuple[str, ...]
    """One value per dimension of `Selection.by`."""


class Extent(NamedTuple):
    """The series of a selection and their first and last pane, seconds since 1970; None where there is none."""

    series: tuple[Series, ...]
    first: int | None
    last: int | None


class Content(NamedTuple):
    """Merged content of one series in one period; fields as in `schemas.rows.Row`."""

    n: int
    total: int
    buckets: dict[int, int]
    within: dict[int, int]


EMPTY = Content(0, 0, {}, {})


class Contents:
    """Reads the panes of one database through a clickhouse-connect client."""

    def __init__(self, client: Any, database: str) -> None:
        self._client = client
        self._database = database
        self._cells = f"{database}.cells"

    def span(self) -> tuple[int, int] | None:
        """Starts of the oldest and the newest pane of any metric, seconds since 1970; None of an empty database."""
        ((cells, oldest, newest),) = self._client.query(
            f"SELECT count(), min(toUnixTimestamp(pane)), max(toUnixTimestamp(pane)) FROM {self._cells} "
            f"WHERE NOT startsWith(metric, '{REFERENCE}.')"
        ).result_rows
        return (oldest, newest) if cells else None

    def published(self, view: Literal["targets", "initiatives"], columns: str) -> Sequence[Sequence[Any]]:
        """These columns of all rows of the view."""
        rows: Sequence[Sequence[Any]] = self._client.query(
            f"SELECT {columns} FROM {self._database}.{view} ORDER BY ALL"
        ).result_rows
        return rows

    def extent(self, selection: Selection, start: int | None, end: int | None) -> Extent:
        """The series with any pane in [start, end), seconds since 1970; None leaves a side open."""
        condition, parameters = _condition(selection, start, end)
        columns = ", ".join(("definition", *selection.by))
        rows = self._client.query(
            f"SELECT {columns}, min(at), max(at) FROM ("
            f"SELECT {columns}, toUnixTimestamp(pane) AS at FROM {self._cells} FINAL WHERE {condition} "
            f"GROUP BY {columns}, at HAVING {_IS_CONTENT}) GROUP BY {columns} ORDER BY {columns}",
            parameters,
        ).result_rows
        series = tuple(Series(row[0], tuple(row[1:-2])) for row in rows)
        return Extent(
            series, min((row[-2] for row in rows), default=None), max((row[-1] for row in rows), default=None)
        )

    def read(
        self, selection: Selection, most: int, periods: Sequence[Period]
    ) -> Iterator[tuple[Period, dict[Series, Content]]]:
        """Contents of each period in order, empty ones included; at `most` so many series are in each."""
        step = max(1, min(PERIODS_PER_QUERY, ROWS_PER_QUERY // max(1, most)))
        for at in range(0, len(periods), step):
            some = periods[at : at + step]
            contents = self._read(selection, some)
            for period in some:
                yield period, contents.get(period.start, {})

    def total(self, selection: Selection, period: Period) -> dict[Series, Content]:
        """Contents of one period."""
        ((_, contents),) = self.read(selection, 1, [period])
        return contents

    def _read(self, selection: Selection, periods: Sequence[Period]) -> dict[int, dict[Series, Content]]:
        condition, parameters = _condition(selection, periods[0].start, periods[-1].end)
        columns = ", ".join(("definition", *selection.by))
        starts = ", ".join(str(period.start) for period in periods)
        rows = self._client.query(
            f"SELECT roundDown(toUnixTimestamp(pane), [{starts}]) AS start, {columns}, "
            "sum(n), sum(total), sumMap(buckets), sumMap(within) "
            f"FROM {self._cells} FINAL WHERE {condition} GROUP BY start, {columns} HAVING {_IS_CONTENT}",
            parameters,
        ).result_rows
        contents: dict[int, dict[Series, Content]] = {}
        for start, definition, *values, n, total, buckets, within in rows:
            content = Content(n, total, without_zeros(buckets), without_zeros(within))
            contents.setdefault(start, {})[Series(definition, tuple(values))] = content
        return contents


def merged(contents: Iterable[Content]) -> Content:
    """The contents of one definition added up."""
    n, total, buckets, within = 0, 0, Counter[int](), Counter[int]()
    for each in contents:
        n, total = n + each.n, total + each.total
        buckets.update(each.buckets)
        within.update(each.within)
    return Content(n, total, without_zeros(buckets), without_zeros(within))


def without_zeros(counts: Mapping[int, int]) -> dict[int, int]:
    """The entries that retractions have left, ascending."""
    return {key: counts[key] for key in sorted(counts) if counts[key]}


def _condition(selection: Selection, start: int | None, end: int | None) -> tuple[str, dict[str, object]]:
    conditions = ["metric = %(metric)s"]
    parameters: dict[str, object] = {"metric": selection.metric}
    for dimension, values in selection.where.items():
        conditions.append(f"{dimension} IN %({dimension})s")
        parameters[dimension] = tuple(values)
    if selection.scale is not None:
        conditions.append("startsWith(definition, %(scale)s)")
        parameters["scale"] = f"{selection.scale}."
    if start is not None:
        conditions.append(f"pane >= toDateTime({start}, 'UTC')")
    if end is not None:
        conditions.append(f"pane < toDateTime({end}, 'UTC')")
    return " AND ".join(conditions), parameters
