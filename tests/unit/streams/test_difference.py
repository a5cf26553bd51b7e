"""Differences: the golden vectors of domain.md parts 6 and 7, and what must hold on all inputs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.buckets import bucket_of
from schemas.scales import SCALES
from streams.statistics.difference import (
    duration_difference,
    mean_difference,
    nps_difference,
    share_difference,
)
from streams.statistics.distributions import t_p_value

NPS = SCALES["nps"]
RATINGS = {1: 2, 2: 3, 3: 5, 4: 25, 5: 45}


def answers(promoters: int, passives: int, detractors: int) -> dict[int, int]:
    return {9: promoters, 7: passives, 3: detractors}


def test_two_net_promoter_scores_of_a_hundred_answers_each() -> None:
    found = nps_difference(answers(40, 30, 30), answers(50, 30, 20), NPS)
    assert found is not None
    assert found.value == pytest.approx(-20)
    assert found.p == pytest.approx(0.0794, abs=5e-5)
    assert found.low < -20 < found.high
    assert found.high > 0


@pytest.mark.parametrize(("n", "p"), [(100, 0.235), (200, 0.093), (300, 0.040), (500, 0.008)])
def test_82_percent_and_88_percent_differ_only_where_there_are_enough_answers(n: int, p: float) -> None:
    found = share_difference(88 * n // 100, n, 82 * n // 100, n)
    assert found is not None
    assert found.value == pytest.approx(0.06)
    assert found.p == pytest.approx(p, abs=5e-4)
    assert (found.low > 0) == (p < 0.05)


def test_555_answers_a_side_detect_the_step_from_82_to_88_percent() -> None:
    found = share_difference(488, 555, 455, 555)
    assert found is not None
    assert found.detectable == pytest.approx(0.06, abs=2e-4)


@pytest.mark.parametrize(("points", "n"), [(5, 3_831), (8, 1_497), (10, 958), (13, 567), (20, 240)])
def test_the_detectable_step_of_nps_is_that_of_sample_planning(points: float, n: int) -> None:
    # .50 promoters and .20 detractors have the variance .61 of domain.md 6.3.
    each = {9: 5 * n, 7: 3 * n, 3: 2 * n}
    found = nps_difference(each, each, NPS)
    assert found is not None
    assert found.detectable * 10**0.5 == pytest.approx(points, abs=0.03)


def test_of_few_answers_nobody_is_sure() -> None:
    found = nps_difference(answers(3, 0, 0), answers(0, 0, 3), NPS)
    assert found is not None
    assert found.value == 200
    assert found.p > 0.001
    assert -200 <= found.low <= found.high <= 200


def test_without_answers_there_is_no_difference() -> None:
    assert nps_difference({}, answers(1, 1, 1), NPS) is None
    assert share_difference(1, 1, 0, 0) is None
    assert mean_difference({5: 1}, RATINGS) is None
    assert duration_difference(0, {}, 60_000, {bucket_of(60_000): 1}) is None
    assert duration_difference(60_000, {bucket_of(60_000): 1}, 60_000, {bucket_of(60_000): 1}) is None


def test_means_differ_as_welch_has_it() -> None:
    # scipy.stats.ttest_ind(now, before, equal_var=False) of SciPy 1.17 gives p and the interval, with df = 109.28.
    found = mean_difference({1: 4, 2: 4, 3: 6, 4: 20, 5: 26}, RATINGS)
    assert found is not None
    assert found.value == pytest.approx(4 - 4.35)
    assert found.p == pytest.approx(0.063432, abs=5e-5)
    assert found.low == pytest.approx(-0.719914, abs=5e-4)
    assert found.high == pytest.approx(0.019914, abs=5e-4)


@pytest.mark.parametrize(
    ("t", "df", "p"),
    [(1.875, 109, 0.0634692929), (2.5, 7, 0.0409922186), (0.3, 1, 0.8144528418), (2, 1_200, 0.0457253)],
)
def test_p_values_are_those_of_scipy(t: float, df: int, p: float) -> None:
    assert t_p_value(t, df) == pytest.approx(p, abs=1e-9 if df <= 1_000 else 5e-4)
    assert t_p_value(-t, df) == t_p_value(t, df)


@given(st.dictionaries(st.integers(1, 5), st.integers(1, 50), min_size=2), st.integers(1, 40))
def test_equal_histograms_do_not_differ(buckets: dict[int, int], factor: int) -> None:
    found = mean_difference({code: factor * count for code, count in buckets.items()}, buckets)
    assert found is not None
    assert found.value == pytest.approx(0, abs=1e-9)
    assert found.p == pytest.approx(1)


@given(st.integers(1, 200), st.integers(1, 200), st.data())
def test_a_difference_turned_round_has_the_other_sign(n: int, m: int, data: st.DataObject) -> None:
    k, j = data.draw(st.integers(0, n)), data.draw(st.integers(0, m))
    one, other = share_difference(k, n, j, m), share_difference(j, m, k, n)
    assert one is not None
    assert other is not None
    assert one.value == pytest.approx(-other.value)
    assert one.low == pytest.approx(-other.high)
    assert one.high == pytest.approx(-other.low)
    assert one.p == pytest.approx(other.p)
    assert -1.000001 <= one.low <= one.value <= one.high <= 1.000001


@given(st.lists(st.integers(0, 10**9), min_size=2, max_size=30), st.integers(0, 10**6))
def test_durations_all_longer_by_some_time_differ_by_that(durations: list[int], more: int) -> None:
    def histogram(values: list[int]) -> dict[int, int]:
        counts: dict[int, int] = {}
        for value in values:
            counts[bucket_of(value)] = counts.get(bucket_of(value), 0) + 1
        return counts

    longer = [duration + more for duration in durations]
    found = duration_difference(sum(longer), histogram(longer), sum(durations), histogram(durations))
    assert found is not None
    assert found.value == pytest.approx(more, abs=1e-3)
    assert found.low <= found.value <= found.high
