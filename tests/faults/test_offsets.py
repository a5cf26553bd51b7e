"""Whatever the group's offsets say, the rows are those of an undisturbed run: checkpoints tell where to go on."""

import pytest

from tests.faults import strikes
from tests.faults.conftest import Survives
from tests.faults.signs import said
from tests.faults.system import System


@pytest.mark.fault(
    "group offsets set by hand",
    does="goes on after its checkpoints and commits the right offsets again",
    sees="nothing",
)
def test_offsets_set_back_and_ahead_by_hand_change_no_row(survives: Survives) -> None:
    goes_on_quietly(survives(strikes.set_offsets_by_hand))


@pytest.mark.fault(
    "group offsets deleted",
    does="goes on after its checkpoints and commits the right offsets again",
    sees="nothing",
)
def test_deleted_offsets_change_no_row(survives: Survives) -> None:
    goes_on_quietly(survives(strikes.delete_offsets))


def goes_on_quietly(system: System) -> None:
    """The workers that came after tell neither of a loss nor of a log that is read again."""
    assert not said(system, "records are lost")
    assert not said(system, "the log is read again from its start")
