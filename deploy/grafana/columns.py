"""Columns of tables: what they ask or are called, their unit and their colour."""

from typing import Final, Literal, NamedTuple

from deploy.grafana.limits import CLEARLY_ABOVE, CLEARLY_BELOW, Limits
from deploy.grafana.words import Words

LOW: Final = Words("95 % low", "95% 下限")
HIGH: Final = Words("95 % high", "95% 上限")
"""Ends of an interval, as columns and as the lines between which a band is filled."""


class Column(NamedTuple):
    """Of a table: PromQL, heading and unit."""

    expression: str
    heading: Words
    unit: str
    limits: Limits = Limits()
    """Colour the cell."""
    first: Literal["largest", "smallest"] | None = None
    """Rows are sorted by it, and this one is on top."""


class Stored(NamedTuple):
    """Of a table of ClickHouse's rows: a column that has a unit or is called otherwise in Chinese."""

    heading: Words
    """In English the name that the query gives."""
    unit: str | None = None
    limits: Limits = Limits()
    """Colour the cell."""


P50: Final = Stored(Words("p50", "p50"), "s")
P95: Final = Stored(Words("p95", "p95"), "s")

CLEARLY_SATISFIED: Final = (
    Stored(Words("satisfied", "满意率"), "percentunit"),
    Stored(LOW, "percentunit", CLEARLY_ABOVE),
    Stored(HIGH, "percentunit", CLEARLY_BELOW),
)
