import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from typing import Any

import pytest

from streams.core.processor import PartitionProcessor
from streams.shell.brokers import Answers
from streams.shell.chunk import Chunk
from streams.shell.fence import TopicRecreated
from streams.shell.restore import find_checkpoints
from tests.unit.shell.checkpoint_topics import SOURCE, MemoryLog
from tests.unit.shell.chunks import answer, chunk
from tests.unit.shell.workers import KEY, Surroundings, until

New = Callable[..., Surroundings]


@pytest.fixture
async def new() -> AsyncIterator[New]:
    """Makes workers that are gone after the test."""
    made: list[Surroundings] = []

    def make(topic: MemoryLog | None = None, **settings: object) -> Surroundings:
        made.append(Surroundings(topic, **settings))
        return made[-1]

    yield make
    for each in made:
        each.store.is_there.set()
        each.letters.acknowledge.set()
        await each.worker.stop()


def answers(first: int, last: int, log_end: int | None = None) -> Chunk:
    return chunk(first, [answer(number) for number in range(first, last)], log_end=log_end)


async def checkpointed(new: New, topic: MemoryLog, end: int) -> Surroundings:
    """A worker that has applied the answers below ``end`` and whose checkpoint of them is in ``topic``."""
    around = new(topic)
    await around.assign()
    await around.worker.take(answers(0, end))
    await around.checkpoint()
    return around


async def durable_offset(topic: MemoryLog) -> int:
    found = {source: each async for source, each in find_checkpoints(topic, [SOURCE])}
    checkpoint = found[SOURCE].checkpoint
    return checkpoint.offset if checkpoint else -1


async def test_a_new_partition_begins_at_its_logs_start(new: New) -> None:
    around = new()
    around.fetched.starts = 40
    await around.assign()
    assert around.fetched.opened == [(KEY, 40)]
    assert around.worker.status().partitions[0].lost_to_retention == 0


async def test_a_restored_partition_goes_on_after_its_checkpoint(new: New) -> None:
    topic = MemoryLog()
    await checkpointed(new, topic, 5)
    after = new(topic)
    await after.assign()
    assert after.fetched.opened == [(KEY, 5)]
    assert after.worker.status().partitions[0].counts.accepted == 5


async def test_restored_cells_are_stored_again(new: New) -> None:
    topic = MemoryLog()
    before = new(topic)
    await before.assign()
    await before.worker.take(answers(0, 5))
    await before.worker.stop()
    after = new(topic)
    await after.assign()
    await after.worker.stop()
    assert after.store.batches == before.store.batches != []


async def test_the_commit_stands_after_the_durable_checkpoint_and_nowhere_else(new: New) -> None:
    around = new()
    await around.assign()
    await around.worker.take(answers(0, 3))
    assert around.fetched.committed == {}
    await around.checkpoint()
    await around.worker.take(answers(3, 9))
    assert around.fetched.committed == {KEY: 3}


async def test_what_is_applied_while_a_checkpoint_is_written_is_not_committed_with_it(new: New) -> None:
    around = new()
    await around.assign()
    around.letters.acknowledge.clear()
    await around.worker.take(chunk(0, [b"broken"]))
    checkpoint = asyncio.create_task(around.checkpoint())
    await until(lambda: around.letters.error is not None)
    await around.worker.take(answers(1, 9))
    around.letters.acknowledge.set()
    await checkpoint
    assert around.fetched.committed == {KEY: 1}


async def test_a_checkpoint_that_kafka_does_not_take_commits_nothing(new: New) -> None:
    around = new()
    await around.assign()
    await around.worker.take(answers(0, 3))
    around.topic.fails_after = 1
    await around.checkpoint()
    assert around.fetched.committed == {}
    assert around.worker.failure is None
    around.topic.fails_after = None
    await around.checkpoint()
    assert around.fetched.committed == {KEY: 3}


