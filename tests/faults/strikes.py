"""What can go wrong: each function strikes a running system and has healed what it broke when it returns.

What users see of it is looked at in between, see `System.sees`; whatever the system has to do about it by itself may go
on after that, see `System.recover`.
"""

from collections.abc import Callable, Iterable
from time import sleep
from typing import Final

from kafka import TopicPartition
from kafka.structs import OffsetAndMetadata

from tests.faults import proxy
from tests.faults.system import SESSION_SECONDS, System
from tests.integration.worker.deployment import PARTITIONS, RunningWorker

Strike = Callable[[System], None]

_FAR_OFFSET: Final = 10**9
"""Behind the end of every log here."""


# Workers.


def kill_any_worker(system: System) -> None:
    """SIGKILL at a random moment; a supervisor starts another one at once."""
    system.pause(0, 2)
    system.kill(system.any_worker())
    system.add_worker()


def terminate_any_worker(system: System) -> None:
    """SIGTERM; a supervisor starts another one at once."""
    system.terminate(system.any_worker())
    system.add_worker()


def freeze_any_worker(system: System) -> None:
    """SIGSTOP until the others have its partitions, and longer; then it goes on as if nothing had happened."""
    freeze(system, system.any_worker())


def freeze(system: System, worker: RunningWorker) -> None:
    """As `freeze_any_worker`, a certain one."""
    with system.frozen(worker):
        sleep(SESSION_SECONDS)
        system.await_shared()
        system.pause(0, 2)


def restart_all_workers_in_turn(system: System) -> None:
    """A rolling restart, as of a new version."""
    for worker in list(system.workers):
        system.terminate(worker)
        system.add_worker()
        system.await_shared()


def double_workers_then_leave_one(system: System) -> None:
    """2 workers become 4, then 1."""
    system.add_workers(len(system.workers))
    system.await_shared()
    system.terminate(*system.random.sample(system.workers, len(system.workers) - 1))
    system.await_shared()


# Brokers.


def kill_a_leader(system: System) -> None:
    """SIGKILL of the broker that leads a partition of events, which comes back some seconds later."""
    _kill_broker(system, system.cluster.leader(system.topics.touchpoints, 0))


def kill_the_coordinator(system: System) -> None:
    """SIGKILL of the broker that coordinates the group, which comes back some seconds later."""
    _kill_broker(system, system.cluster.coordinator(system.deployment.settings.group))


def move_all_leaders(system: System) -> None:
    """Every partition of every topic gets another leader, twice."""
    for _ in range(2):
        system.acts()
        system.cluster.move_leaders(system.all_topics)
        system.pause(1, 2)


def _kill_broker(system: System, number: int) -> None:
    system.cluster.nodes[number].kill()
    system.sees()
    system.pause(2, 4)
    system.acts()
    system.cluster.mend()


# ClickHouse.


def kill_clickhouse(system: System) -> None:
    """SIGKILL, in the middle of inserts; it comes back some seconds later."""
    system.engine.process.kill()
    system.pause(2, 4)
    system.sees()
    system.acts()
    system.engine.start()


def refuse_connections(system: System) -> None:
    """Nobody listens at the address of ClickHouse, and connections are cut."""
    with system.proxy.refusing():
        system.pause(4, 6)
        system.sees()
    system.acts()


def hang(system: System) -> None:
    """Requests are taken and never answered."""
    _misbehave(system, proxy.hanging)


def fail_after_storing(system: System) -> None:
    """Each batch is stored, and its sender is told that it is not (HTTP 500)."""
    _misbehave(system, proxy.failing_after_storing)


def cut_answers(system: System) -> None:
    """Each batch is stored, and the connection ends within the answer."""
    _misbehave(system, proxy.cutting_the_answer)


def slow_down(system: System) -> None:
    """Batches arrive after their sender has given them up, so that old rows come behind newer ones."""
    _misbehave(system, proxy.slow(2 * system.deployment.settings.clickhouse_timeout_seconds))
    system.await_that(lambda: system.proxy.under_way == 0, "the last late batch has arrived")


def _misbehave(system: System, behaviour: proxy.Behaviour) -> None:
    """Until some requests have met it."""
    touched = system.proxy.touched
    with system.proxy.misbehaving(behaviour):
        system.pause(4, 6)
        system.await_that(lambda: system.proxy.touched > touched + 1, "requests have met it")
        system.sees()
    system.acts()


# Offsets of the group. It takes them from outside only while it has no members.


def set_offsets_by_hand(system: System) -> None:
    """All workers end; then the group's offsets are set to the start of one topic and far behind the end of another."""
    workers = len(system.workers)
    system.terminate(*system.workers)
    back = dict.fromkeys(_partitions(system.topics.touchpoints), OffsetAndMetadata(0, "", -1))
    ahead = dict.fromkeys(_partitions(system.topics.surveys), OffsetAndMetadata(_FAR_OFFSET, "", -1))
    with system.cluster.admin() as admin:
        admin.alter_group_offsets(system.deployment.settings.group, back | ahead)
    assert set(system.deployment.committed().values()) == {0, _FAR_OFFSET}
    system.add_workers(workers)


def delete_offsets(system: System) -> None:
    """All workers end; then the group's offsets are deleted."""
    workers = len(system.workers)
    system.terminate(*system.workers)
    with system.cluster.admin() as admin:
        every = [each for topic in system.topics for each in _partitions(topic)]
        admin.delete_group_offsets(system.deployment.settings.group, every)
    assert system.deployment.committed() == {}
    system.add_workers(workers)


def _partitions(topic: str) -> Iterable[TopicPartition]:
    return [TopicPartition(topic, number) for number in range(PARTITIONS)]
