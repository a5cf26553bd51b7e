"""Whatever happens to brokers, the rows are those of an undisturbed run."""

import pytest

from tests.faults import strikes
from tests.faults.conftest import Survives

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(900)]


def test_a_killed_broker_that_leads_partitions_changes_no_row(survives: Survives) -> None:
    survives("broker killed, restarted", strikes.kill_a_leader)


def test_other_leaders_for_all_partitions_change_no_row(survives: Survives) -> None:
    survives("leaders moved, twice", strikes.move_all_leaders)


def test_the_loss_of_the_group_coordinator_changes_no_row(survives: Survives) -> None:
    survives("group coordinator killed", strikes.kill_the_coordinator)
