"""Which faults a soak meets, and when."""

from itertools import islice
from random import Random
from typing import cast

import pytest

from tests.faults.system import System
from tests.soak.trouble import ANYTIME, EARLY, Mortals, calm_seconds, deck, endure, last_fault, title


def test_every_fault_comes_before_any_comes_again() -> None:
    number = len(ANYTIME) + len(EARLY)
    strikes = list(islice(deck(Random(1), early=lambda: True), 3 * number))
    for first in range(0, len(strikes), number):
        assert set(strikes[first : first + number]) == {*ANYTIME, *EARLY}
    assert strikes[:number] != strikes[number : 2 * number], "in another order"


def test_faults_that_end_every_worker_come_early_only() -> None:
    strikes = list(islice(deck(Random(1), early=lambda: False), 3 * len(ANYTIME)))
    assert set(strikes) == set(ANYTIME)


def test_the_same_seed_gives_the_same_faults() -> None:
    def first(seed: int) -> list[str]:
        return [title(each) for each in islice(deck(Random(seed), early=lambda: True), 30)]

    assert first(3) == first(3) != first(4)


@pytest.mark.parametrize("seconds", [40, 300, 1_800])
def test_there_is_time_for_faults_and_for_calm_in_a_soak_of_any_length(seconds: float) -> None:
    calms = [calm_seconds(Random(seed), seconds) for seed in range(50)]
    assert max(calms) < last_fault(seconds) < seconds
    assert seconds - last_fault(seconds) >= min(60, seconds / 3)
    if seconds >= 300:
        assert 15 <= min(calms) < max(calms) <= 35 + 2.5


@pytest.mark.parametrize("error", [AssertionError(), OSError("connection refused"), IndexError("no worker is left")])
def test_whatever_goes_wrong_in_a_fault_is_told_as_its_failure(error: Exception) -> None:
    def break_down(_: System) -> None:
        raise error

    untouched = cast(Mortals, None)
    trouble = endure(untouched, break_down, iter([1.0, 2.0, 3.0]).__next__)
    assert (trouble.name, trouble.span) == ("break down", (1.0, 2.0))
    assert trouble.failure.startswith(type(error).__name__)
