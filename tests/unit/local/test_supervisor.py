import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.local.probe import LivenessProbe, Patience
from deploy.local.process import ChildProcess
from deploy.local.supervisor import LONGEST_PAUSE_SECONDS, STEADY_SECONDS, ProcessLost, Supervisor
from tests.unit.local.clock import Clock
from tests.unit.local.livez import WELL


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


@pytest.mark.parametrize(
    ("hang", "reason"),
    [
        (lambda child, saying: saying.write_text("503 agent: it hangs"), "agent: it hangs"),
        (lambda child, saying: os.kill(child.pid, signal.SIGSTOP), "no answer"),
    ],
    ids=["it says so", "it says nothing"],
)
def test_a_child_that_lives_but_hangs_is_killed_and_started_again(
    tmp_path: Path, said: list[str], hang: Callable[[ChildProcess, Path], object], reason: str
) -> None:
    saying, endpoints = tmp_path / "saying", tmp_path / "worker.json"
    saying.write_text(WELL)
    command = [sys.executable, "-m", "tests.unit.local.livez", str(endpoints), str(saying)]
    child = ChildProcess("worker 1", command, tmp_path / "worker.log")
    supervisor = Supervisor(said.append)
    probe = LivenessProbe(endpoints, Patience(period=0.05, answer=1, failures=3, start=30))

    def until(reached: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 60
        while not reached():
            assert time.monotonic() < deadline, said
            supervisor.check()
            time.sleep(0.01)

    child.start()
    supervisor.watch(child, probe=probe)
    until(lambda: probe.well_once)
    first = child.pid
    hang(child, saying)
    until(lambda: bool(said))
    assert said[0].startswith(f"worker 1 was stuck and is killed ({reason}")
    assert "starting it again in 0.5 s (log: " in said[0]
    saying.write_text(WELL)
    endpoints.unlink()
    until(lambda: child.alive and endpoints.exists() and probe.well_once)
    assert child.pid != first
    assert len(said) == 1, "it has its time to start again"
    child.kill()


def test_the_death_of_what_cannot_be_taken_up_again_is_the_end(tmp_path: Path, supervisor: Supervisor) -> None:
    child = sleeper(tmp_path)
    child.start()
    supervisor.watch(child, fatal="its log is lost")
    supervisor.check()
    child.kill()
    with pytest.raises(ProcessLost, match=r"killed by signal 9: its log is lost; its log: .*worker\.log"):
        supervisor.check()
