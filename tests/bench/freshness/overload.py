"""More than fits: what lag and memory do while it lasts, and how the backlog goes."""

from collections.abc import Sequence
from statistics import linear_regression
from typing import NamedTuple


class Sample(NamedTuple):
    """One look at the worker."""

    at: float
    """s since the load began."""
    lag: int
    """Records."""
    resident_bytes: int


class Overload(NamedTuple):
    """What the samples say."""

    growth: float
    """Records per second by which the lag grows while too much comes."""
    largest_lag: int
    resident_before: int
    resident_largest: int
    """Bytes."""
    recovery: float
    """Records per second by which it shrinks afterwards."""
    evenness: float
    """Share of the lag's variance that a straight line explains during recovery; 1 is linear."""
    seconds: float
    """From the end of the load to no lag."""


def summary(during: Sequence[Sample], after: Sequence[Sample]) -> Overload:
    """``during``: while too much came; ``after``: from then until the lag was gone, each at least three samples."""
    down = _line(after)
    return Overload(
        _line(during).slope,
        max(sample.lag for sample in (*during, *after)),
        during[0].resident_bytes,
        max(sample.resident_bytes for sample in (*during, *after)),
        -down.slope,
        _explained(after, down.slope, down.intercept),
        after[-1].at - after[0].at,
    )


class _Line(NamedTuple):
    slope: float
    intercept: float


def _line(samples: Sequence[Sample]) -> _Line:
    fitted = linear_regression([sample.at for sample in samples], [float(sample.lag) for sample in samples])
    return _Line(fitted.slope, fitted.intercept)


def _explained(samples: Sequence[Sample], slope: float, intercept: float) -> float:
    mean = sum(sample.lag for sample in samples) / len(samples)
    total = sum((sample.lag - mean) ** 2 for sample in samples)
    rest = sum((sample.lag - intercept - slope * sample.at) ** 2 for sample in samples)
    return 1 - rest / total if total else 1.0
