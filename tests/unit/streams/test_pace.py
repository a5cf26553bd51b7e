import pytest

from streams.publishing.pace import Pace


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_rate_is_kept_over_all_batches() -> None:
    clock = Clock()
    pace = Pace(50, clock)
    for records in (10, 0, 30, 60):
        clock.now += pace.ahead(records)
    assert clock.now == pytest.approx(102.0)


def test_time_that_was_lost_is_caught_up() -> None:
    clock = Clock()
    pace = Pace(50, clock)
    clock.now += 10
    assert pace.ahead(100) == 0
    assert pace.ahead(500) == pytest.approx(2.0)


def test_without_a_rate_nothing_waits() -> None:
    assert Pace(None).ahead(10**9) == 0
