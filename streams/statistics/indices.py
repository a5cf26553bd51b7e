"""An index: several means of one scale as one number from 0 to 100 (domain.md 4.4, the form of the ACSI)."""

from collections.abc import Mapping, Sequence
from math import sqrt
from typing import NamedTuple

from schemas.scales import NOT_APPLICABLE, Scale
from streams.statistics.distributions import t_quantile
from streams.statistics.estimates import NO_DATA, Estimate, variance_of


class WeightedItem(NamedTuple):
    """The answers to one item."""

    weight: float
    """Those of all items add up to 1."""
    buckets: Mapping[int, int]
    """Histogram of codes."""


def index(items: Sequence[WeightedItem], scale: Scale) -> Estimate:
    """100 * sum(w_k * (mean_k - low) / (high - low)) with its 95 % interval; its n is that of the item with the fewest.

    Var = sum(w_k^2 * s_k^2 / n_k), with t of Welch and Satterthwaite's degrees of freedom, rounded down. That takes the
    items as independent: no histogram knows which answers came from one customer. Customers who like one thing tend to
    like the others, and then the true interval is wider; its error is at most sum(w_k * s_k / sqrt(n_k)).

    No value where an item has no answers: the rest would be another index.
    """
    found = [(item.weight, _codes(item.buckets)) for item in items]
    n = min(sum(codes.values()) for _, codes in found)
    if n <= 0:
        return NO_DATA
    to_points = 100 / (scale.high - scale.low)
    value = to_points * sum(weight * (_mean(codes) - scale.low) for weight, codes in found)
    if n < 2:
        return Estimate(n, value, None, None)
    variances = [(weight * to_points) ** 2 * variance_of(codes) / sum(codes.values()) for weight, codes in found]
    variance = sum(variances)
    if not variance:
        return Estimate(n, value, value, value)
    sizes = [sum(codes.values()) for _, codes in found]
    degrees = variance**2 / sum(part**2 / (size - 1) for part, size in zip(variances, sizes, strict=True))
    half = t_quantile(int(degrees)) * sqrt(variance)
    return Estimate(n, value, max(value - half, 0.0), min(value + half, 100.0))


def _codes(buckets: Mapping[int, int]) -> dict[float, int]:
    return {float(code): count for code, count in buckets.items() if code != NOT_APPLICABLE}


def _mean(codes: Mapping[float, int]) -> float:
    return sum(code * count for code, count in codes.items()) / sum(codes.values())
