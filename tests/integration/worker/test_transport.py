"""The chunk transport under a Faust app, without a worker: what reaches the agent, and what holds it back."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiokafka.errors import ConsumerStoppedError

from deploy.local.broker import Broker
from streams.settings import Settings
from streams.shell.app import build_app
from streams.shell.chunk import Chunk
from streams.shell.ownership import TopicPartition, TransportOptions
from tests.integration.worker.deployment import DEADLINE_SECONDS, PARTITIONS, Deployment

RECORDS = 20_000


class Recorder:
    """An owner that opens every partition at once and keeps what it gets."""

    def __init__(self, position: int, apply: bool) -> None:
        self.position = position
        self.apply = apply
        self.fetching: Any = None
        self.chunks: list[Chunk] = []
        self.owned: set[TopicPartition] = set()
        self.errors: list[BaseException] = []
        self.revocations: list[set[TopicPartition]] = []

    async def assigned(self, partitions: set[TopicPartition]) -> None:
        self.owned = partitions
        self._opening = asyncio.create_task(self._open(partitions))

    async def _open(self, partitions: set[TopicPartition]) -> None:
        for partition in partitions:
            await self.fetching.open(partition, self.position)

    async def revoked(self, partitions: set[TopicPartition]) -> None:
        self.revocations.append(partitions)
        self.owned = set()

    async def take(self, chunk: Chunk) -> None:
        self.chunks.append(chunk)
        if self.apply:
            self.fetching.done(chunk)

    def failed(self, error: BaseException) -> None:
        self.errors.append(error)

    @property
    def records(self) -> int:
        return sum(len(chunk.records) for chunk in self.chunks)


@asynccontextmanager
async def consuming(
    settings: Settings, position: int = 0, buffer_bytes: int = 2**26, apply: bool = True
) -> AsyncIterator[Recorder]:
    """A Faust app on the transport; everything about it ends with the block."""
    client = {"bootstrap_servers": list(settings.brokers)}
    app = build_app(settings, TransportOptions(client, buffer_bytes, fetch_bytes=2**18))
    app.owner = recorder = Recorder(position, apply)
    recorder.fetching = app.consumer
    await app.start()
    try:
        await until(lambda: bool(recorder.owned))
        yield recorder
    finally:
        await app.stop()
    assert recorder.errors == []


async def until(reached: Callable[[], bool], seconds: float = DEADLINE_SECONDS) -> None:
    async with asyncio.timeout(seconds):
        while not reached():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


def values(count: int = RECORDS) -> Iterator[tuple[bytes, bytes]]:
    for number in range(count):
        yield b"key-%d" % (number % 97), b"value-%d" % number


@pytest.fixture
def filled(deployment: Deployment) -> Deployment:
    deployment.publish(values())
    return deployment


async def test_every_record_arrives_once_in_order_in_few_chunks(filled: Deployment) -> None:
    async with consuming(filled.settings) as recorder:
        await until(lambda: recorder.records >= RECORDS)
    assert len(recorder.chunks) < RECORDS / 50
    by_partition: dict[int, list[Chunk]] = {}
    for chunk in recorder.chunks:
        by_partition.setdefault(chunk.partition, []).append(chunk)
    assert len(by_partition) == PARTITIONS
    for chunks in by_partition.values():
        offsets = [record.offset for chunk in chunks for record in chunk.records]
        assert offsets == list(range(len(offsets)))
        assert [chunk.start for chunk in chunks] == [0, *(chunk.next for chunk in chunks[:-1])]
        assert chunks[-1].log_end == chunks[-1].next == len(offsets)


async def test_a_partition_is_read_from_where_it_was_opened_not_from_the_commit(filled: Deployment) -> None:
    async with consuming(filled.settings) as recorder:
        await until(lambda: recorder.records >= RECORDS)
        ends = {(chunk.topic, chunk.partition): chunk.next for chunk in recorder.chunks}
        assert await recorder.fetching.commit_positions(ends)
    assert filled.committed() == ends
    async with consuming(filled.settings, position=100) as again:
        await until(lambda: again.records >= RECORDS - PARTITIONS * 100)
        assert {chunk.start for chunk in again.chunks if chunk.records[0].offset <= 100} == {100}
    assert again.records == RECORDS - PARTITIONS * 100


async def test_only_what_the_buffer_holds_is_fetched_while_nothing_is_applied(filled: Deployment) -> None:
    capacity = 2**20
    async with consuming(filled.settings, buffer_bytes=capacity, apply=False) as recorder:
        # What is buffered reaches the agent a moment later.
        await until(lambda: recorder.fetching.buffered_bytes >= capacity and recorder.records > 0)
        held = recorder.records
        await asyncio.sleep(2)
        assert recorder.records == held < RECORDS
        for chunk in list(recorder.chunks):
            recorder.fetching.done(chunk)
        recorder.apply = True
        await until(lambda: recorder.records == RECORDS, seconds=20)


async def test_a_held_consumer_fetches_nothing_until_it_may(filled: Deployment) -> None:
    async with consuming(filled.settings, buffer_bytes=2**18, apply=False) as recorder:
        await until(lambda: recorder.fetching.buffered_bytes > 0)
        recorder.fetching.hold(True)
        recorder.apply = True
        for chunk in list(recorder.chunks):
            recorder.fetching.done(chunk)
        await asyncio.sleep(1.5)
        held = recorder.records
        await asyncio.sleep(1)
        assert recorder.records == held < RECORDS
        recorder.fetching.hold(False)
        await until(lambda: recorder.records >= RECORDS)


async def test_the_log_end_is_known_without_any_record(deployment: Deployment) -> None:
    async with consuming(deployment.settings) as recorder:
        keys = sorted(recorder.owned)
        await until(lambda: all(recorder.fetching.log_end(key) == 0 for key in keys))


async def test_another_consumer_of_the_group_takes_half_of_the_partitions(filled: Deployment) -> None:
    async with consuming(filled.settings) as first:
        assert len(first.owned) == 2 * PARTITIONS
        async with consuming(filled.settings) as second:
            await until(lambda: len(first.owned) == len(second.owned) == PARTITIONS)
            assert not first.owned & second.owned
            assert any(len(revoked) == 2 * PARTITIONS for revoked in first.revocations)
        await until(lambda: len(first.owned) == 2 * PARTITIONS)


async def test_a_consumer_that_ends_by_itself_is_reported(deployment: Deployment) -> None:
    async with consuming(deployment.settings) as recorder:
        thread = recorder.fetching._thread
        # Not waited for: the thread ends as soon as it sees it, in the middle of leaving the group.
        stopping = asyncio.ensure_future(thread.call_thread(thread._consumer.stop))
        await until(lambda: [type(error) for error in recorder.errors] == [ConsumerStoppedError])
        recorder.errors.clear()
        await asyncio.wait([stopping], timeout=5)


@pytest.mark.kafka
@pytest.mark.parametrize("broker", ["own_kafka"], indirect=True)
async def test_a_commit_waits_for_a_hanging_coordinator_but_not_for_ever(
    deployment: Deployment, broker: Broker
) -> None:
    async with consuming(deployment.settings) as recorder:
        positions = dict.fromkeys(recorder.owned, 0)
        os.kill(broker.process.pid or 0, signal.SIGSTOP)
        try:
            # Of several at once, as of flushes and checkpoints, none keeps fetching from going on.
            commits = [asyncio.ensure_future(recorder.fetching.commit_positions(positions)) for _ in range(3)]
            began = recorder.fetching.fetch_rounds
            await until(lambda: recorder.fetching.fetch_rounds > began + 1)
            assert not any(commit.done() for commit in commits)
            async with asyncio.timeout(60):  # aiokafka itself tries for as long as it takes
                assert not any(await asyncio.gather(*commits))
            await until(lambda: recorder.fetching.thread_answers > 1)
        finally:
            os.kill(broker.process.pid or 0, signal.SIGCONT)
