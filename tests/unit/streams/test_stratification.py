"""Post-stratified scores: numbers computed by hand from domain.md 4.7."""

import pytest

from schemas.metrics import Score
from schemas.scales import SCALES
from streams.statistics.distributions import chi_square_p
from streams.statistics.stratification import Group, group_of, is_too_thin, reach_of, representativeness, weighted

NPS = SCALES["nps"]
REGULAR = group_of(0.8, {10: 50, 8: 30, 3: 20}, "nps", NPS)
VIP = group_of(0.2, {9: 10, 7: 10, 0: 80}, "nps", NPS)


@pytest.mark.parametrize(
    ("score", "scale", "buckets", "n", "value", "variance"),
    [
        # p + d - (p - d)^2 = 0.5 + 0.2 - 0.09 = 0.61, in points 6100
        ("nps", "nps", {10: 50, 8: 30, 3: 20, -1: 9}, 100, 30, 6100),
        ("top_box", "csat5", {5: 6, 4: 2, 1: 2}, 10, 0.8, 0.16),
        # 1, 2, 3: the variance of the sample is 1
        ("mean", "rating5", {1: 1, 2: 1, 3: 1}, 3, 2, 1),
        ("mean", "rating5", {4: 1}, 1, 4, None),
        ("mean", "rating5", {-1: 3}, 0, 0, None),
    ],
)
def test_a_group_has_the_score_and_the_variance_of_one_answer(
    score: Score, scale: str, buckets: dict[int, int], n: int, value: float, variance: float | None
) -> None:
    found = group_of(0.5, buckets, score, SCALES[scale])
    assert found.n == n
    assert found.value == pytest.approx(value)
    assert found.variance == (None if variance is None else pytest.approx(variance))


def test_each_group_counts_by_its_share_of_the_base() -> None:
    """0.8 * 30 - 0.2 * 70 = 10; Var = 0.64 * 6100 / 100 + 0.04 * 4100 / 100 = 40.68, half-width 1.95996 * 6.37809.

    Effective n: 1 / (0.64 / 100 + 0.04 / 100) = 147.06. As answered it is (60 - 100) / 200 = -20.
    """
    found = weighted([REGULAR, VIP], *reach_of("nps", NPS))
    assert found.estimate.n == 200
    assert found.estimate.value == pytest.approx(10)
    assert found.estimate.low == pytest.approx(10 - 12.5008, abs=1e-3)
    assert found.estimate.high == pytest.approx(10 + 12.5008, abs=1e-3)
    assert found.effective_n == pytest.approx(147.0588, abs=1e-3)


def test_a_sample_in_proportion_is_worth_all_its_answers() -> None:
    groups = [Group(0.8, 80, 1.0, 0.5), Group(0.2, 20, 0.0, 0.5)]
    assert weighted(groups, 0, 1).effective_n == pytest.approx(100)


def test_a_small_group_without_answers_leaves_its_weight_to_the_others() -> None:
    groups = [Group(0.6, 50, 1.0, 0.1), Group(0.36, 50, 0.0, 0.1), Group(0.04, 0, 0.0, None)]
    found = weighted(groups, 0, 1)
    assert found.estimate.value == pytest.approx(0.625)
    assert found.effective_n == pytest.approx(0.96**2 / (0.36 / 50 + 0.1296 / 50))


def test_the_interval_stays_within_reach_and_is_none_where_nothing_varies() -> None:
    wide = weighted([Group(0.5, 5, 90.0, 9_000.0), Group(0.5, 5, 90.0, 9_000.0)], -100, 100)
    assert wide.estimate.high == 100
    unanimous = weighted([Group(0.5, 5, 100.0, 0.0), Group(0.5, 5, 100.0, 0.0)], -100, 100)
    assert (unanimous.estimate.value, unanimous.estimate.low, unanimous.estimate.high) == (100, None, None)


def test_no_answers_at_all_have_no_weighted_score() -> None:
    with pytest.raises(ValueError, match="no group"):
        weighted([Group(1.0, 0, 0.0, None)], 0, 1)


@pytest.mark.parametrize(
    ("population", "n", "thin"), [(0.06, 4, True), (0.06, 5, False), (0.05, 0, False), (0.5, 0, True)]
)
def test_a_group_of_more_than_5_percent_needs_5_answers(population: float, n: int, thin: bool) -> None:
    assert is_too_thin(Group(population, n, 0.0, None)) is thin


def test_answers_in_proportion_are_representative_and_others_are_not() -> None:
    """90 and 10 of 100 where 80 and 20 belong: 100 / 80 + 100 / 20 = 6.25, one degree of freedom, p = 0.0124."""
    off = [Group(0.8, 90, 0.0, None), Group(0.2, 10, 0.0, None)]
    assert representativeness(off) == pytest.approx(0.01242, abs=1e-5)
    assert representativeness([Group(0.8, 80, 0.0, None), Group(0.2, 20, 0.0, None)]) == 1


def test_too_few_answers_cannot_tell_whether_they_are_representative() -> None:
    assert representativeness([Group(0.8, 18, 0.0, None), Group(0.2, 4, 0.0, None)]) is None
    assert representativeness([Group(0.8, 20, 0.0, None), Group(0.2, 5, 0.0, None)]) is not None
    assert representativeness([Group(0.8, 0, 0.0, None), Group(0.2, 0, 0.0, None)]) is None


def test_small_groups_are_judged_together() -> None:
    """Of 100 answers 2 and 4 belong to the small ones, where 15 are: 9^2 / 6 + 9^2 / 94 = 14.3617, one degree."""
    groups = [Group(0.94, 85, 0.0, None), Group(0.02, 10, 0.0, None), Group(0.04, 5, 0.0, None)]
    assert representativeness(groups) == pytest.approx(chi_square_p(14.3617, 1), rel=1e-3)


@pytest.mark.parametrize(
    ("statistic", "df", "p"),
    [(3.8415, 1, 0.05), (5.9915, 2, 0.05), (7.8147, 3, 0.05), (9.4877, 4, 0.05), (20.515, 5, 0.001), (0, 6, 1)],
)
def test_chi_square_has_the_tails_of_the_tables(statistic: float, df: int, p: float) -> None:
    assert chi_square_p(statistic, df) == pytest.approx(p, abs=1e-5)
