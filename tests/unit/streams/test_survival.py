"""Kaplan-Meier on duration buckets: domain.md 4.5."""

from collections import Counter
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.buckets import bucket_middle, bucket_of
from streams.statistics import estimates
from streams.statistics.survival import quantile, share_within, still_waiting

SECOND, MINUTE = bucket_of(1_000), bucket_of(60_000)


def test_without_anybody_waiting_it_is_the_plain_share_and_quantile() -> None:
    ended = {SECOND: 3, MINUTE: 1}
    assert share_within(ended, {}, 30_000) == 0.75
    assert quantile(ended, {}, 0.5) == bucket_middle(SECOND)
    assert quantile(ended, {}, 0.9) == bucket_middle(MINUTE)


def test_who_waits_still_counts_among_all_up_to_the_age_reached() -> None:
    """Of 4 one is answered after a second; then one leaves sight; of the 2 left one is answered after a minute."""
    ended, ages = {SECOND: 1, MINUTE: 1}, {bucket_of(30_000): 1, bucket_of(600_000): 1}
    assert dict(still_waiting(ended, ages)) == {SECOND: pytest.approx(3 / 4), MINUTE: pytest.approx(3 / 4 * 1 / 2)}
    assert share_within(ended, ages, 30_000) == pytest.approx(1 / 4)
    assert share_within(ended, ages, 300_000) == pytest.approx(5 / 8)


def test_what_nobody_was_seen_to_wait_for_has_no_value() -> None:
    ended, ages = {SECOND: 1}, {MINUTE: 3}
    assert quantile(ended, ages, 0.5) is None
    assert share_within(ended, ages, 3_600_000) is None
    assert share_within({}, {}, 1_000) is None
    assert quantile({}, {MINUTE: 5}, 0.1) is None


def test_once_everybody_is_answered_all_is_known_however_long_one_asks() -> None:
    assert share_within({SECOND: 2}, {}, 3_600_000) == 1.0


histograms = st.dictionaries(st.integers(0, 60), st.integers(0, 30), max_size=12)


@given(histograms, histograms)
def test_it_is_the_product_of_the_definition(ended: dict[int, int], ages: dict[int, int]) -> None:
    found = dict(still_waiting(ended, ages))
    for bucket, share in found.items():
        factors = (
            1 - ended[i] / sum(count for each in (ended, ages) for k, count in each.items() if k >= i)
            for i in sorted(ended)
            if i <= bucket and ended[i]
        )
        assert share == pytest.approx(prod(factors))
    assert found.keys() == {bucket for bucket, count in ended.items() if count}


@given(histograms.filter(lambda found: any(found.values())), st.floats(0.05, 0.95))
def test_without_anybody_waiting_its_quantile_is_the_report_s(ended: dict[int, int], q: float) -> None:
    exact = estimates.quantile(Counter(ended), q)
    n = sum(ended.values())
    if abs(q * n - round(q * n)) > 1e-6:  # at a tie rounding may take the next one
        assert quantile(ended, {}, q) == exact
