"""Dispersion: spreads, their change, and the part of them that lies between groups (domain.md A33, 5.1 stability)."""

from collections import Counter
from math import exp, log
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.buckets import bucket_of
from streams.statistics.difference import spread_difference
from streams.statistics.dispersion import between, deviation, logarithms, tail_ratio
from streams.statistics.distributions import f_p, f_quantile, t_p_value
from streams.statistics.estimates import median_of

FERTILISERS = ([6, 8, 4, 5, 3, 4], [8, 12, 9, 11, 6, 8], [13, 9, 11, 8, 7, 12])
"""Three groups of a textbook on the analysis of variance: MSB = 42, MSW = 68 / 15, F = 9.26, p = 0.0024."""


def counted(values: list[float]) -> Counter[float]:
    return Counter(map(float, values))


def seconds(*lengths: float) -> Counter[int]:
    return Counter(bucket_of(round(1_000 * length)) for length in lengths)


@pytest.mark.parametrize(("f", "df", "within"), [(4.9646, 1, 10), (3.0984, 3, 20), (2.2541, 6, 60), (6.3882, 4, 4)])
def test_f_is_exceeded_as_often_as_its_table_says(f: float, df: int, within: int) -> None:
    assert f_p(f, df, within) == pytest.approx(0.05, abs=5e-6)
    assert f_quantile(0.05, df, within) == pytest.approx(f, abs=5e-5)


@given(st.floats(0, 50), st.integers(1, 2_000))
def test_f_of_two_degrees_has_its_closed_form(f: float, within: int) -> None:
    assert f_p(f, 2, within) == pytest.approx((1 + 2 * f / within) ** (-within / 2), rel=1e-9, abs=1e-300)


@given(st.floats(0, 20), st.integers(1, 900))
def test_f_of_one_degree_is_the_square_of_t(t: float, within: int) -> None:
    assert f_p(t * t, 1, within) == pytest.approx(t_p_value(t, within), abs=1e-9)


def test_the_deviation_of_answers_is_that_of_their_codes() -> None:
    """1, 2, 3, 4, 5 around 3: 10 / 4."""
    estimate = deviation(counted([1, 2, 3, 4, 5]))
    assert estimate.n == 5
    assert estimate.value == pytest.approx(2.5**0.5)
    assert (estimate.low, estimate.high) == (None, None)


def test_what_does_not_vary_has_no_deviation_and_one_answer_has_none_that_is_known() -> None:
    assert deviation(counted([4] * 9)) == (9, 0, 0, 0)
    assert deviation(counted([4])) == (1, None, None, None)
    assert deviation({}).value is None


@pytest.mark.parametrize("n", [10, 30, 200])
def test_the_interval_of_a_deviation_holds_the_true_one_in_19_of_20_cases(n: int) -> None:
    random = Random(n)
    found = [deviation(Counter(round(random.gauss(0, 2), 1) for _ in range(n))) for _ in range(500)]
    held = sum(each.low is not None and each.high is not None and each.low <= 2 <= each.high for each in found)
    assert 0.92 <= held / len(found) <= 0.98


def test_the_ratio_of_durations_says_how_much_longer_one_of_ten_waits_than_half() -> None:
    """1 to 100 s: half within 50 s, nine of ten within 90."""
    estimate = tail_ratio(seconds(*range(1, 101)))
    assert estimate.value == pytest.approx(1.8, rel=0.04)
    assert estimate.low is not None
    assert estimate.high is not None
    assert 1 <= estimate.low < 1.8 < estimate.high


@given(st.lists(st.integers(1, 1_000), min_size=1, max_size=80), st.integers(2, 500))
def test_the_ratio_is_the_same_when_everything_is_slower(lengths: list[int], factor: int) -> None:
    usual, slow = (tail_ratio(seconds(*(length * by for length in lengths))) for by in (1, factor))
    assert slow.value == pytest.approx(usual.value, rel=0.09)


def test_the_interval_of_a_ratio_holds_the_true_one_in_19_of_20_cases_at_least() -> None:
    random, true = Random(5), exp(1.28155 * 0.8)
    found = [tail_ratio(seconds(*(random.lognormvariate(4, 0.8) for _ in range(60)))) for _ in range(300)]
    held = sum(each.low is not None and each.high is not None and each.low <= true <= each.high for each in found)
    assert held / len(found) >= 0.95


