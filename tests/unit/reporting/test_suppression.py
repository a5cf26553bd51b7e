"""No line tells of single customers, and neither does what is missing from a total."""

from collections import Counter
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from streams.reporting.periods import Period
from streams.reporting.suppression import Suppression
from streams.statistics.estimates import Estimate


class Line(NamedTuple):
    period: Period
    definition: str
    score: Estimate


def lines(*sizes: int, period: int = 0, definition: str = "nps.v1") -> list[Line]:
    return [Line(Period(period, period + 60), definition, Estimate(n, None, None, None)) for n in sizes]


def shown(given: list[Line], least: int = 5) -> list[int]:
    return [line.score.n for line in Suppression(least)(given)]


def test_a_segment_with_fewer_facts_than_asked_for_is_not_shown() -> None:
    assert shown(lines(3, 4, 90, 80)) == [90, 80]


def test_where_one_is_hidden_the_next_smallest_is_too_lest_the_total_gives_it_away() -> None:
    assert shown(lines(90, 3, 80, 70)) == [90, 80]


def test_the_hidden_ones_are_together_no_small_segment_either() -> None:
    assert shown(lines(1, 1, 50, 40)) == [50]


def test_nothing_is_hidden_where_all_are_large_enough_and_no_data_is_no_secret() -> None:
    assert shown(lines(5, 0, 90)) == [5, 0, 90]


def test_a_total_that_is_too_small_is_hidden() -> None:
    assert shown(lines(4)) == []


def test_periods_and_definitions_have_totals_of_their_own() -> None:
    assert shown([*lines(3, 90), *lines(90, 80, period=60)]) == [90, 80]
    assert shown([*lines(3, 4, 90), *lines(80, 70, definition="nps.v2")]) == [90, 80, 70]


def test_it_counts_what_it_leaves_out() -> None:
    suppression = Suppression(5)
    assert len(list(suppression(lines(3, 4, 90)))) == 1
    assert suppression.left_out == 2


@given(st.lists(st.integers(0, 30), max_size=8), st.integers(1, 12))
def test_what_is_missing_is_nothing_or_enough(sizes: list[int], least: int) -> None:
    result = shown(lines(*sizes), least)
    missing = Counter(sizes) - Counter(result)
    assert all(n == 0 or n >= least for n in result)
    assert not missing or (sum(missing.elements()) >= least and missing.total() > 1) or not any(result)
