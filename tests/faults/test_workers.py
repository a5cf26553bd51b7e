"""Whatever happens to workers, the rows are those of an undisturbed run."""

from collections.abc import Callable

import pytest

from schemas.status import WorkerStatus
from tests.faults import strikes
from tests.faults.conftest import Survives
from tests.faults.signs import has_said
from tests.faults.system import System
from tests.integration.worker.deployment import RunningWorker


@pytest.mark.fault(
    "any worker killed, three times",
    does="the others take its partitions over, each from its newest whole checkpoint",
    sees="lag until the session has timed out, then none",
)
def test_workers_killed_three_times_at_random_moments_change_no_row(survives: Survives) -> None:
    def three_times(system: System) -> None:
        for _ in range(3):
            strikes.kill_any_worker(system)

    survives(three_times)


@pytest.mark.fault(
    "worker told to end (SIGTERM)",
    does="stores its rows, writes a last checkpoint, commits, leaves the group, ends with exit code 0",
    sees="its successor goes on where it ended",
)
def test_a_worker_told_to_end_leaves_all_it_has_applied_durable_and_changes_no_row(survives: Survives) -> None:
    def end_in_good_order(system: System) -> None:
        (worker,) = system.workers
        applied = {(each.topic, each.partition): each.applied + 1 for each in worker.partitions()}
        assert len(applied) == len(system.deployment.sources())
        assert not any(system.deployment.durable().values()), "checkpoints are an hour apart"
        system.terminate(worker)
        durable = system.deployment.durable()
        assert all(durable[partition] >= position > 0 for partition, position in applied.items())
        assert system.deployment.committed() == durable
        system.add_worker(checkpoint_seconds=1)

    survives(end_in_good_order, workers=1, checkpoint_seconds=3_600)


@pytest.mark.fault(
    "worker frozen, replaced, resumed",
    does="the group refuses what it commits, so it stores nothing more, and joins anew",
    sees="lag until the session has timed out; a warning of the resumed worker: `rows wait for Kafka's word`",
)
def test_a_worker_frozen_until_it_was_replaced_changes_no_row_when_it_goes_on(survives: Survives) -> None:
    # What it would store are the rows of its successor, which the digest cannot tell apart.
    def freeze_with_rows_to_store(system: System) -> None:
        worker = system.any_worker()
        first = await_status(system, worker, lambda _: True)
        # The next flush is far enough away to stop it before that, and due when it goes on.
        before = await_status(system, worker, lambda now: now.flushes > first.flushes and has_unstored(now))
        strikes.freeze(system, worker)
        # It has let go of its partitions and got others, of which nothing is stored yet.
        after = await_status(system, worker, lambda now: now.rebalances > before.rebalances and now.partitions != ())
        assert has_said(worker, "rows wait for Kafka's word", "warning")
        assert after.rows_stored == before.rows_stored

    survives(freeze_with_rows_to_store, flush_seconds=3)


def await_status(system: System, worker: RunningWorker, shows: Callable[[WorkerStatus], bool]) -> WorkerStatus:
    """The first status of which this is so."""
    seen: list[WorkerStatus] = []

    def look() -> bool:
        seen[:] = [status for status in [worker.status()] if status is not None and shows(status)]
        return seen != []

    system.await_that(look, "the worker is as wanted")
    return seen[0]


def has_unstored(status: WorkerStatus) -> bool:
    return any(each.unstored for each in status.partitions)


@pytest.mark.fault(
    "rolling restart",
    does="each worker hands over as on SIGTERM",
    sees="seconds of lag at each step",
)
def test_restarting_all_workers_in_turn_changes_no_row(survives: Survives) -> None:
    survives(strikes.restart_all_workers_in_turn)


@pytest.mark.fault(
    "2 workers, 4, then 1",
    does="partitions move with their checkpoints",
    sees="seconds of lag at each step",
)
def test_two_then_four_then_one_worker_leave_the_same_rows(survives: Survives) -> None:
    survives(strikes.double_workers_then_leave_one)