def test_too_few_durations_have_a_ratio_and_no_interval() -> None:
    estimate = tail_ratio(seconds(*range(1, 35)))
    assert estimate.value is not None
    assert (estimate.low, estimate.high) == (None, None)
    assert tail_ratio({}).n == 0
    assert tail_ratio(seconds(0, 0, 0, 1)) == (4, None, None, None)


def test_logarithms_of_durations_begin_at_a_millisecond() -> None:
    found = logarithms(seconds(0, 0.001, 1))
    assert list(found.values()) == [2, 1]
    assert list(found) == pytest.approx([0, log(1_000)], abs=0.02)


@pytest.mark.parametrize(("values", "median"), [([3], 3), ([1, 4], 2.5), ([1, 1, 1, 9], 1), ([2, 5, 7], 5)])
def test_a_median_is_the_middle_one_or_between_two(values: list[float], median: float) -> None:
    assert median_of(counted(values)) == median


def test_spreads_are_compared_by_deviations_from_the_median() -> None:
    """1, 2, 3, 4, 5 deviate by 1.2 with variance 0.7; 2, 3, 3, 3, 4 by 0.4 with 0.3: t = 0.8 / sqrt(0.2), 6 degrees."""
    found = spread_difference(counted([1, 2, 3, 4, 5]), counted([2, 3, 3, 3, 4]))
    assert found is not None
    assert found.value == pytest.approx(0.8)
    assert found.p == pytest.approx(t_p_value(0.8 / 0.2**0.5, 6))


def test_the_same_answers_one_code_lower_are_spread_alike() -> None:
    found = spread_difference(counted([1, 2, 3, 4, 4]), counted([2, 3, 4, 5, 5]))
    assert found is not None
    assert (found.value, found.p) == (0, 1)
    assert spread_difference(counted([3]), counted([1, 5])) is None
    assert spread_difference({}, {}) is None


def test_spreads_that_are_alike_are_found_to_differ_once_in_twenty() -> None:
    random = Random(3)

    def answers() -> Counter[float]:
        return Counter(map(float, random.choices((1, 2, 3, 4, 5), (2, 3, 5, 25, 45), k=80)))

    found = [spread_difference(answers(), answers()) for _ in range(500)]
    wrong = sum(each is not None and each.p < 0.05 for each in found)
    assert 0.02 <= wrong / len(found) <= 0.08


def test_the_variance_between_groups_is_that_of_the_analysis_of_variance() -> None:
    """(42 - 68 / 15) / 6 = 6.244 between, 4.533 within: 57.9 %."""
    found = between([counted([*map(float, group)]) for group in FERTILISERS])
    assert found is not None
    assert (found.groups, found.share.n) == (3, 18)
    assert found.share.value == pytest.approx(37.4667 / 64.6667, abs=1e-5)
    assert found.deviation == pytest.approx(6.24444**0.5, abs=1e-5)
    assert found.p == pytest.approx(0.0024, abs=5e-5)
    assert found.share.low is not None
    assert found.share.high is not None
    assert 0 < found.share.low < 0.579 < found.share.high < 1


def test_groups_that_are_as_alike_as_chance_makes_them_have_nothing_between() -> None:
    found = between([counted([1, 5]), counted([2, 4]), counted([1, 5])])
    assert found is not None
    assert (found.share.value, found.deviation) == (0, 0)
    assert found.p == pytest.approx(1)


def test_groups_each_perfectly_even_have_all_between() -> None:
    found = between([counted([2, 2]), counted([5, 5])])
    assert found is not None
    assert (found.share.value, found.share.low, found.share.high, found.p) == (1, 1, 1, 0)


@pytest.mark.parametrize("groups", [[], [[1.0, 2.0]], [[1.0], [2.0]], [[3.0, 3.0], [3.0, 3.0]], [[1.0, 2.0], []]])
def test_nothing_lies_between_fewer_than_two_groups_or_where_nothing_varies(groups: list[list[float]]) -> None:
    assert between([counted(group) for group in groups]) is None


def test_the_interval_of_the_share_between_holds_the_true_one_in_19_of_20_cases() -> None:
    """Twelve agents of 10 to 40 answers, whose means differ by half of what the answers of one do: a fifth."""
    random, held = Random(3), 0
    for _ in range(300):
        means = [random.gauss(0, 0.5) for _ in range(12)]
        groups = [
            Counter(round(random.gauss(mean, 1), 2) for _ in range(random.choice((10, 20, 40)))) for mean in means
        ]
        found = between(groups)
        assert found is not None
        held += (
            found.share.low is not None and found.share.high is not None and found.share.low <= 0.2 <= found.share.high
        )
    assert 0.92 <= held / 300 <= 0.98
