"""Experience against expectation, from a histogram of the pairs of codes (domain.md 2.1 A1 to A4, 4.4).

Above, equal and below are the source's satisfied, neutral and disappointed customers. On a scale where a low code is
the good answer a lower one than expected is above: gaps are positive where it was better than expected, on any scale.
"""

from collections.abc import Mapping
from math import sqrt
from typing import NamedTuple

from schemas.gaps import gap_of
from schemas.scales import Scale
from streams.statistics.distributions import t_quantile
from streams.statistics.estimates import Estimate, mean_of, share, variance_of


class Classes(NamedTuple):
    """Shares of the customers with their Wilson intervals."""

    above: Estimate
    equal: Estimate
    below: Estimate


def widths(pairs: Mapping[int, int], scale: Scale | None) -> dict[float, int]:
    """How often each gap occurs, in codes; a scale that is not known is taken for one where high is good."""
    sign = -1 if scale is not None and not scale.higher_is_better else 1
    found: dict[float, int] = {}
    for pair, count in pairs.items():
        width = float(sign * gap_of(pair).width)
        found[width] = found.get(width, 0) + count
    return found


def mean_gap(pairs: Mapping[int, int], scale: Scale | None) -> Estimate:
    """Mean of experience less expectation with its paired t interval: that of the gaps of the single customers."""
    reach = scale.high - scale.low if scale else None
    return mean_of(widths(pairs, scale), None if reach is None else -reach, reach)


def deviation(pairs: Mapping[int, int]) -> float | None:
    """Sample standard deviation of the gaps; None of fewer than two."""
    found = widths(pairs, None)
    return sqrt(variance_of(found)) if sum(found.values()) > 1 else None


def classes(pairs: Mapping[int, int], scale: Scale | None) -> Classes:
    """Whose experience was above, equal to and below what they expected."""
    found = widths(pairs, scale)
    n = sum(found.values())
    above = sum(count for width, count in found.items() if width > 0)
    equal = found.get(0.0, 0)
    return Classes(share(above, n), share(equal, n), share(n - above - equal, n))


def ratio(pairs: Mapping[int, int]) -> Estimate:
    """sum of experienced over sum of expected codes, with the interval of the delta method.

    The ratio of the sums and not the mean of ratios, which single low expectations would rule. Its variance is that of
    p - R e over n times the squared mean of e (Cochran 1977, 6.4). No value where all expected codes are 0.
    """
    gaps = [(gap_of(pair), count) for pair, count in pairs.items()]
    n = sum(count for _, count in gaps)
    expected = sum(gap.expected * count for gap, count in gaps)
    if expected <= 0:
        return Estimate(n, None, None, None)
    value = sum(gap.experienced * count for gap, count in gaps) / expected
    if n < 2:
        return Estimate(n, value, None, None)
    squares = sum((gap.experienced - value * gap.expected) ** 2 * count for gap, count in gaps)
    half = t_quantile(n - 1) * sqrt(squares / (n - 1) / n) / (expected / n)
    return Estimate(n, value, max(value - half, 0.0), value + half)
