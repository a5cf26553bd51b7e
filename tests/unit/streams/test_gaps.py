"""Experience against expectation: numbers computed by hand from domain.md A1 to A4 and 4.4."""

from typing import Final

import pytest

from schemas.gaps import Gap, gap_of, pair_of
from schemas.scales import SCALES
from streams.statistics.difference import gap_difference
from streams.statistics.estimates import NO_DATA
from streams.statistics.gaps import classes, deviation, mean_gap, ratio

CSAT: Final = SCALES["csat5"]
PAIRS: Final = {405: 2, 303: 1, 503: 1}
"""Gaps +1, +1, 0 and -2: mean 0, squares 6, sd sqrt(6 / 3)."""


@pytest.mark.parametrize("gap", [Gap(0, 0), Gap(0, 10), Gap(10, 0), Gap(4, 5)])
def test_a_pair_holds_both_codes(gap: Gap) -> None:
    assert gap_of(pair_of(gap)) == gap


def test_the_mean_gap_has_the_paired_t_interval() -> None:
    """t of three degrees 3.18245, times 1.41421 / sqrt(4)."""
    found = mean_gap(PAIRS, CSAT)
    assert (found.n, found.value) == (4, 0)
    assert found.low == pytest.approx(-2.25033, abs=1e-5)
    assert found.high == pytest.approx(2.25033, abs=1e-5)
    assert deviation(PAIRS) == pytest.approx(2**0.5)


def test_a_gap_of_minus_one_is_a_gap_and_not_an_answer_that_does_not_apply() -> None:
    assert mean_gap({302: 2}, CSAT) == (2, -1, -1, -1)


def test_customers_are_above_equal_or_below_what_they_expected() -> None:
    found = classes(PAIRS, CSAT)
    assert [each.value for each in found] == [0.5, 0.25, 0.25]
    assert found.equal.low == pytest.approx(0.0456, abs=1e-4)
    assert found.equal.high == pytest.approx(0.6994, abs=1e-4)


def test_where_a_low_code_is_the_good_answer_less_effort_than_expected_is_above() -> None:
    effort = SCALES["effort5"]
    assert mean_gap({402: 3}, effort).value == 2
    assert classes({402: 3, 204: 1}, effort).above.value == 0.75


def test_the_ratio_is_that_of_the_sums_with_the_interval_of_the_delta_method() -> None:
    """16 / 16; residuals p - e have the squares 6: sqrt(6 / 3 / 4) / 4 is the error, times 3.18245."""
    found = ratio(PAIRS)
    assert found.value == 1
    assert found.low == pytest.approx(1 - 0.56258, abs=1e-5)
    assert found.high == pytest.approx(1 + 0.56258, abs=1e-5)
    assert ratio({204: 1, 402: 1}).value == 1  # 6 / 6, where the mean of the ratios 2 and 1/2 would be 1.25


def test_nothing_has_no_value() -> None:
    assert mean_gap({}, CSAT) == NO_DATA
    assert deviation({405: 1}) is None
    assert mean_gap({405: 1}, CSAT) == (1, 1, None, None)
    assert ratio({}).value is None
    assert ratio({5: 3}) == (3, None, None, None)


def test_mean_gaps_are_compared_as_means_are() -> None:
    found = gap_difference({405: 30, 404: 30}, {404: 30, 403: 30}, CSAT)
    assert found is not None
    assert found.value == 1
    assert found.p < 1e-6
