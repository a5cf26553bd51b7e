import asyncio
from collections.abc import AsyncIterator

import pytest

from streams.shell.duties import LONGEST_PAUSE, Duties, pause_after
from tests.unit.shell.workers import until


@pytest.fixture
def failures() -> list[BaseException]:
    return []


@pytest.fixture
async def duties(failures: list[BaseException]) -> AsyncIterator[Duties]:
    duties = Duties(failures.append)
    yield duties
    await duties.end()


async def raise_(error: BaseException) -> None:
    raise error


async def test_rounds_that_were_done_are_counted(duties: Duties) -> None:
    async def nothing() -> None: ...

    duties.every("tick", 0.001, nothing)
    await until(lambda: duties.rounds["tick"] > 5)


async def test_a_round_that_hangs_is_not_counted(duties: Duties) -> None:
    began = asyncio.Event()

    async def hang() -> None:
        began.set()
        await asyncio.Event().wait()

    duties.every("tick", 0.001, hang)
    await began.wait()
    assert duties.rounds["tick"] == 0


@pytest.mark.parametrize(
    ("took", "pause"),
    [(0.01, 1.99), (0.2, 1.8), (1, 9), (60, LONGEST_PAUSE)],
    ids=["quick", "still within its share", "longer", "no longer than a scrape"],
)
def test_a_duty_that_takes_long_pauses_until_it_is_within_its_share(took: float, pause: float) -> None:
    assert pause_after(took, 2, 0.1) == pytest.approx(pause)


def test_a_rare_duty_comes_as_often_as_it_should_whatever_it_takes() -> None:
    assert [pause_after(took, 60, 0.5) for took in (0, 20)] == [60, 40]


async def test_an_error_in_a_duty_is_reported(duties: Duties, failures: list[BaseException]) -> None:
    error = ZeroDivisionError()
    duties.start("tick", raise_(error))
    await until(lambda: failures == [error])


async def test_a_duty_that_was_cancelled_from_within_is_reported(duties: Duties, failures: list[BaseException]) -> None:
    duties.start("tick", raise_(asyncio.CancelledError()))
    await until(lambda: [str(failure) for failure in failures] == ["tick was cancelled by nobody of ours"])


async def test_a_duty_that_is_done_is_not_reported(duties: Duties, failures: list[BaseException]) -> None:
    done = asyncio.Event()

    async def once() -> None:
        done.set()

    duties.start("restore", once())
    await done.wait()
    await duties.end("restore")
    assert failures == []


async def test_duties_end_when_they_are_told_to_and_nobody_is_told_of_it(
    duties: Duties, failures: list[BaseException]
) -> None:
    ended: list[str] = []

    async def duty(name: str) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(name)

    for name in ("flush", "checkpoints", "tick"):
        duties.start(name, duty(name))
    await asyncio.sleep(0)
    await duties.end("flush", "checkpoints")
    assert ended == ["flush", "checkpoints"]
    await duties.end()
    assert ended == ["flush", "checkpoints", "tick"]
    assert failures == []
