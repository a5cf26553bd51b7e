from itertools import groupby

from hypothesis import given
from hypothesis import strategies as st

from streams.reporting.periods import Period
from streams.reporting.ranking import ranked
from streams.reporting.report import Line
from streams.statistics.estimates import Estimate

COMPLAINTS = {"fees": 1295, "attitude": 2447, "time": 843, "fraud": 1730, "skill": 1544, "other": 2141, "none": 0}
"""Shares of 10,000 as a source document has them (domain.md K20)."""


def lines(counts: dict[str, int], start: int = 0, definition: str = "count.v1") -> list[Line]:
    return [
        Line(Period(start, start + 60), {"reason": reason}, definition, Estimate(n, float(n), None, None), {})
        for reason, n in counts.items()
    ]


def test_the_largest_come_first_with_their_share_and_that_of_all_larger_ones() -> None:
    found = [
        (line.segment["reason"], round(line.rank.share, 4), round(line.rank.cumulative, 4))
        for line in ranked(lines(COMPLAINTS), 3)
        if line.rank
    ]
    assert found == [("attitude", 0.2447, 0.2447), ("other", 0.2141, 0.4588), ("fraud", 0.173, 0.6318)]


def test_what_has_no_facts_has_no_rank() -> None:
    assert "none" not in [line.segment["reason"] for line in ranked(lines(COMPLAINTS), 99)]
    assert list(ranked(lines({"none": 0}), 3)) == []


def test_each_period_and_definition_is_ranked_by_itself() -> None:
    answers = [
        *lines({"a": 1, "b": 9}),
        *lines({"a": 5, "b": 5}, definition="csat5.v1"),
        *lines({"a": 7, "b": 2}, start=60),
    ]
    tops = [(line.period.start, line.definition, line.segment["reason"]) for line in ranked(answers, 1)]
    assert tops == [(0, "count.v1", "b"), (0, "csat5.v1", "a"), (60, "count.v1", "a")]


@given(st.lists(st.dictionaries(st.text("abcdef", min_size=1, max_size=1), st.integers(0, 9)), max_size=4))
def test_all_ranks_of_a_period_make_up_the_whole(periods: list[dict[str, int]]) -> None:
    together = [line for number, counts in enumerate(periods) for line in lines(counts, start=60 * number)]
    found = list(ranked(together, 99))
    assert len(found) == sum(n > 0 for counts in periods for n in counts.values())
    for _, group in groupby(found, key=lambda line: line.period):
        ranks = [line.rank for line in group if line.rank]
        assert abs(sum(rank.share for rank in ranks) - 1) < 1e-9
        assert abs(ranks[-1].cumulative - 1) < 1e-9
