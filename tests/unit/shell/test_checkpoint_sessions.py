from contextlib import suppress

import pytest
from aiokafka.errors import KafkaTimeoutError
from msgspec.msgpack import encode as msgpack
from msgspec.structs import replace

from schemas.metrics import load_registry
from streams.core.checkpoint import LARGEST_BLOCK, Checkpoint, CheckpointError
from streams.core.configuration import Configuration
from streams.core.processor import PartitionProcessor
from streams.core.records import Source
from streams.shell.checkpoint_session import CheckpointSession
from streams.shell.manifest import compressed, is_manifest, manifest_key, new_manifest
from streams.shell.restore import Found, find_checkpoints
from streams.shell.restoring import restored
from tests.unit.shell.checkpoint_topics import SOURCE, MemoryLog
from tests.unit.shell.chunks import Record, answer

CONFIGURATION = Configuration(registry=load_registry(), dimensions=("channel",))


def partition(answers: int = 0, source: Source = SOURCE) -> PartitionProcessor:
    processor = PartitionProcessor(source, CONFIGURATION)
    apply(processor, answers)
    return processor


def apply(processor: PartitionProcessor, answers: int) -> None:
    first = processor.applied + 1
    processor.apply([Record(offset, answer(offset)) for offset in range(first, first + answers)])


def session(topic: MemoryLog, found: Found | None = None, source: Source = SOURCE) -> CheckpointSession:
    return CheckpointSession(topic, source, found.keys if found else frozenset())


async def find(topic: MemoryLog, source: Source = SOURCE) -> Found:
    return {each: found async for each, found in find_checkpoints(topic, [source])}[source]


async def found_offset(topic: MemoryLog) -> int | None:
    checkpoint = (await find(topic)).checkpoint
    return checkpoint.offset if checkpoint else None


def encoded(checkpoint: Checkpoint | None) -> list[bytes]:
    assert checkpoint is not None
    return checkpoint.encode()


async def test_what_was_written_is_found_as_it_was() -> None:
    topic, processor = MemoryLog(), partition(answers=5)
    await session(topic).write(processor.checkpoint(), generation=1)
    assert encoded((await find(topic)).checkpoint) == processor.checkpoint().encode()


async def test_an_empty_topic_has_no_checkpoint() -> None:
    assert await find(MemoryLog()) == Found(None, frozenset())


async def test_the_newest_checkpoint_of_a_session_replaces_the_ones_before() -> None:
    topic, processor = MemoryLog(), partition(answers=1)
    writer = session(topic)
    for _ in range(3):
        await writer.write(processor.checkpoint(), generation=1)
        apply(processor, 2)
    assert await found_offset(topic) == 4
    assert sum(map(is_manifest, topic.kept())) == 1


async def test_blocks_that_no_checkpoint_needs_are_deleted() -> None:
    topic, processor = MemoryLog(), partition(answers=1)
    writer = session(topic)
    for _ in range(3):
        await writer.write(processor.checkpoint(), generation=1)
        apply(processor, 1)
    needed = len(encoded((await find(topic)).checkpoint))
    assert len(topic.kept()) == needed + 1


async def test_an_unchanged_block_is_not_written_again() -> None:
    topic, processor = MemoryLog(), partition(answers=3)
    writer = session(topic)
    await writer.write(processor.checkpoint(), generation=1)
    before = len(topic.records)
    await writer.write(processor.checkpoint(), generation=1)
    assert [is_manifest(key) for _, key, _ in topic.records[before:]] == [True]


async def test_the_manifest_comes_after_every_block() -> None:
    topic = MemoryLog()
    await session(topic).write(partition(answers=3).checkpoint(), generation=1)
    assert [is_manifest(key) for _, key, _ in topic.records][:-1] == [False] * (len(topic.records) - 1)
    assert is_manifest(topic.records[-1][1])


