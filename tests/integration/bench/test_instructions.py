"""The core does not become slower unseen: its instructions per event are held against those committed."""

import pytest

from tests.bench.instructions import baseline
from tests.bench.instructions.baseline import Needed


@pytest.mark.timeout(600)
def test_the_core_needs_no_more_instructions_than_when_it_was_last_looked_at() -> None:
    grown = baseline.grown(baseline.read(), baseline.measure())
    assert not grown, f"{grown}: make it faster, or take it as the baseline: make bench-instructions"


def test_growth_past_a_tenth_is_seen_and_less_is_not() -> None:
    before = {"decode": Needed(100, 1.0), "cases": Needed(500, 5.0)}
    now = {"decode": Needed(111, 1.11), "cases": Needed(540, 5.4), "surveys": Needed(1, 0.01)}
    assert baseline.grown(before, now) == {"decode": pytest.approx(0.11), "surveys": float("inf")}
