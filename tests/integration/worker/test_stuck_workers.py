"""A worker of which something hangs or dies is noticed, killed and started again, and its rows are the right ones."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.local.broker import Broker
from deploy.local.kafka import Kafka
from deploy.local.probe import LivenessProbe, Patience
from deploy.local.supervisor import Supervisor
from deploy.local.tansu import Tansu
from tests.clickhouse_engine import ClickHouseEngine
from tests.integration.worker.breaking import PARTS
from tests.integration.worker.deployment import DEADLINE_SECONDS, Deployment, eventually
from tests.integration.worker.test_worker import answers, settled

EVENTS = 150
"""Twice per breakage."""

STALL_SECONDS = 4
QUICK = Patience(period=0.5, answer=2, failures=3, start=DEADLINE_SECONDS)

pytestmark = pytest.mark.timeout(600)


class Place:
    """A worker that can be broken again and again, and all that is published to it."""

    def __init__(self, broker: Broker, clickhouse: ClickHouseEngine, directory: Path) -> None:
        self.deployment = Deployment(broker, clickhouse, directory, stall_seconds=STALL_SECONDS)
        self.deployment.prepare()
        self._trigger = directory / "trigger"
        self.worker = self.deployment.worker(("tests.integration.worker.breaking", str(self._trigger)))
        self._published = 0

    def goes_through(self, breaks: Callable[[], None]) -> list[str]:
        """A worker that is well breaks while events come, and the rows are right all the same.

        What the supervisor of the local stack says meanwhile.
        """
        said: list[str] = []
        supervisor = Supervisor(said.append)
        supervisor.watch(self.worker.process, probe=LivenessProbe(self.worker.endpoints, QUICK))

        def looked_after(reached: Callable[[], bool]) -> Callable[[], bool]:
            def now() -> bool:
                supervisor.check()
                return self.worker.process.alive and reached()

            return now

        eventually(looked_after(settled(self.worker, self._published)), 2 * DEADLINE_SECONDS, str(said))
        assert said == []
        started = self.worker.process.starts
        breaks()
        # Some parts break only when events come, and some must have broken before the last ones do.
        self._publish()
        eventually(looked_after(lambda: not self._trigger.exists()), 2 * DEADLINE_SECONDS, str(said))
        self._publish()
        eventually(looked_after(lambda: self.worker.process.starts > started), 2 * DEADLINE_SECONDS, str(said))
        eventually(looked_after(settled(self.worker, self._published)), 2 * DEADLINE_SECONDS, str(said))
        assert self.deployment.stored() == self.deployment.expected()
        return said

    def _publish(self) -> None:
        self.deployment.publish(answers(self._published, self._published + EVENTS))
        self._published += EVENTS

    def break_part(self, part: str) -> None:
        self._trigger.write_text(part)

    def break_next(self, part: str) -> None:
        """In the worker that is started next, which is soon."""
        self.break_part(part)
        self.worker.process.kill()

    def stop_process(self) -> None:
        os.kill(self.worker.process.pid or 0, signal.SIGSTOP)

    def close(self) -> None:
        self.deployment.close()


@pytest.fixture(scope="module")
def on_tansu(tansu: Tansu, clickhouse: ClickHouseEngine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    place = Place(tansu, clickhouse, tmp_path_factory.mktemp("stuck"))
    yield place
    place.close()


@pytest.fixture(scope="module")
def on_kafka(kafka: Kafka, clickhouse: ClickHouseEngine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    place = Place(kafka, clickhouse, tmp_path_factory.mktemp("stuck"))
    yield place
    place.close()


STUCK = {
    "fetch loop hangs": "fetch loop: it does not come round",
    "fetch loop dies": "fetch loop: it does not come round",
    "requests to fetch hang": "records wait and none is applied",
    "consumer thread hangs": "consumer thread: it does not answer",
    "agent hangs": "records wait and none is applied",
    "agent dies": "records wait and none is applied",
    "main loop is blocked": "no answer",
    "tick hangs": "tick: it does not come round",
}
NEVER_AT_WORK = {
    "restore hangs": "restore: it goes no further although Kafka answers",
    "assignment is lost": "group membership: the group thinks otherwise",
}
ENDS = {"flush dies": "ended with exit code 1"}


@pytest.mark.parametrize("part", STUCK)
def test_a_worker_that_gets_stuck_is_killed_and_goes_on(on_tansu: Place, part: str) -> None:
    (said,) = on_tansu.goes_through(lambda: on_tansu.break_part(part))
    assert "was stuck and is killed" in said
    assert STUCK[part] in said


@pytest.mark.parametrize("part", NEVER_AT_WORK)
def test_a_worker_that_never_gets_to_work_is_killed_and_the_next_one_does(on_tansu: Place, part: str) -> None:
    _killed_by_the_test, said = on_tansu.goes_through(lambda: on_tansu.break_next(part))
    assert "was stuck and is killed" in said
    assert NEVER_AT_WORK[part] in said


@pytest.mark.parametrize("part", ENDS)
def test_a_worker_whose_duty_dies_ends_by_itself(on_tansu: Place, part: str) -> None:
    (said,) = on_tansu.goes_through(lambda: on_tansu.break_part(part))
    assert ENDS[part] in said
    assert "was cancelled by nobody of ours" in on_tansu.worker.process.log.read_text()


def test_a_process_that_is_stopped_is_killed_and_goes_on(on_tansu: Place) -> None:
    (said,) = on_tansu.goes_through(on_tansu.stop_process)
    assert "was stuck and is killed (no answer" in said


@pytest.mark.kafka
@pytest.mark.parametrize("part", ["requests to fetch hang", "consumer thread hangs", "agent dies"])
def test_so_it_is_on_kafka(on_kafka: Place, part: str) -> None:
    (said,) = on_kafka.goes_through(lambda: on_kafka.break_part(part))
    assert STUCK[part] in said


@pytest.mark.kafka
def test_a_group_that_thinks_otherwise_is_noticed_on_kafka(on_kafka: Place) -> None:
    _, said = on_kafka.goes_through(lambda: on_kafka.break_next("assignment is lost"))
    assert NEVER_AT_WORK["assignment is lost"] in said


def test_every_part_that_can_break_is_tried() -> None:
    assert STUCK.keys() | NEVER_AT_WORK.keys() | ENDS.keys() == PARTS.keys()