async def test_checkpoints_wait_for_the_dead_letters_of_their_records(new: New) -> None:
    around = new()
    await around.assign()
    around.letters.acknowledge.clear()
    await around.worker.take(chunk(0, [b"broken"]))
    checkpoint = asyncio.create_task(around.checkpoint())
    await until(lambda: around.letters.error is not None)
    assert await durable_offset(around.topic) == -1
    around.letters.acknowledge.set()
    await checkpoint
    assert await durable_offset(around.topic) == 0
    assert around.worker.status().dead_letters == 1


async def test_neither_applying_nor_checkpoints_wait_for_clickhouse(new: New) -> None:
    around = new(flush_seconds=0.01)
    around.store.is_there.clear()
    await around.assign()
    await around.worker.take(answers(0, 3))
    await until(lambda: around.worker.status().partitions[0].unstored > 0)
    await asyncio.sleep(0.05)
    await around.worker.take(answers(3, 6))
    await around.checkpoint()
    assert await durable_offset(around.topic) == 5
    around.store.is_there.set()
    await until(lambda: around.worker.status().partitions[0].unstored == 0)
    assert sum(row.n for row in around.store.batches[-1].rows if row.metric == "nps") == 6


async def test_too_many_unstored_cells_pause_reading_until_they_are_stored(new: New) -> None:
    around = new(flush_seconds=0.01, max_cells=2)
    around.store.is_there.clear()
    await around.assign()
    minutes = [answer(n, time=f"2026-03-01T09:{n:02}:00Z") for n in range(5)]
    await around.worker.take(chunk(0, minutes))
    await until(lambda: around.worker.health.condition.state == "paused")
    assert around.fetched.held
    assert not around.worker.health.ready
    around.store.is_there.set()
    await until(lambda: around.worker.health.condition.state == "running")
    assert not around.fetched.held


async def test_missing_records_are_read_again_and_not_skipped(new: New) -> None:
    around = new()
    await around.assign()
    await around.worker.take(answers(0, 3))
    await around.worker.take(answers(5, 9))
    assert around.fetched.opened == [(KEY, 0), (KEY, 3)]
    assert around.worker.partitions[KEY].processor.applied == 2
    await around.worker.take(answers(3, 9))
    assert around.worker.partitions[KEY].processor.counts.accepted == 9


async def test_records_the_broker_deleted_unread_are_counted_where_the_policy_is_to_continue(new: New) -> None:
    around = new(on_lost_records="continue")
    await around.assign()
    await around.worker.take(answers(0, 3))
    around.fetched.starts = 8
    await around.worker.take(answers(8, 9))
    await around.worker.take(answers(8, 9))
    status = around.worker.status().partitions[0]
    assert (status.lost_to_retention, status.applied) == (5, 8)


async def test_a_partition_that_lost_records_is_read_no_further_until_somebody_decides(new: New) -> None:
    around = new()
    await around.assign()
    await around.worker.take(answers(0, 3))
    around.fetched.starts = 8
    await around.worker.take(answers(8, 9))
    await around.worker.take(answers(9, 10))
    assert around.fetched.closed == [KEY]
    status = around.worker.status()
    assert (status.partitions[0].position, status.partitions[0].applied) == (3, 2)
    await until(lambda: around.worker.health.condition.state == "paused")
    assert "records 3 to 7" in around.worker.health.condition.reason
    assert "CX_ON_LOST_RECORDS=continue" in around.worker.health.condition.reason


async def test_a_partition_whose_records_were_lost_while_no_worker_ran_is_not_opened(new: New) -> None:
    topic = MemoryLog()
    await checkpointed(new, topic, 3)
    after = new(topic)
    after.fetched.starts = 5
    await after.worker.assigned({KEY})
    await until(lambda: after.fetched.closed == [KEY])
    assert after.fetched.opened == []
    assert after.worker.status().partitions[0].blocked is not None


async def test_a_first_worker_on_a_log_that_has_lost_its_start_has_lost_nothing(new: New) -> None:
    around = new()
    around.fetched.starts = 40
    await around.assign()
    assert around.worker.status().partitions[0].blocked is None