@pytest.mark.parametrize("appended", range(12))
async def test_a_checkpoint_that_fails_anywhere_leaves_one_that_is_whole(appended: int) -> None:
    topic, processor = MemoryLog(), partition(answers=4)
    writer = session(topic)
    await writer.write(processor.checkpoint(), generation=1)
    apply(processor, 3)
    topic.fails_after = appended
    try:
        await writer.write(processor.checkpoint(), generation=1)
    except KafkaTimeoutError:
        assert await found_offset(topic) in (3, 6)
    else:
        assert await found_offset(topic) == 6


@pytest.mark.parametrize("appended", range(12))
async def test_the_checkpoint_after_a_failed_one_is_whole_and_leaves_no_garbage(appended: int) -> None:
    topic, processor = MemoryLog(), partition(answers=4)
    writer = session(topic)
    await writer.write(processor.checkpoint(), generation=1)
    apply(processor, 3)
    topic.fails_after = appended
    with suppress(KafkaTimeoutError):
        await writer.write(processor.checkpoint(), generation=1)
    topic.fails_after = None
    apply(processor, 1)
    await writer.write(processor.checkpoint(), generation=1)
    checkpoint = (await find(topic)).checkpoint
    assert encoded(checkpoint) == processor.checkpoint().encode()
    assert len(topic.kept()) == len(encoded(checkpoint)) + 1


async def test_a_block_that_was_deleted_and_comes_back_is_written_again() -> None:
    topic, processor = MemoryLog(), partition(answers=2)
    writer = session(topic)
    first = processor.checkpoint()
    apply(processor, 2)
    second = processor.checkpoint()
    for checkpoint in (first, second, first):
        await writer.write(checkpoint, generation=1)
    assert encoded((await find(topic)).checkpoint) == first.encode()


async def test_a_torn_checkpoint_is_ignored_however_new_it_is() -> None:
    topic = MemoryLog()
    await session(topic).write(partition(answers=5).checkpoint(), generation=1)
    place = topic.records[0][0]
    torn = new_manifest(offset=900, generation=9, blocks=[b"0" * 16])
    topic.records.append((place, manifest_key(SOURCE, "torn"), msgpack(torn)))
    assert await found_offset(topic) == 4


async def test_a_damaged_manifest_is_ignored() -> None:
    topic = MemoryLog()
    await session(topic).write(partition(answers=5).checkpoint(), generation=1)
    place, key, value = topic.records[-1]
    assert value is not None
    altered = replace(new_manifest(offset=4, generation=1, blocks=[]), offset=900)
    topic.records.append((place, manifest_key(SOURCE, "cut"), value[:-3]))
    topic.records.append((place, manifest_key(SOURCE, "other"), msgpack(altered)))
    assert is_manifest(key)
    assert await found_offset(topic) == 4


async def test_a_damaged_block_makes_its_checkpoint_torn() -> None:
    topic = MemoryLog()
    await session(topic).write(partition(answers=5).checkpoint(), generation=1)
    place, key, value = topic.records[0]
    assert value is not None
    for damaged in (value[:-1], b"", topic.records[1][2]):
        topic.records.append((place, key, damaged))
        assert (await find(topic)).checkpoint is None


async def test_the_first_checkpoint_of_a_session_clears_what_earlier_ones_left() -> None:
    topic, processor = MemoryLog(), partition(answers=4)
    await session(topic).write(processor.checkpoint(), generation=1)
    crashed = session(topic)
    topic.fails_after = 1
    with pytest.raises(KafkaTimeoutError):
        await crashed.write(partition(answers=9).checkpoint(), generation=2)
    topic.fails_after = None
    await session(topic, await find(topic)).write(processor.checkpoint(), generation=3)
    checkpoint = (await find(topic)).checkpoint
    assert len(topic.kept()) == len(encoded(checkpoint)) + 1


async def test_until_then_the_restored_checkpoint_stays_whole() -> None:
    topic, processor = MemoryLog(), partition(answers=4)
    await session(topic).write(processor.checkpoint(), generation=1)
    successor = session(topic, await find(topic))
    apply(processor, 2)
    topic.fails_after = 1
    with pytest.raises(KafkaTimeoutError):
        await successor.write(processor.checkpoint(), generation=2)
    assert await found_offset(topic) == 3


