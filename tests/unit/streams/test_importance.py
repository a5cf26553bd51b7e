"""Importance beside performance: quadrants by hand, at the grand means (domain.md A29)."""

from typing import Final

import pytest

from streams.statistics.estimates import NO_DATA, Estimate
from streams.statistics.importance import Attribute, Cross, Quadrant, cross_of, is_clear, quadrant


def known(value: float, half: float = 0.1) -> Estimate:
    return Estimate(30, value, value - half, value + half)


STAFF: Final = Attribute(known(4.5), known(4.6))
WAITING: Final = Attribute(known(4.7), known(2.8))
LEAFLETS: Final = Attribute(known(2.0), known(4.4))
PARKING: Final = Attribute(known(2.4), known(3.0))
ALL: Final = [STAFF, WAITING, LEAFLETS, PARKING]


def test_the_lines_cross_at_the_means_of_the_means() -> None:
    """(4.5 + 4.7 + 2.0 + 2.4) / 4 = 3.4 and (4.6 + 2.8 + 4.4 + 3.0) / 4 = 3.7: each question counts once."""
    found = cross_of([*ALL, Attribute(known(1.0), NO_DATA), Attribute(NO_DATA, known(1.0))])
    assert found is not None
    assert tuple(found) == pytest.approx((3.4, 3.7))


@pytest.mark.parametrize(
    ("attribute", "where"),
    [
        (STAFF, "keep up"),
        (WAITING, "concentrate here"),
        (LEAFLETS, "possible overkill"),
        (PARKING, "low priority"),
        (Attribute(known(3.4), known(3.7)), "keep up"),
        (Attribute(known(3.4), NO_DATA), None),
    ],
)
def test_each_question_lies_in_its_quadrant(attribute: Attribute, where: Quadrant | None) -> None:
    assert quadrant(attribute, Cross(3.4, 3.7)) == where


def test_where_a_low_code_is_the_good_one_little_effort_is_well_done() -> None:
    assert quadrant(WAITING, Cross(3.4, 3.7), higher_is_better=False) == "keep up"


@pytest.mark.parametrize("attributes", [[], [STAFF], [STAFF, Attribute(known(3), NO_DATA)]])
def test_fewer_than_two_questions_have_no_quadrants(attributes: list[Attribute]) -> None:
    assert cross_of(attributes) is None


def test_a_quadrant_is_clear_where_neither_interval_holds_its_line() -> None:
    assert is_clear(STAFF, Cross(3.4, 3.7))
    assert not is_clear(Attribute(known(4.5), known(4.6, 1.0)), Cross(3.4, 3.7))
    assert not is_clear(Attribute(known(4.5), Estimate(1, 4.6, None, None)), Cross(3.4, 3.7))
