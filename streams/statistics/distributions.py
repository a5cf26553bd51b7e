"""The level of all intervals, and the quantiles and tails that belong to it."""

from functools import lru_cache
from math import atan, cos, erfc, exp, inf, lgamma, log, pi, sin, sqrt, tan
from statistics import NormalDist
from typing import Final

CONFIDENCE: Final = 0.95
"""Two-sided level of every interval."""

Z: Final = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
"""Standard normal quantile of the level, 1.95996."""

POWER: Final = 0.8
"""Chance of finding a difference that a volume is said to detect: the custom of sample planning (domain.md 6.3)."""

Z_POWER: Final = NormalDist().inv_cdf(POWER)

_MOST_TERMS: Final = 1_000
"""Degrees of freedom from which on t is taken as normal: p is off by less than 0.0005 there."""


@lru_cache(maxsize=4096)
def t_quantile(df: int) -> float:
    """Student's t quantile of the two-sided 95 % level, `df` >= 1; relative error below 1e-9.

    Up to 100 degrees: bisection on the finite series of the distribution (Abramowitz and Stegun 26.7.3 and
    26.7.4). Above: the asymptotic expansion in 1/df (26.7.5), whose first left-out term is below 1e-9 there.
    """
    if df > 100:
        return _t_expansion(df)
    low, high = 0.0, pi / 2
    for _ in range(60):  # halves the interval to below one unit in the last place
        middle = (low + high) / 2
        if _t_within(middle, df) < CONFIDENCE:
            low = middle
        else:
            high = middle
    return sqrt(df) * tan((low + high) / 2)


def _t_within(theta: float, df: int) -> float:
    """P(|T| <= sqrt(df) * tan(theta)): Abramowitz and Stegun 26.7.3 (odd df) and 26.7.4 (even df)."""
    odd = df % 2
    term, series = (cos(theta) if odd else 1.0), 0.0
    for k in range(2 + odd, df + 1, 2):
        series += term
        term *= cos(theta) ** 2 * (k - 1) / k
    return 2 / pi * (theta + sin(theta) * series) if odd else sin(theta) * series


def _t_expansion(df: int) -> float:
    """Abramowitz and Stegun 26.7.5, to the fourth order in 1/df."""
    z = Z
    orders = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92_160,
    )
    return z + sum(term / float(df) ** order for order, term in enumerate(orders, start=1))


def t_p_value(t: float, df: int) -> float:
    """Two-sided p of a t statistic with `df` >= 1 degrees of freedom.

    Past `_MOST_TERMS` the series would be as long as the sample, and the normal distribution is as good.
    """
    if df > _MOST_TERMS:
        return p_value(t)
    return max(0.0, 1 - _t_within(atan(abs(t) / sqrt(df)), df))


def p_value(z: float) -> float:
    """Two-sided p of a statistic that is standard normal when there is no difference."""
    return erfc(abs(z) / sqrt(2))


def chi_square_p(statistic: float, df: int) -> float:
    """How often a chi-square variable with `df` >= 1 degrees of freedom is at least `statistic`.

    The finite series of Abramowitz and Stegun 26.4.4 (odd df) and 26.4.5 (even df).
    """
    half, odd = statistic / 2, df % 2
    tail = erfc(sqrt(half)) if odd else exp(-half)
    term = sqrt(half) * exp(-half) * 2 / sqrt(pi) if odd else exp(-half) * half
    for k in range(4 - odd, df + 1, 2):
        tail += term
        term *= half / (k / 2)
    return min(1.0, tail)


def f_p(statistic: float, df: int, df_within: int) -> float:
    """How often an F variable with `df` and `df_within` >= 1 degrees of freedom is at least `statistic` >= 0.

    By the regularised incomplete beta function (Abramowitz and Stegun 26.6.2).
    """
    if statistic == inf:
        return 0.0
    whole = df_within + df * statistic
    return _beta_share(df_within / whole, df * statistic / whole, df_within / 2, df / 2)


@lru_cache(maxsize=4096)
def f_quantile(p: float, df: int, df_within: int) -> float:
    """The F value that is exceeded with probability `p`, by bisection on `f_p`."""
    low, high = 0.0, 1.0
    while f_p(high, df, df_within) > p:
        low, high = high, 2 * high
    for _ in range(60):
        middle = (low + high) / 2
        if f_p(middle, df, df_within) > p:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _beta_share(x: float, rest: float, a: float, b: float) -> float:
    """I_x(a, b) by its continued fraction (DLMF 8.17.22), which is quick on this side of the mean.

    ``rest`` is 1 - x, of which a difference would lose the digits.
    """
    if 0 in (x, rest):
        return x
    if x > (a + 1) / (a + b + 2):
        return 1 - _beta_share(rest, x, b, a)
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(rest)) / a
    # Steed's way of adding up a continued fraction 1 / (1 + d1 / (1 + d2 / ...)).
    denominator, step = 1.0, 1.0
    total, k = 1.0, 0
    while abs(step) > 1e-13 * abs(total):
        k += 1
        m, odd = divmod(k, 2)
        if odd:
            coefficient = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            coefficient = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        denominator = 1 / (1 + coefficient * denominator)
        step *= denominator - 1
        total += step
    return front * total