async def test_a_writer_that_was_replaced_spoils_nothing() -> None:
    topic, processor = MemoryLog(), partition(answers=4)
    zombie = session(topic)
    await zombie.write(processor.checkpoint(), generation=1)
    successor = session(topic, await find(topic))
    ahead = partition(answers=6)
    await successor.write(ahead.checkpoint(), generation=2)
    apply(processor, 1)
    await zombie.write(processor.checkpoint(), generation=1)
    assert encoded((await find(topic)).checkpoint) == ahead.checkpoint().encode()


async def test_neighbours_in_one_partition_of_the_topic_do_not_meet() -> None:
    topic = MemoryLog(partitions=1)
    other = SOURCE._replace(partition=1)
    await session(topic).write(partition(answers=2).checkpoint(), generation=1)
    await session(topic, source=other).write(partition(7, other).checkpoint(), generation=1)
    found = {source: each.checkpoint async for source, each in find_checkpoints(topic, [SOURCE, other])}
    assert [each and each.offset for each in found.values()] == [1, 6]


async def test_a_topic_created_anew_has_none_of_the_old_ones_checkpoints() -> None:
    topic = MemoryLog(partitions=1)
    await session(topic).write(partition(answers=2).checkpoint(), generation=1)
    anew = SOURCE._replace(topic_id="a3c8b5d0-0f1e-4c7c-8d3b-2f4f0d9e6b22")
    assert (await find(topic, anew)).checkpoint is None


async def test_what_others_write_into_the_topic_is_passed_over() -> None:
    topic, processor = MemoryLog(), partition(answers=5)
    await session(topic).write(processor.checkpoint(), generation=1)
    place, manifest, value = topic.records[-1]
    prefix = b"/".join(manifest.split(b"/")[:2])
    strange = (None, b"", b"/", b"///", b"\xff/manifest", prefix, prefix + b"/manifest", prefix + b"/\xff/manifest")
    topic.records += [(place, key, value) for key in strange]  # type: ignore[misc]
    assert await found_offset(topic) == 4


async def test_a_block_that_would_fill_the_memory_makes_its_checkpoint_torn() -> None:
    topic, processor = MemoryLog(), partition(answers=5)
    await session(topic).write(processor.checkpoint(), generation=1)
    topic.records += [
        (place, key, compressed(bytes(LARGEST_BLOCK + 1))) for place, key, _ in topic.records if not is_manifest(key)
    ]
    assert await found_offset(topic) is None


def test_a_checkpoint_without_the_end_of_a_large_block_is_refused() -> None:
    blocks = partition(answers=5).checkpoint().encode()
    with pytest.raises(CheckpointError, match="the last piece of a block is missing"):
        Checkpoint.decode([*blocks, b"+a piece"])


def test_a_checkpoint_that_is_whole_and_contradicts_itself_is_refused_and_named() -> None:
    checkpoint = partition(answers=5).checkpoint()
    checkpoint.header.segments = []
    with pytest.raises(CheckpointError, match=r"cx\.surveys partition 0 contradicts itself"):
        restored(SOURCE, checkpoint)


@pytest.mark.parametrize("nested", [b"\x91" * 100_000, b"\x92\xa5parts" + b"\x91" * 100_000])
async def test_a_block_or_manifest_nested_too_deep_is_no_checkpoint(nested: bytes) -> None:
    with pytest.raises(CheckpointError, match="the blocks are no checkpoint"):
        Checkpoint.decode([*partition(answers=5).checkpoint().encode(), nested])
    topic = MemoryLog()
    await session(topic).write(partition(answers=5).checkpoint(), generation=1)
    place, key, _ = topic.records[-1]
    topic.records += [(place, key[:-10] + b"x/manifest", nested)]
    assert await found_offset(topic) == 4
