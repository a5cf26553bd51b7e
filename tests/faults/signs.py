"""What a user sees of a fault. Those that tell of what lasts wait until it is to be seen, and fail if it never is."""

import re
from collections.abc import Callable, Iterator
from time import monotonic, time
from typing import Final

from schemas.status import WorkerStatus
from tests.faults.system import System
from tests.integration.worker.deployment import RunningWorker

_MISSED_FLUSHES: Final = 4
"""So many that come in their time are no accident."""


def rows_wait(system: System, why: str = "") -> None:
    """`/status` of every worker says why rows are not stored, and since when they wait."""

    def shown(status: WorkerStatus) -> bool:
        error = status.flush_error
        return error is not None and why in error and status.oldest_unstored_at is not None

    system.await_that(lambda: _all(system, shown), f"rows wait {why}")


def only_rows_wait(system: System) -> None:
    """While rows wait, what is applied becomes durable all the same, and live windows move on."""
    rows_wait(system)
    now = time()
    applied = {(each.topic, each.partition): each.applied for each in system.partitions()}

    def durable(status: WorkerStatus) -> bool:
        return all(each.checkpointed >= applied[each.topic, each.partition] for each in status.partitions)

    def windows_moved(worker: RunningWorker) -> bool:
        return min((end for _, end in exposed(worker, "cx_window_end_timestamp_seconds")), default=0) > now

    system.await_that(lambda: _all(system, durable), "checkpoints are written while rows wait")
    system.await_that(lambda: all(map(windows_moved, system.workers)), "live windows move while rows wait")
    rows_wait(system)


def rows_wait_unlike_events(system: System) -> None:
    """A worker goes on applying events, and none of its flushes comes through."""
    seconds = _MISSED_FLUSHES * system.deployment.settings.flush_seconds
    since: dict[tuple[str, int], tuple[float, int]] = {}

    def shown(status: WorkerStatus) -> bool:
        applied = sum(each.applied for each in status.partitions)
        began, applied_then = since.setdefault((status.worker, status.flushes), (monotonic(), applied))
        return monotonic() - began > seconds and applied > applied_then

    system.await_that(lambda: any(list(map(shown, system.statuses()))), "events are applied and rows wait")


def a_broker_is_away(system: System) -> None:
    """The log tells it."""
    system.await_that(lambda: said(system, "Unable connect to node"), "the broker is missed")


def said(system: System, text: str, level: str = "") -> bool:
    """Whether a worker that is there now has logged it, at any level or at this one."""
    return any(has_said(worker, text, level) for worker in system.workers)


def has_said(worker: RunningWorker, text: str, level: str = "") -> bool:
    """As `said`, of one worker."""
    lines = worker.process.log.read_text().splitlines()
    return any(text in line and f'"level": "{level}' in line for line in lines)


def exposed(worker: RunningWorker, metric: str) -> Iterator[tuple[str, float]]:
    """What `/metrics` says: labels as they are written there, and the value; nothing while it does not answer."""
    answer = worker.get("/metrics")
    samples = re.finditer(rf"^{metric}\{{(.*)\}} (\S+)$", answer.data.decode() if answer else "", re.MULTILINE)
    return ((sample[1], float(sample[2])) for sample in samples)


def _all(system: System, shown: Callable[[WorkerStatus], bool]) -> bool:
    """Whether every worker answers and shows it."""
    statuses = system.statuses()
    return len(statuses) == len(system.workers) and all(map(shown, statuses))
