"""Indices: numbers computed by hand from the ACSI's form in domain.md 4.4."""

from typing import Final

import pytest

from schemas.scales import SCALES
from streams.statistics.estimates import NO_DATA, mean
from streams.statistics.indices import WeightedItem, index

TEN: Final = SCALES["csat10"]


def test_three_items_from_one_to_ten_make_one_number_from_0_to_100() -> None:
    """((8 - 1) * 0.5 + (6 - 1) * 0.3 + (10 - 1) * 0.2) / 9 * 100 = 6.8 / 9 * 100."""
    items = [WeightedItem(0.5, {8: 4}), WeightedItem(0.3, {6: 9}), WeightedItem(0.2, {10: 2, -1: 3})]
    found = index(items, TEN)
    assert found.value == pytest.approx(75.5556, abs=1e-4)
    assert found.n == 2


def test_the_interval_comes_from_the_variances_of_independent_items() -> None:
    """Variances 2.5 and 0.5 of 5 answers each, half the weight each: 0.25 * (100 / 9)^2 * (0.5 + 0.1) = 18.5185.

    Degrees of freedom (0.5 + 0.1)^2 / (0.5^2 / 4 + 0.1^2 / 4) = 5.54, down to 5: t = 2.57058, half-width 11.0620.
    Means 7 and 8 make (6 * 0.5 + 7 * 0.5) / 9 * 100 = 72.2222.
    """
    found = index(
        [WeightedItem(0.5, {5: 1, 6: 1, 7: 1, 8: 1, 9: 1, -1: 2}), WeightedItem(0.5, {7: 1, 8: 3, 9: 1})], TEN
    )
    assert found.value == pytest.approx(72.2222, abs=1e-4)
    assert found.low == pytest.approx(72.2222 - 11.0620, abs=1e-4)
    assert found.high == pytest.approx(72.2222 + 11.0620, abs=1e-4)


def test_one_item_alone_is_its_mean_and_interval_on_the_scale_of_0_to_100() -> None:
    buckets = {4: 3, 7: 5, 9: 2}
    one, alone = index([WeightedItem(1.0, buckets)], TEN), mean(buckets, TEN)
    assert alone.value is not None
    assert alone.low is not None
    assert one.value == pytest.approx((alone.value - 1) / 9 * 100)
    assert one.low == pytest.approx((alone.low - 1) / 9 * 100)


def test_without_answers_to_one_item_there_is_no_index() -> None:
    assert index([WeightedItem(0.5, {8: 4}), WeightedItem(0.5, {-1: 4})], TEN) == NO_DATA


def test_an_item_answered_once_leaves_the_index_without_an_interval() -> None:
    assert index([WeightedItem(0.5, {10: 4}), WeightedItem(0.5, {10: 1})], TEN) == (1, 100, None, None)


def test_answers_that_do_not_differ_have_an_interval_of_no_width() -> None:
    assert index([WeightedItem(1.0, {10: 4})], TEN) == (4, 100, 100, 100)
