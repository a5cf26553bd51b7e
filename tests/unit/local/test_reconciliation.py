from deploy.local.reconciliation import Reconciliation, reconcile
from schemas.status import PartitionCounts, PartitionStatus

TOPIC = "cx.touchpoints"


def partition(
    number: int,
    applied: int,
    accepted: int,
    *,
    checkpointed: int | None = None,
    unstored: int = 0,
    restored: bool = True,
    counts: PartitionCounts | None = None,
) -> PartitionStatus:
    return PartitionStatus(
        topic=TOPIC,
        topic_id="id",
        partition=number,
        restored=restored,
        applied=applied,
        checkpointed=applied if checkpointed is None else checkpointed,
        unstored=unstored,
        counts=counts or PartitionCounts(accepted=accepted),
    )


def balance(published: int, *partitions: PartitionStatus, earlier: int = 0) -> Reconciliation:
    return reconcile({TOPIC: published}, {TOPIC: earlier}, partitions, bad_lines=0, seconds=1.0)


def test_a_run_is_settled_when_everything_is_applied_stored_and_checkpointed() -> None:
    done = balance(5, partition(0, 2, 3), partition(1, 1, 2), partition(2, -1, 0))
    assert done.settled
    assert done.adds_up


def test_a_run_is_not_settled_while_events_are_missing() -> None:
    assert not balance(6, partition(0, 2, 3), partition(1, 1, 2)).settled


def test_a_run_is_not_settled_while_rows_wait_for_clickhouse() -> None:
    assert not balance(3, partition(0, 2, 3, unstored=1)).settled


def test_a_run_is_not_settled_before_its_checkpoint() -> None:
    assert not balance(3, partition(0, 2, 3, checkpointed=1)).settled


def test_a_partition_whose_checkpoint_is_being_read_settles_nothing() -> None:
    assert not balance(0, partition(0, -1, 0, restored=False)).settled


def test_a_topic_nobody_reads_yet_is_settled_only_without_events() -> None:
    assert balance(0).settled
    assert not balance(1).settled


def test_published_equals_accepted_and_duplicates_and_dead_letters() -> None:
    counts = PartitionCounts(accepted=4, duplicates=2, late=1, rejected={"not_json": 1, "naive_time": 2})
    summary = balance(9, partition(0, 8, 0, counts=counts))
    assert summary.adds_up
    assert summary.dead_letters == 3
    assert summary.topics[0].reasons == {"naive_time": 2, "not_json": 1}


def test_an_event_that_vanished_does_not_add_up() -> None:
    summary = balance(9, partition(0, 8, 8))
    assert summary.settled
    assert not summary.adds_up


def test_the_log_from_before_the_run_is_part_of_the_balance() -> None:
    summary = balance(3, partition(0, 9, 10), earlier=7)
    assert summary.settled
    assert summary.adds_up
    assert summary.topics[0].published == 3
