"""Numbers in the unit people use."""

from typing import Final

from schemas.kpis import Unit
from streams.reporting.words import Say
from streams.statistics.estimates import Estimate

UNKNOWN: Final = "–"
"""Stands in a table for what no data can tell. Never 0."""


def in_unit(value: float | None, unit: Unit) -> str:
    """The number for a table: ``3 m 20 s``, ``75.0%``, ``+18.0``, ``4.35``, ``1,204``."""
    if value is None:
        return UNKNOWN
    if unit == "ms":
        return duration(value)
    if unit == "share":
        return f"{value:.1%}"
    if unit == "points":
        return f"{value:+.1f}"
    return f"{value:.2f}" if unit == "code" else f"{value:,}"


def interval(score: Estimate, unit: Unit, say: Say) -> str:
    """The bounds of a score for a table: ``+14.0 to +44.2``."""
    return UNKNOWN if score.low is None else f"{in_unit(score.low, unit)} {say('to')} {in_unit(score.high, unit)}"


def step(value: float, unit: Unit) -> str:
    """A difference with its sign; of shares in percentage points."""
    if unit == "ms":
        return ("-" if value < 0 else "+") + duration(abs(value))
    if unit == "share":
        return f"{100 * value:+.1f} pp"
    return f"{value:+.1f}" if unit == "points" else f"{value:+.2f}"


def duration(ms: float | None) -> str:
    """Two leading units: ``0.4 s``, ``3 m 20 s``, ``3 d 4 h``."""
    if ms is None:
        return UNKNOWN
    if ms < 59_950:
        return f"{ms / 1_000:.1f} s"
    seconds = round(ms / 1_000)
    if seconds < 3_600:
        return f"{seconds // 60} m {seconds % 60} s"
    if seconds < 86_400:
        return f"{seconds // 3_600} h {seconds % 3_600 // 60} m"
    return f"{seconds // 86_400} d {seconds % 86_400 // 3_600} h"
