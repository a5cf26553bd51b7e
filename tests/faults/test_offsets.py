"""Whatever the group's offsets say, the rows are those of an undisturbed run: checkpoints tell where to go on."""

from collections.abc import Iterable

import pytest
from kafka import TopicPartition
from kafka.structs import OffsetAndMetadata

from tests.faults.conftest import Survives
from tests.faults.system import System
from tests.integration.worker.deployment import PARTITIONS


@pytest.mark.fault(
    "group offsets set by hand",
    does="goes on after its checkpoints and commits the right offsets again",
    sees="nothing",
)
def test_offsets_set_back_and_ahead_by_hand_change_no_row(survives: Survives) -> None:
    def set_by_hand(system: System) -> None:
        system.terminate(*system.workers)
        back = dict.fromkeys(partitions(system.topics.touchpoints), OffsetAndMetadata(0, "", -1))
        ahead = dict.fromkeys(partitions(system.topics.surveys), OffsetAndMetadata(10**6, "", -1))
        with system.cluster.admin() as admin:
            admin.alter_group_offsets(system.deployment.settings.group, back | ahead)
        assert set(system.deployment.committed().values()) == {0, 10**6}
        system.add_workers(2)

    survives(set_by_hand)


@pytest.mark.fault(
    "group offsets deleted",
    does="goes on after its checkpoints and commits the right offsets again",
    sees="nothing",
)
def test_deleted_offsets_change_no_row(survives: Survives) -> None:
    def delete(system: System) -> None:
        system.terminate(*system.workers)
        with system.cluster.admin() as admin:
            every = [each for topic in system.topics for each in partitions(topic)]
            admin.delete_group_offsets(system.deployment.settings.group, every)
        assert system.deployment.committed() == {}
        system.add_workers(2)

    survives(delete)


def partitions(topic: str) -> Iterable[TopicPartition]:
    return [TopicPartition(topic, number) for number in range(PARTITIONS)]