async def test_records_lost_before_the_second_checkpoint_are_noticed_too(new: New) -> None:
    topic = MemoryLog()
    before = new(topic)
    before.fetched.starts = 40
    await before.assign()
    after = new(topic)
    after.fetched.starts = 45
    await after.worker.assigned({KEY})
    await until(lambda: after.fetched.closed == [KEY])
    assert "records 40 to 44" in str(after.worker.status().partitions[0].blocked)


async def test_a_log_without_its_start_is_not_read_when_every_checkpoint_is_torn(new: New) -> None:
    topic = MemoryLog()
    await checkpointed(new, topic, 9)
    manifest = next(record for record in topic.records if record[1].endswith(b"/manifest"))
    topic.records = [manifest]
    after = new(topic)
    after.fetched.starts = 4
    await after.worker.assigned({KEY})
    await until(lambda: after.fetched.closed == [KEY])
    assert after.topic.records == [manifest]


async def test_a_log_without_its_start_is_not_read_when_checkpoints_are_gone_but_offsets_were_committed(
    new: New,
) -> None:
    around = new()
    around.fetched.committed[KEY] = 9
    around.fetched.starts = 4
    await around.worker.assigned({KEY})
    await until(lambda: around.fetched.closed == [KEY])


async def test_a_whole_log_is_read_again_when_its_checkpoints_are_gone(new: New) -> None:
    around = new()
    around.fetched.committed[KEY] = 9
    await around.assign()
    assert around.fetched.opened == [(KEY, 0)]


async def test_a_checkpoint_is_found_though_its_topic_has_more_partitions_now(new: New) -> None:
    topic = MemoryLog(partitions=1)
    before = await checkpointed(new, topic, 5)
    topic.partitions = 5
    after = new(topic)
    after.fetched.committed |= before.fetched.committed
    await after.assign()
    assert after.fetched.opened == [(KEY, 5)]


async def test_no_row_of_a_topic_created_anew_is_stored_under_the_old_one(new: New) -> None:
    around = new(flush_seconds=0.01)
    await around.assign()
    around.topic_id = "another"
    await around.worker.take(answers(0, 3))
    await around.worker.ended.wait()
    assert "created anew" in str(around.worker.failure)
    await around.worker.stop()
    assert around.store.batches == []


async def test_rows_wait_while_nobody_can_say_whether_their_topic_is_the_same(new: New) -> None:
    around = new()
    await around.assign()
    await around.worker.take(answers(0, 3))
    around.kafka_answers = False
    flush = asyncio.create_task(around.flushing.flush([around.worker.partitions[KEY]]))
    await asyncio.wait([flush], timeout=0.1)
    assert around.store.batches == []
    around.kafka_answers = True
    await flush
    assert around.store.rows > 0


async def test_a_worker_that_was_replaced_stores_nothing_more(new: New) -> None:
    around = new(flush_seconds=0.01)
    await around.assign()
    around.fetched.is_member = False
    await around.worker.take(answers(0, 3))
    await asyncio.sleep(0.1)
    await around.worker.revoked({KEY})
    assert around.store.batches == []


async def test_a_worker_that_was_replaced_does_not_change_settings(new: New) -> None:
    topic = MemoryLog()
    before = await checkpointed(new, topic, 3)
    after = new(topic, dimensions="channel,team")
    await after.assign()
    await after.worker.take(answers(3, 5, log_end=5))
    after.fetched.is_member = False
    await after.checkpoint()
    assert after.worker.partitions[KEY].processor.configuration == before.settings.configuration()


async def test_a_worker_that_is_replaced_while_it_changes_settings_applies_nothing_under_them(new: New) -> None:
    topic = MemoryLog()
    await checkpointed(new, topic, 3)
    after = new(topic, dimensions="channel,team")
    await after.assign()
    await after.worker.take(answers(3, 5, log_end=5))
    partition = after.worker.partitions[KEY]
    written = partition.session.write

    async def written_and_replaced(*arguments: Any) -> int:
        size = await written(*arguments)
        after.fetched.is_member = partition.processor.configuration != after.settings.configuration()
        return size

    partition.session.write = written_and_replaced  # type: ignore[method-assign, assignment]
    change = asyncio.create_task(after.checkpoint())
    await until(lambda: not after.fetched.is_member)
    taking = asyncio.create_task(after.worker.take(answers(5, 9)))
    await asyncio.sleep(0.1)
    await after.worker.revoked({KEY})
    await taking
    change.cancel()
    assert partition.processor.applied == 4


