"""A curve: what was measured at several sizes of one thing."""

from typing import Final

import msgspec


class Point(msgspec.Struct, frozen=True):
    """One size and what was measured there."""

    at: float
    values: dict[str, float]
    """By series."""


class Curve(msgspec.Struct, frozen=True, kw_only=True):
    """What grows, and what follows from it."""

    name: str
    grows: str
    """What ``at`` counts."""
    measured: str
    """What the values are, with their unit."""
    term: str
    """Which part of the cost grows, and what bounds it."""
    points: list[Point]

    @property
    def series(self) -> list[str]:
        """Names of the values, in the order they first appear."""
        return list(dict.fromkeys(name for point in self.points for name in point.values))


CPU: Final = "per CPU second"
WALL: Final = "per second"


def table(curve: Curve) -> list[tuple[str, ...]]:
    """Rows of text, one per point."""
    return [(short(point.at), *(short(point.values.get(name)) for name in curve.series)) for point in curve.points]


def short(value: float | None) -> str:
    """A number as people read it: three digits are enough for a measurement."""
    if value is None:
        return "-"
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.3g}"
