"""What a soak's numbers are made of."""

import pytest
from msgspec.structs import replace

from schemas.status import PartitionStatus
from tests.soak import measuring
from tests.soak.estimators import Reach, Span
from tests.soak.results import Contrast
from tests.soak.watch import Sight
from tests.unit.soak.soaks import sight, status

WARM = measuring.WARM_UP_SECONDS


def test_a_leak_after_the_warm_up_is_seen_and_growth_before_it_is_not() -> None:
    early = [sight(at, 100 + at / 3) for at in range(int(WARM))]
    late = [sight(at, 300) for at in range(int(WARM), 1_800)]
    (steady,) = measuring.memories([*early, *late])
    assert steady.slope == pytest.approx(0)
    leaking = [sight(at, 300 + (at - WARM) * 2 / 60) for at in range(int(WARM), 1_800)]
    (leak,) = measuring.memories([*early, *leaking])
    assert leak.slope == pytest.approx(2)
    assert (leak.judged, leak.began) == (1_199, 0)
    assert leak.most == pytest.approx(340, abs=1)


def test_each_process_is_judged_for_itself_after_a_warm_up_of_its_own() -> None:
    first = [sight(at, 300, pid=1) for at in range(1_000)]
    second = [sight(at, min(300.0, 100 + at - 1_000), pid=2) for at in range(1_000, 1_800)]
    old, new = measuring.memories([*second, *first])
    assert old.slope == pytest.approx(0)
    assert new.slope == pytest.approx(0, abs=0.2)
    assert old.judged == 399
    assert new.judged == 1_799 - 1_000 - measuring.OWN_WARM_UP_SECONDS


def test_what_a_process_takes_over_from_another_is_no_leak() -> None:
    shares = [PartitionStatus(topic="t", topic_id="i", partition=number, restored=True) for number in (0, 1)]
    one, both = status(partitions=tuple(shares[:1])), status(partitions=tuple(shares))
    assigned = status(partitions=(shares[0], replace(shares[1], restored=False)))
    alone = range(700, 730)
    sights = [sight(at, 200 if at < 700 else 260, status=both if at in alone else one) for at in range(1_800)]
    sights[10] = sight(10, 200, status=assigned)
    (heir,) = measuring.memories(sights)
    assert heir.slope == pytest.approx(0)
    assert heir.judged == 1_799 - 700 - measuring.OWN_WARM_UP_SECONDS


def test_a_process_that_was_watched_briefly_has_no_slope() -> None:
    (brief,) = measuring.memories([sight(at, at) for at in range(int(WARM) + 200)])
    assert brief.slope is None
    assert brief.judged == 199
    (early,) = measuring.memories([sight(at, 50) for at in range(60)])
    assert (early.slope, early.judged, early.median) == (None, 0, 50)


def test_the_lag_is_that_of_all_partitions_at_one_moment() -> None:
    reaches = {
        ("t", 0): [Reach(0, 0, 10), Reach(1, 10, 10), Reach(2, 10, 10)],
        ("t", 1): [Reach(0, 0, 5), Reach(1, 0, 100), Reach(2, 95, 100)],
    }
    assert measuring.lag(reaches, [Span(0.5, 1.5)]) == Contrast(calm=15, disturbed=100)
    assert measuring.worst_lag(reaches, [Span(1.5, 3)]) == 5


def test_a_standstill_counts_as_disturbed_when_any_of_it_was() -> None:
    reaches = [
        [Reach(0, 0, 5), Reach(3, 5, 9), Reach(10, 9, 9)],
        [Reach(0, 0, 1), Reach(20, 1, 1)],
    ]
    assert measuring.standstill(reaches, [Span(19, 30)]) == Contrast(calm=7, disturbed=20)


def test_checkpoints_add_up_over_processes_and_the_largest_is_of_one_look() -> None:
    sights = [
        sight(0, 1, 1, status(checkpoints=2, checkpoint_bytes=2_048, checkpoint_seconds=1)),
        sight(1, 1, 1, status(checkpoints=4, checkpoint_bytes=10_240, checkpoint_seconds=5)),
        sight(2, 1, 1, status(checkpoints=4, checkpoint_bytes=10_240, checkpoint_seconds=5)),
        sight(3, 1, 1),
        sight(4, 1, 2, status(checkpoints=1, checkpoint_bytes=0, checkpoint_seconds=0.5)),
    ]
    found = measuring.checkpoints(sights)
    assert (found.written, found.mean_kib) == (5, 2)
    assert found.mean_seconds == pytest.approx(1.1)
    assert (found.largest_kib, found.longest_seconds) == (4, 2)
    assert measuring.checkpoints([]).written == 0


def test_losses_are_counted_once_for_each_process_that_met_them() -> None:
    def losing(pid: int, *lost: int) -> list[Sight]:
        partitions = [
            PartitionStatus(topic="t", topic_id="i", partition=number, restored=True, lost_to_retention=each)
            for number, each in enumerate(lost)
        ]
        return [sight(at, 1, pid, status(partitions=tuple(partitions))) for at in (0, 1)]

    assert measuring.lost([*losing(1, 0, 0), *losing(2, 7, 1)]) == 8
