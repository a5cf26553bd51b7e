"""The numbers of a soak's report."""

import random

import pytest

from tests.soak.estimators import Look, Reach, Span, longest, percentile, silences, slope, standstills, thinned


def test_the_slope_of_a_line_is_its_own() -> None:
    assert slope([(x, 3 * x + 7) for x in range(20)]) == pytest.approx(3)


def test_a_quarter_of_wild_points_does_not_move_the_slope() -> None:
    choose = random.Random(1)
    points = [(float(x), 0.5 * x + choose.gauss(0, 0.1)) for x in range(100)]
    for index in choose.sample(range(100), 25):
        points[index] = (points[index][0], 10_000.0)
    assert slope(points) == pytest.approx(0.5, abs=0.02)


def test_noise_around_a_level_has_no_slope_and_a_slow_leak_has_one() -> None:
    choose = random.Random(2)
    level = [(float(x), 200 + choose.gauss(0, 5)) for x in range(300)]
    assert slope(level) == pytest.approx(0, abs=0.01)
    assert slope([(x, y + 0.05 * x) for x, y in level]) == pytest.approx(0.05, abs=0.01)


@pytest.mark.parametrize("points", [[], [(1.0, 2.0)], [(1.0, 2.0), (1.0, 3.0)]])
def test_one_moment_has_no_slope(points: list[tuple[float, float]]) -> None:
    assert slope(points) is None


def test_thinning_keeps_the_median_of_each_stretch_and_invents_none() -> None:
    points = [(0.0, 1.0), (3.0, 9.0), (9.9, 2.0), (10.0, 5.0), (31.0, 7.0)]
    assert thinned(points, 10) == [(5.0, 2.0), (15.0, 5.0), (35.0, 7.0)]


@pytest.mark.parametrize(("share", "value"), [(0.5, 50), (0.99, 99), (1.0, 100), (0.0, 1), (0.991, 100)])
def test_a_percentile_is_the_least_value_that_the_share_does_not_exceed(share: float, value: float) -> None:
    assert percentile(range(100, 0, -1), share) == value


def test_a_percentile_of_nothing_is_none() -> None:
    assert percentile([], 0.99) is None


def test_a_standstill_begins_when_a_record_waits_and_ends_when_one_is_applied() -> None:
    reaches = [
        Reach(0, 10, 10),  # nothing waits
        Reach(1, 10, 12),
        Reach(2, 10, 30),
        Reach(5, 11, 30),  # one of them is applied
        Reach(6, 30, 30),
        Reach(9, 30, 30),  # nothing waits
    ]
    assert standstills(reaches) == [Span(1, 5), Span(5, 6)]


def test_a_log_that_does_not_move_is_no_standstill() -> None:
    assert standstills([Reach(at, 7, 7) for at in range(100)]) == []


def test_a_standstill_that_never_ends_lasts_until_the_last_sample() -> None:
    assert standstills([Reach(at, 7, 8) for at in range(100)]) == [Span(0, 99)]


@pytest.mark.parametrize("reaches", [[], [Reach(0, 1, 2)]])
def test_a_single_sample_shows_no_standstill(reaches: list[Reach]) -> None:
    assert standstills(reaches) == []


def test_a_silence_lasts_from_the_first_question_to_the_answer() -> None:
    looks = [
        Look(0, 0.1, False),  # not up yet
        Look(1, 1.2, True),
        Look(2, 2.1, True),
        Look(3, 8, False),
        Look(8, 13, False),
        Look(13, 14, True),
        Look(15, 20, False),  # its end
    ]
    assert silences(looks) == [Span(2, 2.1), Span(3, 14)]


def test_spans_meet_when_they_share_a_moment() -> None:
    outages = [Span(10, 20), Span(30, 40)]
    assert Span(19, 21).meets(outages)
    assert Span(5, 50).meets(outages)
    assert Span(12, 13).meets(outages)
    assert not Span(20, 30).meets(outages)
    assert not Span(20, 30).meets([])


def test_the_longest_of_no_spans_is_zero() -> None:
    assert longest([]) == 0
    assert longest([Span(1, 2), Span(5, 9)]) == 4
