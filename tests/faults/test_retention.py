"""Records that Kafka has deleted before they were read: loud, by the chosen policy, and nothing else is lost."""

import pytest
from kafka import TopicPartition

from schemas.status import PartitionStatus
from streams.core.records import Record as LogRecord
from streams.core.records import Source
from tests.faults.conftest import NewSystem, Record
from tests.faults.signs import exposed, has_said, said
from tests.faults.system import System
from tests.integration.worker.deployment import RunningWorker

LOST = 7
"""Records of each partition of answers that are gone before they were read."""

HALF_SECONDS = 5.0


@pytest.mark.fault(
    "retention has overtaken a checkpoint, stop",
    does="leaves the partition unread and reads the others; `continue` takes effect with a new start",
    sees="`/readyz` 503 with the reason, `cx_partition_blocked` 1, an error",
)
def test_lost_records_stop_their_partition_until_somebody_decides(new_system: NewSystem, record: Record) -> None:
    system = new_system()
    whole, lost = overtaken(system)
    system.add_workers(2)
    system.await_that(lambda: len(blocked(system)) == len(lost) and rest_is_stored(system), "all but these is stored")
    # Partitions may still be moving to the worker that came second.
    system.await_that(lambda: all(map(tells_of_it, system.workers)), "workers tell which partitions they do not read")
    assert {Source(each.topic, each.topic_id, each.partition) for each in blocked(system)} == lost.keys()
    assert all(each.applied + 1 == lost[Source(each.topic, each.topic_id, each.partition)] for each in blocked(system))
    readable = {source: records[: lost.get(source, len(records))] for source, records in whole.items()}
    assert system.digest() == system.reference(readable)

    system.terminate(*system.workers)
    end_without_the_lost(system, whole, lost, record)


@pytest.mark.fault(
    "retention has overtaken a checkpoint, continue",
    does="goes on with what the log still has, and counts what is gone",
    sees="`cx_events_expired_total`, an error",
)
def test_lost_records_are_counted_and_the_rest_is_read(new_system: NewSystem, record: Record) -> None:
    system = new_system()
    whole, lost = overtaken(system)
    end_without_the_lost(system, whole, lost, record)


def overtaken(system: System) -> tuple[dict[Source, list[LogRecord]], dict[Source, int]]:
    """No worker runs, and of each partition of answers some records behind the checkpoint are gone.

    Returns the logs as they were, and the offset of the first lost record where there is one.
    """
    records = system.history()
    half = len(records) // 2
    system.start(workers=2)
    system.publish(records[:half], 2 * HALF_SECONDS)
    system.settle()
    system.terminate(*system.workers)
    read = dict(system.publication.ends)
    system.publish([each._replace(after=0) for each in records[half:]])
    system.publication.finish()
    whole = system.logs()
    topic = system.topics.surveys
    with system.cluster.admin() as admin:
        admin.delete_records({TopicPartition(*each): end + LOST for each, end in read.items() if each[0] == topic})
    lost = {each: read[each.topic, each.partition] for each in whole if each.topic == topic}
    return whole, lost


def end_without_the_lost(
    system: System, whole: dict[Source, list[LogRecord]], lost: dict[Source, int], record: Record
) -> None:
    system.add_workers(2, on_lost_records="continue")
    recovered = system.recover()
    system.settle()
    left = {
        source: [each for each in records if not 0 <= each.offset - lost.get(source, each.offset + 1) < LOST]
        for source, records in whole.items()
    }
    assert sum(map(len, whole.values())) - sum(map(len, left.values())) == LOST * len(lost)
    equal = system.digest() == system.reference(left)
    record(system, recovered, equal)
    assert equal
    assert expired(system) >= LOST * len(lost), "a partition that moves before its next checkpoint counts again"
    assert said(system, "records are lost", "error")


def expired(system: System) -> float:
    """What the workers expose as lost."""
    samples = [sample for worker in system.workers for sample in exposed(worker, "cx_events_expired_total")]
    return sum(value for labels, value in samples if system.topics.surveys in labels)


def blocked(system: System) -> list[PartitionStatus]:
    return [each for each in system.partitions() if each.blocked is not None]


def tells_of_it(worker: RunningWorker) -> bool:
    """Whether `/readyz`, metrics and log say of exactly the partitions it has and does not read that it does not."""
    ready = worker.get("/readyz")
    concerned = sum(each.blocked is not None for each in worker.partitions())
    return (
        ready is not None
        and (ready.status, b"is not read" in ready.data) == ((503, True) if concerned else (200, False))
        and sum(value for _, value in exposed(worker, "cx_partition_blocked")) == concerned
        and (not concerned or has_said(worker, "records are lost", "error"))
    )


def rest_is_stored(system: System) -> bool:
    ends = system.publication.ends
    rest = [each for each in system.partitions() if each.blocked is None]
    return bool(rest) and all(
        each.applied + 1 == ends[each.topic, each.partition] and each.unstored == 0 for each in rest
    )
