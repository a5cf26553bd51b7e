"""Whether a score differs from an earlier one, by how much, and what difference could have been seen at all.

The two samples have to be disjoint (domain.md 4.3): overlapping windows share answers.
"""

from collections.abc import Mapping
from math import sqrt
from typing import Final, NamedTuple

from schemas.buckets import bucket_middle
from schemas.scales import NOT_APPLICABLE, Scale
from streams.statistics.distributions import Z_POWER, Z, p_value, t_p_value, t_quantile
from streams.statistics.estimates import answered, median_of, share
from streams.statistics.gaps import widths

_SMALL: Final = 50
"""Answers below which NPS is compared by its adjusted quantities (domain.md 4.3)."""


class Difference(NamedTuple):
    """The later score minus the earlier one, in the unit of the scores."""

    value: float
    low: float
    """Bounds of the 95 % interval."""
    high: float
    p: float
    """Two-sided: how often chance alone gives at least this difference."""
    detectable: float
    """The smallest true difference that samples of these sizes find in four of five cases, at the 5 % level."""


def nps_difference(now: Mapping[int, int], before: Mapping[int, int], scale: Scale) -> Difference | None:
    """Of two net promoter scores, by their histograms; None where one has no answers.

    z = difference / sqrt(SE1^2 + SE2^2), with the adjusted shares of `nps` while either has fewer than 50 answers.
    """
    sizes = answered(now), answered(before)
    if min(sizes) <= 0:
        return None
    extra = 0.75 if min(sizes) < _SMALL else 0.0
    (one, one_variance), (other, other_variance) = (_net(each, scale, extra) for each in (now, before))
    value = 100 * (_net(now, scale, 0)[0] - _net(before, scale, 0)[0])
    error = 100 * sqrt(one_variance + other_variance)
    centre = 100 * (one - other)
    p = p_value(centre / error) if error else float(centre == 0)
    return Difference(value, max(centre - Z * error, -200.0), min(centre + Z * error, 200.0), p, (Z + Z_POWER) * error)


def share_difference(k: int, n: int, k_before: int, n_before: int) -> Difference | None:
    """Of the shares ``k`` of ``n`` and ``k_before`` of ``n_before``; None where one is of nothing.

    The interval is Newcombe's (1998, method 10) from the two Wilson intervals; p is that of the pooled z test.
    """
    if min(n, n_before) <= 0:
        return None
    (now, now_low, now_high), (before, before_low, before_high) = _wilson(k, n), _wilson(k_before, n_before)
    value = now - before
    pooled = (k + k_before) / (n + n_before)
    null_error = sqrt(pooled * (1 - pooled) * (1 / n + 1 / n_before))
    error = sqrt(now * (1 - now) / n + before * (1 - before) / n_before)
    return Difference(
        value,
        value - sqrt((now - now_low) ** 2 + (before_high - before) ** 2),
        value + sqrt((now_high - now) ** 2 + (before - before_low) ** 2),
        p_value(value / null_error) if null_error else 1.0,
        Z * null_error + Z_POWER * error,
    )


def mean_difference(now: Mapping[int, int], before: Mapping[int, int]) -> Difference | None:
    """Of two mean codes, by their histograms, as Welch has it; None where one has fewer than two answers."""
    return _welch(_codes(now), _codes(before), None)


def gap_difference(now: Mapping[int, int], before: Mapping[int, int], scale: Scale | None) -> Difference | None:
    """Of two mean gaps of experience and expectation, by their histograms of pairs, as Welch has it."""
    return _welch(widths(now, scale), widths(before, scale), None)


def duration_difference(
    total_ms: int, buckets: Mapping[int, int], total_ms_before: int, buckets_before: Mapping[int, int]
) -> Difference | None:
    """Of two mean durations in ms as Welch has it, with the exact means and the variances of the bucket middles."""
    n, n_before = sum(buckets.values()), sum(buckets_before.values())
    if min(n, n_before) <= 0:
        return None
    return _welch(_middles(buckets), _middles(buckets_before), total_ms / n - total_ms_before / n_before)


def spread_difference(now: Mapping[float, int], before: Mapping[float, int]) -> Difference | None:
    """Of two spreads: the mean absolute deviations from the median, of values as often as each side has them.

    Brown and Forsythe's form of Levene's test (1974), which also holds for values that are far from normal, as codes
    of a short scale are; with Welch's degrees of freedom, since groups of unequal spread are what it is about.
    """
    return _welch(_deviations(now), _deviations(before), None)


def _deviations(counts: Mapping[float, int]) -> dict[float, int]:
    found: dict[float, int] = {}
    if counts:
        middle = median_of(counts)
        for x, count in counts.items():
            found[abs(x - middle)] = found.get(abs(x - middle), 0) + count
    return found


def _wilson(k: int, n: int) -> tuple[float, float, float]:
    """Share and bounds of its interval, ``n`` > 0."""
    _, value, low, high = share(k, n)
    return value or 0.0, low or 0.0, high or 0.0


def _net(buckets: Mapping[int, int], scale: Scale, extra: float) -> tuple[float, float]:
    """Promoters less detractors as a share of 1, and the variance of that; ``extra`` answers are added to each."""
    n = answered(buckets) + 4 * extra
    p = (sum(buckets.get(code, 0) for code in scale.top_box) + extra) / n
    d = (sum(buckets.get(code, 0) for code in scale.bottom_box) + extra) / n
    return p - d, (p + d - (p - d) ** 2) / n


def _codes(buckets: Mapping[int, int]) -> dict[float, int]:
    return {float(code): count for code, count in buckets.items() if code != NOT_APPLICABLE}


def _middles(buckets: Mapping[int, int]) -> dict[float, int]:
    return {bucket_middle(bucket): count for bucket, count in buckets.items()}


def _welch(now: Mapping[float, int], before: Mapping[float, int], value: float | None) -> Difference | None:
    """``value``: the difference of the means where it is known better than from the counts (how often each)."""
    (n, mean, variance), (n_before, mean_before, variance_before) = _moments(now), _moments(before)
    if min(n, n_before) < 2:
        return None
    if value is None:
        value = mean - mean_before
    one, other = variance / n, variance_before / n_before
    error = sqrt(one + other)
    if not error:
        return Difference(value, value, value, float(value == 0), 0.0)
    # Welch and Satterthwaite, rounded down: the next wider distribution.
    df = int((one + other) ** 2 / (one**2 / (n - 1) + other**2 / (n_before - 1)))
    half = t_quantile(df) * error
    return Difference(value, value - half, value + half, t_p_value(value / error, df), (Z + Z_POWER) * error)


def _moments(counts: Mapping[float, int]) -> tuple[int, float, float]:
    """Number, mean and sample variance; 0 for what does not exist."""
    n = sum(counts.values())
    if n < 2:
        return n, 0.0, 0.0
    mean = sum(x * count for x, count in counts.items()) / n
    return n, mean, sum((x - mean) ** 2 * count for x, count in counts.items()) / (n - 1)
