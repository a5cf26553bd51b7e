import socket
import sys
from pathlib import Path

import pytest

from deploy.local.process import ChildProcess
from deploy.local.supervisor import LONGEST_PAUSE_SECONDS, STEADY_SECONDS, ProcessLost, Supervisor


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(said: list[str], clock: Clock) -> Supervisor:
    return Supervisor(said.append, clock)


def sleeper(directory: Path) -> ChildProcess:
    return ChildProcess("worker 1", [sys.executable, "-c", "import time; time.sleep(600)"], directory / "worker.log")


def test_a_killed_child_is_started_again_after_a_pause(
    tmp_path: Path, supervisor: Supervisor, said: list[str], clock: Clock
) -> None:
    child = sleeper(tmp_path)
    child.start()
    supervisor.watch(child)
    first = child.pid

    child.kill()
    supervisor.check()
    assert not child.alive
    assert "worker 1 was killed by signal 9; starting it again in 0.5 s" in said[0]

    clock.now += 0.5
    supervisor.check()
    assert child.alive
    assert child.pid != first
    child.kill()


def test_a_child_whose_port_somebody_holds_is_tried_again(
    tmp_path: Path, supervisor: Supervisor, said: list[str], clock: Clock
) -> None:
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        child = ChildProcess("worker 1", ["sleep", "600"], tmp_path / "worker.log", port=stranger.getsockname()[1])
        supervisor.watch(child)
        supervisor.check()
        clock.now += 0.5
        supervisor.check()
        assert not child.alive
        assert "is used by another program; starting it again in 1 s" in said[-1]
    clock.now += 1.0
    supervisor.check()
    assert child.alive
    child.kill()


def test_a_child_that_keeps_dying_is_started_ever_more_rarely(
    tmp_path: Path, supervisor: Supervisor, said: list[str], clock: Clock
) -> None:
    child = sleeper(tmp_path)
    child.start()
    supervisor.watch(child)
    for _ in range(7):
        child.kill()
        supervisor.check()
        clock.now += LONGEST_PAUSE_SECONDS
        supervisor.check()
        assert child.alive
    child.kill()

    pauses = [float(line.split(" again in ")[1].split(" s")[0]) for line in said]
    assert pauses == [0.5, 1, 2, 4, 8, 10, 10]


def test_a_long_life_ends_the_long_pauses(
    tmp_path: Path, supervisor: Supervisor, said: list[str], clock: Clock
) -> None:
    child = sleeper(tmp_path)
    child.start()
    supervisor.watch(child)
    for lifetime in (0, 0, STEADY_SECONDS):
        clock.now += lifetime
        child.kill()
        supervisor.check()
        clock.now += LONGEST_PAUSE_SECONDS
        supervisor.check()
    child.kill()

    assert "again in 0.5 s" in said[-1]


def test_the_death_of_what_cannot_be_taken_up_again_is_the_end(tmp_path: Path, supervisor: Supervisor) -> None:
    child = sleeper(tmp_path)
    child.start()
    supervisor.watch(child, fatal="its log is lost")
    supervisor.check()
    child.kill()
    with pytest.raises(ProcessLost, match=r"killed by signal 9: its log is lost; its log: .*worker\.log"):
        supervisor.check()
