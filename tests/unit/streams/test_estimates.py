"""Scores and intervals: the golden vectors of domain.md part 7 and what they must hold on all inputs."""

from math import ceil, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.buckets import LONGEST_MS, bucket_of
from schemas.scales import SCALES
from streams.statistics.distributions import t_quantile
from streams.statistics.estimates import (
    NO_DATA,
    Estimate,
    answers_score,
    duration_mean,
    duration_range,
    mean,
    nps,
    quantile,
    share,
    top_box,
)

RATINGS = {1: 2, 2: 3, 3: 5, 4: 25, 5: 45}


@pytest.mark.parametrize(
    ("promoters", "passives", "detractors", "value", "low", "high"),
    [
        (50, 30, 20, 30, 14.051, 44.201),
        (9, 1, 0, 90, 38.079, 100),
        (1, 0, 0, 100, -48.499, 98.499),
        (7, 2, 1, 60, 7.039, 85.268),
        (3, 4, 3, 0, -41.289, 41.289),
        (450, 300, 250, 20, 14.914, 24.967),
    ],
)
def test_nps_has_the_adjusted_wald_interval(
    promoters: int, passives: int, detractors: int, value: float, low: float, high: float
) -> None:
    estimate = nps({10: promoters, 8: passives, 3: detractors})
    assert estimate.n == promoters + passives + detractors
    assert (estimate.value, estimate.low, estimate.high) == pytest.approx((value, low, high), abs=5e-4)


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [
        (8, 10, 0.4902, 0.9433),
        (80, 100, 0.7112, 0.8666),
        (95, 100, 0.8882, 0.9785),
        (0, 5, 0, 0.4345),
        (5, 5, 0.5655, 1),
    ],
)
def test_a_share_has_the_wilson_interval(k: int, n: int, low: float, high: float) -> None:
    estimate = share(k, n)
    assert (estimate.low, estimate.high) == pytest.approx((low, high), abs=5e-5)
    assert (estimate.n, estimate.value) == (n, k / n)


def test_a_mean_of_ratings_has_the_t_interval() -> None:
    estimate = mean(RATINGS, SCALES["rating5"])
    assert (estimate.value, estimate.low, estimate.high) == pytest.approx((4.35, 4.1402, 4.5598), abs=5e-5)
    assert top_box(RATINGS, SCALES["csat5"]).value == 0.875


def test_top_two_of_54_ratings_with_12_fours_and_15_fives_is_half() -> None:
    assert top_box({1: 27, 4: 12, 5: 15}, SCALES["csat5"]).value == 0.5


@pytest.mark.parametrize(
    ("df", "expected"),
    [
        (1, 12.706204736174694),
        (2, 4.302652729749462),
        (3, 3.1824463052837078),
        (9, 2.262157162798205),
        (30, 2.0422724563012378),
        (79, 1.9904502102301285),
        (1000, 1.9623390808264083),
    ],
)
def test_the_t_quantile_equals_the_published_one(df: int, expected: float) -> None:
    assert t_quantile(df) == pytest.approx(expected, rel=1e-9)


def test_the_t_quantile_falls_steadily_across_its_two_methods() -> None:
    quantiles = [t_quantile(df) for df in range(1, 300)]
    assert quantiles == sorted(quantiles, reverse=True)


def test_without_answers_there_is_no_value() -> None:
    only_not_applicable = {-1: 7}
    for estimate in (nps({}), share(0, 0), mean({}), duration_mean(0, {}), nps(only_not_applicable)):
        assert estimate == NO_DATA == Estimate(0, None, None, None)
    assert top_box(only_not_applicable, SCALES["csat5"]) == NO_DATA
    assert mean(only_not_applicable, SCALES["ces7"]) == NO_DATA
    assert quantile({}, 0.5) is None
    assert duration_range({}) is None


def test_not_applicable_never_counts() -> None:
    assert nps({10: 3, -1: 90}) == nps({10: 3})
    assert mean({**RATINGS, -1: 90}) == mean(RATINGS)
    assert top_box({**RATINGS, -1: 90}, SCALES["csat5"]) == top_box(RATINGS, SCALES["csat5"])


