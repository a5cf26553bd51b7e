"""How fast a run may be."""

import pytest

from streams.replay.run import Pace


class Clock:
    """Passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("asyncio.sleep", clock.sleep)
    return clock


async def test_a_rate_is_kept_over_all_batches(clock: Clock) -> None:
    pace = Pace(50, lambda: clock.now)
    for records in (10, 0, 30, 60):
        await pace.passed(records)
    assert clock.now == pytest.approx(102.0)


async def test_time_that_was_lost_is_caught_up(clock: Clock) -> None:
    pace = Pace(50, lambda: clock.now)
    clock.now += 10
    await pace.passed(100)
    assert clock.now == 110.0


async def test_without_a_rate_nothing_waits(clock: Clock) -> None:
    pace = Pace(None, lambda: clock.now)
    await pace.passed(10**9)
    assert clock.now == 100.0