async def test_a_defect_in_applying_ends_the_worker_before_anything_else_is_applied(
    new: New, monkeypatch: pytest.MonkeyPatch
) -> None:
    around = new()
    await around.assign()
    await around.worker.take(answers(0, 3))

    def defect(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(PartitionProcessor, "apply", defect)
        await around.worker.take(answers(3, 6))
    await around.worker.take(answers(3, 6))
    assert around.worker.partitions[KEY].processor.applied == 2
    assert around.worker.ended.is_set()
    assert isinstance(around.worker.failure, ZeroDivisionError)
    # Duties that were under way go on for a moment; half a step is nothing for them.
    await around.checkpoint()
    await around.flushing.flush(around.worker.partitions.values())
    await around.worker.stop()
    assert await durable_offset(around.topic) == -1
    assert around.store.batches == []
    assert around.worker.status().state == "failed"


@pytest.mark.parametrize("step", ["flush", "round"])
async def test_a_defect_in_a_last_step_ends_the_worker_and_nothing_is_raised_to_the_transport(
    new: New, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    around = new()
    await around.assign()
    await around.worker.take(answers(0, 3))

    async def defect(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(around.flushing if step == "flush" else around.checkpointing, step, defect)
    await around.worker.revoked({KEY})
    assert isinstance(around.worker.failure, ZeroDivisionError)
    assert await durable_offset(around.topic) == -1


async def test_topics_created_anew_that_the_last_flush_learns_of_leave_no_checkpoint(new: New) -> None:
    around = new()
    await around.assign()
    await around.worker.take(answers(0, 3))
    around.topic_id = "another"
    await around.worker.revoked({KEY})
    assert isinstance(around.worker.failure, TopicRecreated)
    assert await durable_offset(around.topic) == -1
    assert around.fetched.committed == {}


async def test_a_commit_that_was_not_acknowledged_is_made_again_since_it_may_still_arrive(new: New) -> None:
    around = new()
    await around.assign()
    await around.worker.take(answers(0, 3))
    await around.checkpoint()
    assert around.fetched.committed == {KEY: 3}
    partition = around.worker.partitions[KEY]
    around.fetched.is_member = False
    assert not await around.flushing.fence.commit([partition])
    around.fetched.is_member, around.fetched.committed = True, {KEY: 1}
    await around.checkpoint()
    assert around.fetched.committed == {KEY: 3}


async def test_a_partition_that_was_let_go_while_its_log_start_was_asked_for_is_not_read_again(new: New) -> None:
    around = new()
    await around.assign()
    await around.worker.take(answers(0, 3))
    asked, answer = asyncio.Event(), asyncio.Event()
    log_starts = around.fetched.log_starts

    async def slow(partitions: Collection[tuple[str, int]]) -> dict[tuple[str, int], int]:
        asked.set()
        await answer.wait()
        return await log_starts(partitions)

    around.fetched.log_starts = slow  # type: ignore[method-assign]
    taking = asyncio.create_task(around.worker.take(answers(5, 9)))
    await asked.wait()
    await around.worker.revoked({KEY})
    around.fetched.opened.clear()
    answer.set()
    await taking
    assert around.fetched.opened == []


async def test_a_revoked_partition_leaves_its_rows_and_its_newest_checkpoint(new: New) -> None:
    around = new()
    await around.assign()
    await around.worker.take(answers(0, 4))
    await around.worker.revoked({KEY})
    assert await durable_offset(around.topic) == 3
    assert around.fetched.committed == {KEY: 4}
    assert sum(row.n for batch in around.store.batches for row in batch.rows if row.metric == "nps") == 4


async def test_a_revoked_partition_applies_nothing_more(new: New) -> None:
    around = new()
    await around.assign()
    await around.worker.take(answers(0, 4))
    await around.worker.revoked({KEY})
    await around.worker.take(answers(4, 8))
    assert await durable_offset(around.topic) == 3


async def test_letting_go_does_not_wait_for_clickhouse_for_ever(new: New) -> None:
    around = new(shutdown_seconds=0.2)
    around.store.is_there.clear()
    await around.assign()
    await around.worker.take(answers(0, 4))
    async with asyncio.timeout(5):
        await around.worker.stop()
    assert await durable_offset(around.topic) == 3


async def test_a_rebalance_in_the_middle_of_the_end_leaves_the_last_flush_and_checkpoint_whole(new: New) -> None:
    around = new(flush_seconds=0.01)
    around.store.is_there.clear()
    await around.assign()
    await around.worker.take(answers(0, 4))
    await until(lambda: around.store.called > 0)
    end = asyncio.create_task(around.worker.stop())
    await until(lambda: not around.worker.partitions)
    rebalance = asyncio.create_task(around.worker.revoked({KEY}))
    await asyncio.sleep(0.05)
    around.store.is_there.set()
    await asyncio.gather(end, rebalance)
    assert sum(row.n for batch in around.store.batches for row in batch.rows if row.metric == "nps") == 4
    assert await durable_offset(around.topic) == 3


async def test_a_partition_that_comes_back_is_restored(new: New) -> None:
    around = new()
    await around.assign()
    await around.worker.take(answers(0, 4))
    await around.worker.revoked({KEY})
    around.fetched.opened.clear()
    await around.assign()
    assert around.fetched.opened == [(KEY, 4)]
    await around.worker.take(answers(4, 6))
    assert around.worker.partitions[KEY].processor.counts.accepted == 6


async def test_new_settings_come_into_force_at_the_log_end_and_with_a_checkpoint(new: New) -> None:
    topic = MemoryLog()
    before = new(topic, dimensions="channel")
    await before.assign()
    await before.worker.take(answers(0, 2))
    await before.worker.stop()

    after = new(topic, dimensions="channel,team")
    await after.assign()
    await after.worker.take(answers(2, 4, log_end=5))
    await after.checkpoint()
    assert after.worker.partitions[KEY].processor.configuration.dimensions == ("channel",)
    await after.worker.take(answers(4, 5, log_end=5))
    await after.checkpoint()
    assert after.worker.partitions[KEY].processor.configuration.dimensions == ("channel", "team")
    found = {source: each async for source, each in find_checkpoints(topic, [SOURCE])}
    checkpoint = found[SOURCE].checkpoint
    assert checkpoint is not None
    assert (checkpoint.offset, checkpoint.configuration.dimensions) == (4, ("channel", "team"))


async def test_settings_hold_from_the_first_row_on_though_the_worker_died_before_a_checkpoint(new: New) -> None:
    topic = MemoryLog()
    before = new(topic, dimensions="channel")
    await before.assign()
    await before.worker.take(answers(0, 2))
    await before.flushing.flush([before.worker.partitions[KEY]])

    after = new(topic, dimensions="channel,team")
    await after.assign()
    await after.worker.take(answers(0, 1, log_end=2))
    assert after.worker.partitions[KEY].processor.configuration.dimensions == ("channel",)
    assert after.worker.partitions[KEY].processor.applied == 0


async def test_nothing_is_applied_under_new_settings_before_a_checkpoint_has_them(new: New) -> None:
    topic = MemoryLog()
    before = new(topic, dimensions="channel")
    await before.assign()
    await before.worker.take(answers(0, 2))
    await before.worker.stop()

    after = new(topic, dimensions="channel,team")
    after.fetched.end = 2
    await after.assign()
    await until(lambda: after.worker.partitions[KEY].log_end_at_start == 2)
    topic.fails_after = 0
    adoption = asyncio.create_task(after.checkpoint())
    await until(lambda: not after.worker.partitions[KEY].may_apply.is_set())
    waiting = asyncio.create_task(after.worker.take(answers(2, 3)))
    await asyncio.sleep(0.05)
    assert after.worker.partitions[KEY].processor.applied == 1
    topic.fails_after = None
    await asyncio.gather(adoption, waiting)
    assert after.worker.partitions[KEY].processor.applied == 2


async def test_a_restore_outlasts_brokers_that_do_not_answer(new: New) -> None:
    around = new()
    around.kafka_answers = False
    await around.worker.assigned({KEY})
    await until(lambda: around.restoring.attempts > 0)
    await asyncio.sleep(0.05)
    assert around.worker.failure is None
    assert around.worker.status().state == "restoring"
    around.kafka_answers = True
    await until(lambda: around.fetched.opened == [(KEY, 0)])


async def test_a_worker_that_no_broker_answers_is_not_ready(new: New) -> None:
    around = new()
    await around.assign()
    await until(lambda: around.worker.health.ready)
    around.brokers.answers = Answers(silent=True)
    await until(lambda: around.worker.status().state == "paused")
    assert around.worker.status().reason == "no Kafka broker answers"
    around.brokers.answers = Answers()
    await until(lambda: around.worker.health.ready)


async def test_the_log_end_is_known_though_fetches_bring_none(new: New) -> None:
    around = new()
    await around.assign()
    await around.worker.take(answers(0, 3))
    around.brokers.answers = Answers(ends={KEY: 9})
    await until(lambda: around.worker.status().partitions[0].lag == 6)


async def test_progress_is_as_old_as_the_last_applied_record_while_others_wait(new: New) -> None:
    around = new()
    await around.assign()
    around.fetched.end = 5
    await around.worker.take(answers(0, 3, log_end=5))
    began = around.worker.status().partitions[0].progress_at
    await asyncio.sleep(1.1)
    assert around.worker.status().partitions[0].progress_at == began
    await around.worker.take(answers(3, 5))
    at_end = around.worker.status().partitions[0].progress_at
    assert at_end is not None
    await until(lambda: (around.worker.status().partitions[0].progress_at or 0) > at_end)


async def test_the_state_tells_what_the_worker_waits_for(new: New) -> None:
    around = new()
    await until(lambda: "assign" in around.worker.status().reason)
    assert around.worker.status().state == "starting"
    await around.assign()
    await until(lambda: around.worker.status().state == "running")
    assert around.worker.health.ready
    await around.worker.stop()
    assert around.worker.status().state == "stopping"


async def test_a_partition_that_is_not_restored_yet_is_shown_without_numbers(new: New) -> None:
    around = new()
    await around.worker.assigned({KEY, (SOURCE.topic, 7)})
    statuses = around.worker.status().partitions
    assert [(each.partition, each.restored) for each in statuses] == [(0, False), (7, False)]


async def test_a_partition_is_read_no_further_when_more_records_in_a_row_are_rejected_than_the_limit(new: New) -> None:
    around = new(dead_letters_in_a_row=3)
    await around.assign()
    await around.worker.take(chunk(0, [answer(0), b"{", b"{"]))
    assert around.worker.status().partitions[0].blocked is None
    await around.worker.take(chunk(3, [b"{"]))
    await around.worker.take(answers(4, 6))
    (status,) = around.worker.status().partitions
    assert around.fetched.closed == [KEY]
    assert (status.position, status.counts.accepted, status.counts.rejected) == (4, 1, {"not_json": 3})


async def test_a_stopped_partition_says_where_why_and_what_to_do_and_keeps_what_it_has(new: New) -> None:
    topic = MemoryLog()
    around = new(topic, dead_letters_in_a_row=2)
    await around.assign()
    await around.worker.take(chunk(0, [answer(0), b"{", b"{"]))
    await until(lambda: around.worker.health.condition.state == "paused")
    for words in ("not read past offset 3", "2 records in a row were rejected", "CX_DEAD_LETTERS_IN_A_ROW"):
        assert words in around.worker.health.condition.reason
    await around.checkpoint()
    assert await durable_offset(topic) == 2
