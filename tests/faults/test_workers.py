"""Whatever happens to workers, the rows are those of an undisturbed run."""

import pytest

from tests.faults import strikes
from tests.faults.conftest import Survives
from tests.faults.system import System

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(900)]


def test_workers_killed_three_times_at_random_moments_change_no_row(survives: Survives) -> None:
    def three_times(system: System) -> None:
        for _ in range(3):
            strikes.kill_any_worker(system)

    survives("any worker killed, three times", three_times)


def test_a_worker_told_to_end_does_so_in_time_and_changes_no_row(survives: Survives) -> None:
    survives("worker told to end", strikes.terminate_any_worker)


def test_a_worker_frozen_until_it_was_replaced_changes_no_row_when_it_goes_on(survives: Survives) -> None:
    survives("worker frozen, replaced, resumed", strikes.freeze_any_worker)


def test_restarting_all_workers_in_turn_changes_no_row(survives: Survives) -> None:
    survives("rolling restart", strikes.restart_all_workers_in_turn)


def test_two_then_four_then_one_worker_leave_the_same_rows(survives: Survives) -> None:
    survives("2 workers, 4, then 1", strikes.double_workers_then_leave_one)
