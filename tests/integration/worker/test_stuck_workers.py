"""A worker of which something hangs or dies is noticed, killed and started again, and its rows are the right ones."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.local.probe import LivenessProbe, Patience
from deploy.local.supervisor import Supervisor
from tests.integration.worker.breaking import PARTS
from tests.integration.worker.deployment import Deployment, RunningWorker, eventually
from tests.integration.worker.test_worker import EVENTS, New, answers, settled

STALL_SECONDS = 4
QUICK = Patience(period=0.5, answer=2, failures=3, start=60)

ONLY_KAFKA = pytest.mark.parametrize("broker", [pytest.param("kafka", marks=pytest.mark.kafka)], indirect=True)
ONLY_TANSU = pytest.mark.parametrize("broker", ["tansu"], indirect=True)


@pytest.fixture
def deployment(new_deployment: New) -> Deployment:
    return new_deployment(stall_seconds=STALL_SECONDS)


@pytest.fixture
def trigger(tmp_path: Path) -> Path:
    return tmp_path / "trigger"


class Supervised:
    """A worker under the supervisor of the local stack."""

    def __init__(self, worker: RunningWorker) -> None:
        self.worker = worker
        self.said: list[str] = []
        self._supervisor = Supervisor(self.said.append)
        self._supervisor.watch(worker.process, probe=LivenessProbe(worker.endpoints, QUICK))

    def eventually(self, reached: Callable[[], bool]) -> None:
        def looked_after() -> bool:
            self._supervisor.check()
            return self.worker.process.alive and reached()

        eventually(looked_after, 2 * 60, str(self.said))


def goes_through(deployment: Deployment, supervised: Supervised, breaks: Callable[[], None]) -> None:
    """The worker breaks after half of the events, and the rows are right all the same."""
    worker = supervised.worker
    deployment.publish(answers(0, EVENTS // 2))
    supervised.eventually(settled(worker, EVENTS // 2))
    breaks()
    deployment.publish(answers(EVENTS // 2, EVENTS))
    supervised.eventually(lambda: worker.process.starts == 2)
    supervised.eventually(settled(worker, EVENTS))
    assert deployment.stored() == deployment.expected()


def breaking(deployment: Deployment, part: str, trigger: Path) -> Supervised:
    return Supervised(deployment.worker(program=("tests.integration.worker.breaking", part, str(trigger))))


@ONLY_TANSU
@pytest.mark.parametrize(
    ("part", "reason"),
    [
        ("fetch loop hangs", "fetch loop: it does not come round"),
        ("fetch loop dies", "fetch loop: it does not come round"),
        ("requests to fetch hang", "records wait and none is applied"),
        ("consumer thread hangs", "consumer thread: it does not answer"),
        ("agent hangs", "records wait and none is applied"),
        ("agent dies", "records wait and none is applied"),
        ("main loop is blocked", "no answer"),
        ("tick hangs", "tick: it does not come round"),
    ],
)
def test_a_worker_that_gets_stuck_is_killed_and_goes_on(
    deployment: Deployment, trigger: Path, part: str, reason: str
) -> None:
    supervised = breaking(deployment, part, trigger)
    goes_through(deployment, supervised, trigger.touch)
    assert not trigger.exists(), "it did break"
    (said,) = supervised.said
    assert reason in said
    assert "was stuck and is killed" in said


def test_a_stopped_process_is_killed_and_goes_on(deployment: Deployment) -> None:
    supervised = Supervised(deployment.worker())
    goes_through(deployment, supervised, lambda: os.kill(supervised.worker.process.pid or 0, signal.SIGSTOP))
    assert "was stuck and is killed (no answer" in supervised.said[0]


@ONLY_TANSU
def test_a_worker_whose_duty_dies_ends_by_itself(deployment: Deployment, trigger: Path) -> None:
    supervised = breaking(deployment, "flush dies", trigger)
    goes_through(deployment, supervised, trigger.touch)
    assert "worker-0 ended with exit code 1" in supervised.said[0]
    assert "flush was cancelled by nobody of ours" in supervised.worker.process.log.read_text()


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        ("restore hangs", "restore: it goes no further although Kafka answers"),
        ("assignment is lost", "group membership: the group thinks otherwise"),
    ],
)
def test_a_worker_that_never_gets_to_work_is_killed_and_the_next_one_does(
    deployment: Deployment, trigger: Path, part: str, reason: str
) -> None:
    trigger.touch()
    supervised = breaking(deployment, part, trigger)
    deployment.publish(answers())
    supervised.eventually(lambda: supervised.worker.process.starts == 2)
    supervised.eventually(settled(supervised.worker, EVENTS))
    assert not trigger.exists(), "it did break"
    assert reason in supervised.said[0]
    assert deployment.stored() == deployment.expected()


def test_every_part_that_breaks_is_tried() -> None:
    tried = Path(__file__).read_text()
    assert all(f'"{part}"' in tried for part in PARTS)
