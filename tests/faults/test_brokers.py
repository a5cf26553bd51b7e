"""Whatever happens to brokers, the rows are those of an undisturbed run."""

import pytest

from tests.faults import signs, strikes
from tests.faults.conftest import Survives


@pytest.mark.fault(
    "broker killed, restarted",
    does="reads from and writes to the new leaders",
    sees="seconds of lag, errors of the Kafka client in the log",
)
def test_a_killed_broker_that_leads_partitions_changes_no_row(survives: Survives) -> None:
    survives(strikes.kill_a_leader, sees=signs.a_broker_is_away)


@pytest.mark.fault(
    "leaders moved, twice",
    does="follows them; what was not acknowledged is written again",
    sees="nothing, or a moment of lag",
)
def test_other_leaders_for_all_partitions_change_no_row(survives: Survives) -> None:
    survives(strikes.move_all_leaders)


@pytest.mark.fault(
    "group coordinator killed",
    does="goes on applying and finds the new coordinator; rows wait until it confirms the ownership",
    sees="rows some seconds late",
)
def test_the_loss_of_the_group_coordinator_changes_no_row(survives: Survives) -> None:
    survives(strikes.kill_the_coordinator, sees=signs.rows_wait_unlike_events)
