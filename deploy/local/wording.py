"""Numbers as a person reads them on a terminal. What is not known is a dash, never a zero."""

from collections.abc import Callable
from typing import Final

from streams.statistics.estimates import Estimate

UNKNOWN: Final = "–"


def duration(ms: float | None) -> str:
    """Two leading units: ``0.4 s``, ``12 s``, ``3 m 20 s``, ``2 h 5 m``, ``3 d 4 h``."""
    if ms is None:
        return UNKNOWN
    seconds = ms / 1_000
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    for length, unit, part_length, part in ((86_400, "d", 3_600, "h"), (3_600, "h", 60, "m"), (60, "m", 1, "s")):
        if whole >= length:
            rest = whole % length // part_length
            return f"{whole // length} {unit} {rest} {part}" if rest else f"{whole // length} {unit}"
    return f"{whole} s"


def number(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:,.0f}"


def nps(score: Estimate) -> str:
    """``+42 (+35 to +49), n 310``."""
    return _estimate(score, lambda value: f"{value:+.0f}")


def percent(score: Estimate) -> str:
    """``81 % (78 % to 84 %), n 310``."""
    return _estimate(score, lambda value: f"{value:.0%}".replace("%", " %"))


def mean(score: Estimate) -> str:
    """``5.6 (5.4 to 5.8), n 310``."""
    return _estimate(score, lambda value: f"{value:.1f}")


def _estimate(score: Estimate, text: Callable[[float], str]) -> str:
    if score.value is None:
        return UNKNOWN
    if score.low is None or score.high is None:
        return f"{text(score.value)}, n {score.n:,}"
    return f"{text(score.value)} ({text(score.low)} to {text(score.high)}), n {score.n:,}"
