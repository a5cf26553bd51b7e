"""The dead-letter writer on real brokers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from kafka.admin import KafkaAdminClient

from sinks.dead_letters import MAX_LETTER_BYTES, QUEUE_BYTES, DeadLetter, DeadLetters
from tests.integration.worker.deployment import DEADLINE_SECONDS, Deployment


@asynccontextmanager
async def writing(deployment: Deployment, topic: str | None = None) -> AsyncIterator[DeadLetters]:
    client = {"bootstrap_servers": deployment.broker.bootstrap}
    letters = DeadLetters(client, topic or deployment.settings.dead_letters_topic)
    await letters.start()
    writer = asyncio.create_task(letters.run())
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            yield letters
    finally:
        writer.cancel()
        await letters.stop()


def letter(offset: int, value: bytes | None = b"{broken") -> DeadLetter:
    return DeadLetter(
        topic="cx.surveys",
        partition=2,
        offset=offset,
        key=b"customer",
        value=value,
        headers=[("trace", b"\x00\xff")],
        reason="not_json",
        detail="line 1: expected a key",
    )


async def test_a_letter_has_the_record_as_it_was_and_says_where_it_came_from(deployment: Deployment) -> None:
    async with writing(deployment) as letters:
        letters.put(letter(41))
        await letters.flush()
        assert (letters.written, letters.error) == (1, None)
    ((record,),) = await asyncio.to_thread(deployment.records, deployment.settings.dead_letters_topic)
    assert (record.key, record.value) == (b"customer", b"{broken")
    assert tuple(record.headers) == (
        ("cx-reason", b"not_json"),
        ("cx-detail", b"line 1: expected a key"),
        ("cx-topic", b"cx.surveys"),
        ("cx-partition", b"2"),
        ("cx-offset", b"41"),
        ("trace", b"\x00\xff"),
    )


async def test_letters_keep_the_order_of_their_records(deployment: Deployment) -> None:
    async with writing(deployment) as letters:
        for offset in range(2_000):
            letters.put(letter(offset))
        await letters.flush()
    (records,) = await asyncio.to_thread(deployment.records, deployment.settings.dead_letters_topic)
    assert [int(dict(record.headers)["cx-offset"]) for record in records] == list(range(2_000))


async def test_a_record_larger_than_a_letter_is_cut_and_says_so(deployment: Deployment) -> None:
    size = MAX_LETTER_BYTES + 1
    async with writing(deployment) as letters:
        letters.put(letter(7, b"x" * size))
        letters.put(letter(8))
        await letters.flush()
    (records,) = await asyncio.to_thread(deployment.records, deployment.settings.dead_letters_topic)
    cut = next(record for record in records if dict(record.headers)["cx-offset"] == b"7")
    assert dict(cut.headers)["cx-cut-from"] == str(size).encode()
    assert cut.value == b"x" * len(cut.value) != b""
    assert {dict(record.headers)["cx-offset"] for record in records} == {b"7", b"8"}


async def test_whoever_rejects_faster_than_kafka_takes_has_to_wait(deployment: Deployment) -> None:
    async with writing(deployment) as letters:
        for offset in range(5):
            letters.put(letter(offset, b"x" * (QUEUE_BYTES // 4)))
        waiting = asyncio.create_task(letters.room())
        await asyncio.sleep(0)
        assert not waiting.done()
        await waiting
        assert 0 < letters.written <= 5


@pytest.mark.kafka
@pytest.mark.parametrize("broker", ["kafka"], indirect=True)
@pytest.mark.parametrize("limit", ["max.message.bytes", "segment.bytes"])
async def test_a_letter_that_only_this_topic_finds_too_large_is_cut(deployment: Deployment, limit: str) -> None:
    topic = f"{deployment.settings.dead_letters_topic}-small"
    configs = {"max.message.bytes": str(MAX_LETTER_BYTES)} | {limit: str(2**20)}
    admin = KafkaAdminClient(bootstrap_servers=deployment.broker.bootstrap)
    admin.create_topics({topic: {"num_partitions": 1, "replication_factor": 1, "configs": configs}})
    admin.close()
    headers = [("many", b"x" * 100)] * 10_000
    async with writing(deployment, topic) as letters:
        letters.put(letter(7, b"x" * 3 * 2**20))
        letters.put(letter(8)._replace(headers=headers))
        letters.put(letter(9))
        await letters.flush()
    (records,) = await asyncio.to_thread(deployment.records, topic)
    found = {dict(record.headers)["cx-offset"]: record for record in records}
    assert set(found) == {b"7", b"8", b"9"}
    cut = {offset: dict(record.headers).get("cx-cut-from") for offset, record in found.items()}
    assert cut == {b"7": str(3 * 2**20).encode(), b"8": b"7", b"9": None}
