"""A hundredth of `make fuzz`, the same inputs every time."""

import pytest

from tests.fuzz.__main__ import TARGETS, run_apart

SEED = 1


@pytest.mark.parametrize("name", TARGETS)
def test_no_hostile_input_has_an_outcome_that_is_not_documented(name: str) -> None:
    cases = TARGETS[name].cases // 100
    result = run_apart(name, SEED, cases)
    assert result is not None, "the finding is on standard error"
    assert result.cases == cases
