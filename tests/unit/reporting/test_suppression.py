"""No line tells of single customers, and neither does what is missing from a total."""

from collections import Counter
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from streams.reporting.periods import Period
from streams.reporting.suppression import Suppression


class Line(NamedTuple):
    period: Period
    segment: dict[str, str | None]
    definition: str
    sizes: tuple[int, ...]


def lines(*sizes: int, period: int = 0, definition: str = "nps.v1") -> list[Line]:
    """Of one team each."""
    at = Period(period, period + 60)
    return [Line(at, {"team": str(team)}, definition, (n,)) for team, n in enumerate(sizes)]


def compared(*pairs: tuple[int, int]) -> list[Line]:
    """Now and before, of one team each."""
    return [Line(Period(0, 60), {"team": str(team)}, "nps.v1", pair) for team, pair in enumerate(pairs)]


def shown(given: list[Line], least: int = 5) -> list[int]:
    return [line.sizes[0] for line in Suppression(least)(given)]


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


def test_a_segment_that_was_small_before_is_not_shown_either_lest_its_comparison_tells() -> None:
    assert shown(compared((50, 1), (60, 70), (80, 90), (70, 40))) == [80, 70]
    assert shown(compared((50, 0), (60, 70))) == [50, 60], "nobody answered: no secret"


def test_no_agent_follows_from_the_total_of_the_team() -> None:
    sizes = {("A", "a1"): 3, ("A", "a2"): 50, ("A", "a3"): 60, ("B", "b1"): 2, ("B", "b2"): 60, ("B", "b3"): 70}
    given = [Line(Period(0, 60), {"team": team, "agent": agent}, "nps.v1", (n,)) for (team, agent), n in sizes.items()]
    assert [line.segment["agent"] for line in Suppression(5)(given)] == ["a3", "b3"]


_TABLES = st.dictionaries(
    st.tuples(st.sampled_from("AB"), st.sampled_from("xyz")),
    st.tuples(st.integers(0, 30), st.integers(0, 30)),
    max_size=6,
)


@given(_TABLES, st.integers(1, 12))
def test_no_total_gives_away_what_is_missing_now_or_before(
    table: dict[tuple[str, str], tuple[int, int]], least: int
) -> None:
    given = [Line(Period(0, 60), {"team": a, "channel": b}, "nps.v1", sizes) for (a, b), sizes in table.items()]
    left = {tuple(line.segment.values()) for line in Suppression(least)(given)}
    assert all(n == 0 or n >= least for cell in table if cell in left for n in table[cell])
    teams, channels = (
        ([cell for cell in table if cell[0] == a] for a in "AB"),
        ([cell for cell in table if cell[1] == b] for b in "xyz"),
    )
    for total in (list(table), *teams, *channels):
        for when in (0, 1):
            missing = [table[cell][when] for cell in total if cell not in left and table[cell][when]]
            visible = [cell for cell in total if cell in left and table[cell][when]]
            assert not missing or not visible or (len(missing) > 1 and sum(missing) >= least)


def test_one_who_is_alone_in_a_team_and_in_a_channel_does_not_follow_from_the_total_of_all() -> None:
    sizes = {("A", "x"): 3, ("B", "y"): 20, ("B", "z"): 60, ("C", "v"): 70, ("C", "w"): 80}
    given = [Line(Period(0, 60), {"team": a, "channel": b}, "nps.v1", (n,)) for (a, b), n in sizes.items()]
    assert shown(given) == [70, 80]


@given(st.lists(st.integers(0, 30), max_size=8), st.integers(1, 12))
def test_what_is_missing_is_nothing_or_enough(sizes: list[int], least: int) -> None:
    result = shown(lines(*sizes), least)
    missing = Counter(sizes) - Counter(result)
    assert all(n == 0 or n >= least for n in result)
    assert not missing or (sum(missing.elements()) >= least and missing.total() > 1) or not any(result)