def test_one_fact_has_a_mean_but_no_interval_of_it() -> None:
    assert mean({4: 1}) == Estimate(1, 4.0, None, None)


def test_a_mean_stays_on_its_scale() -> None:
    estimate = mean({5: 1, 1: 1}, SCALES["rating5"])
    assert (estimate.low, estimate.high) == (1, 5)


def test_low_effort_is_satisfied_on_a_reversed_scale() -> None:
    assert answers_score("top_box", {1: 3, 5: 1}, SCALES["effort5"]).value == 0.75


def test_the_declared_score_decides_the_value_of_answers() -> None:
    assert answers_score("nps", {10: 1, 0: 1}, SCALES["nps"]).value == 0
    assert answers_score("mean", {7: 1, 5: 1}, SCALES["ces7"]).value == 6


def test_a_revised_answer_leaves_what_a_history_without_the_first_one_has() -> None:
    revised = {5: 1 - 1, 2: 1}
    assert mean(revised) == mean({2: 1})


@given(
    st.lists(st.integers(0, LONGEST_MS), min_size=1, max_size=200),
    st.sampled_from([0.5, 0.9, 0.95, 0.99, 1.0]),
)
def test_a_quantile_is_within_two_percent_of_the_duration_at_its_rank(durations: list[int], q: float) -> None:
    exact = sorted(durations)[ceil(q * len(durations)) - 1]
    found = quantile(_bucketed(durations), q)
    assert found is not None
    assert abs(found - exact) <= (0.02 + 1e-12) * exact  # 306 ms is off by exactly 2 %, but for floating point


@given(st.lists(st.integers(0, LONGEST_MS), min_size=2, max_size=200))
def test_a_duration_mean_is_exact_and_its_interval_nearly_that_of_the_raw_durations(
    durations: list[int],
) -> None:
    estimate = duration_mean(sum(durations), _bucketed(durations))
    raw = _t_interval_of(durations)
    assert estimate.value == sum(durations) / len(durations)
    assert estimate.low is not None
    assert estimate.high is not None
    assert estimate.low >= 0
    # Every middle is within 2 % of its duration: the deviation moves by at most 2 % of the root mean square.
    root_mean_square = sqrt(sum(x * x for x in durations) / len(durations))
    slack = 0.02 * root_mean_square * t_quantile(1) * sqrt(2)
    assert abs((estimate.high - estimate.value) - raw) <= slack + 1e-6


def test_two_durations_of_thirty_days_do_not_overflow() -> None:
    month = 30 * 86_400_000
    estimate = duration_mean(2 * month, {bucket_of(month): 2})
    assert estimate == Estimate(2, month, month, month)


def test_every_duration_lies_in_the_range_of_the_outermost_buckets() -> None:
    durations = [31, 999, 120_000]
    found = duration_range({**_bucketed(durations), bucket_of(500_000): 0})
    assert found is not None
    low, high = found
    assert 0.95 * 31 <= low <= 31
    assert 120_000 <= high <= 1.05 * 120_000


@given(st.dictionaries(st.integers(0, 10), st.integers(0, 10_000), max_size=11))
def test_every_interval_holds_its_value_and_stays_in_range(buckets: dict[int, int]) -> None:
    score = nps(buckets)
    if score.value is not None and score.low is not None and score.high is not None:
        assert -100 <= score.low <= score.high <= 100
    satisfied = top_box(buckets, SCALES["nps"])
    if satisfied.value is not None and satisfied.low is not None and satisfied.high is not None:
        assert 0 <= satisfied.low <= satisfied.value <= satisfied.high <= 1
    average = mean(buckets)
    if average.value is not None and average.low is not None and average.high is not None:
        assert average.low <= average.value <= average.high


def _bucketed(durations: list[int]) -> dict[int, int]:
    buckets: dict[int, int] = {}
    for duration in durations:
        bucket = bucket_of(duration)
        buckets[bucket] = buckets.get(bucket, 0) + 1
    return buckets


def _t_interval_of(values: list[int]) -> float:
    n = len(values)
    centre = sum(values) / n
    variance = sum((value - centre) ** 2 for value in values) / (n - 1)
    return t_quantile(n - 1) * sqrt(variance / n)
