"""The checkpoint topic: keys, manifests and blocks that somebody else wrote, or that are damaged."""

import asyncio
import json
from random import Random
from typing import Any, Final, NamedTuple

import msgspec
import zstandard

from streams.core.checkpoint import CheckpointError
from streams.core.processor import PartitionProcessor
from streams.shell.checkpoint_session import CheckpointSession
from streams.shell.manifest import block_hash, block_key, checkpoint_partition, compressed, manifest_key, new_manifest
from streams.shell.restore import find_checkpoints
from streams.shell.restoring import restored
from tests.fuzz.events import NOW_MS, SMALL, SOURCE, Record, valid_event
from tests.fuzz.mutation import mutated_bytes, mutated_document
from tests.unit.shell.checkpoint_topics import MemoryLog

_SESSION: Final = "f" * 32
_SCALARS: Final[tuple[Any, ...]] = (
    None,
    True,
    0,
    -1,
    1,
    2**31,
    2**32 - 1,
    2**63 - 1,
    -(2**63),
    2**64 - 1,
    0.5,
    "",
    "x",
    b"",
    b"\xff" * 20,
    [],
    {},
)
_HISTORY: Final = 400
"""Events in the partition whose checkpoint is spoiled: every kind of block is there, and each small."""


class Topic(NamedTuple):
    """The records of the checkpoint topic that concern one source."""

    records: list[tuple[bytes | None, bytes | None]]
    intact: bool
    """Nothing was spoiled: then the checkpoint has to be found."""


class Checkpoints:
    """Each topic is read as a worker does that takes over the partition, which then goes on with what was found."""

    def __init__(self) -> None:
        processor = PartitionProcessor(SOURCE, SMALL)
        choose = Random("history")
        values = [json.dumps(valid_event(choose, number)).encode() for number in range(_HISTORY)]
        processor.apply([Record(offset, NOW_MS, value) for offset, value in enumerate(values)])
        self._blocks = processor.checkpoint().encode()
        self._applied = processor.applied
        self._place = checkpoint_partition(SOURCE, MemoryLog().partitions)
        self._loop = asyncio.new_event_loop()
        self._bomb = zstandard.ZstdCompressor().compress(bytes(64 * 2**20))

    def make(self, choose: Random) -> Topic:
        blocks = list(self._blocks)
        spoil = choose.randrange(10)
        if spoil < 4:  # a block whose hash and manifest say that it is as it should be
            at = choose.randrange(len(blocks))
            blocks[at] = _mutated_block(choose, blocks[at])
        elif spoil == 5:
            choose.shuffle(blocks)
        elif spoil == 6:
            del blocks[choose.randrange(len(blocks))]
            blocks += [choose.choice((*blocks, b"+x", b".", b"+" * 600_000, b""))] * choose.choice((0, 1, 3))
        records = _written(choose, blocks, self._applied, spoil == 4)
        if spoil == 7:
            at = choose.randrange(len(records))
            key, value = records[at]
            records[at] = (key, choose.choice((mutated_bytes(choose, value or b""), self._bomb, b"", None)))
        elif spoil == 8:
            at = choose.randrange(len(records))
            key, value = records[at]
            records[at] = (choose.choice((mutated_bytes(choose, key or b"", 1), None, b"", b"/" * 100)), value)
            records += [(b"/".join([*(key or b"").split(b"/")[:2], b"\xff", b"manifest"]), value)]
        return Topic(records, spoil == 9)

    def allowance(self, case: Topic) -> int:
        return 32 * 2**20 + 64 * sum(len(value or b"") for _, value in case.records)

    def check(self, case: Topic) -> None:
        log = MemoryLog()
        log.records = [(self._place, key, value) for key, value in case.records]  # type: ignore[misc]
        try:
            processor = self._loop.run_until_complete(_taken_over(log))
        except CheckpointError:
            processor = None
        if case.intact:
            assert processor is not None
            assert processor.checkpoint().encode() == self._blocks

    def close(self) -> None:
        self._loop.close()


async def _taken_over(log: MemoryLog) -> PartitionProcessor | None:
    """The partition as it was found, which goes on under a session that clears away what it has found."""
    found = [each async for _, each in find_checkpoints(log, [SOURCE])]
    checkpoint = found[0].checkpoint
    if checkpoint is None:
        return None
    processor = restored(SOURCE, checkpoint)
    await CheckpointSession(log, SOURCE, found[0].keys).write(checkpoint, 1)
    return processor


def _written(
    choose: Random, blocks: list[bytes], offset: int, spoiled: bool
) -> list[tuple[bytes | None, bytes | None]]:
    hashes = [block_hash(block) for block in blocks]
    manifest = msgspec.to_builtins(new_manifest(offset, 1, hashes), builtin_types=(bytes,))
    if spoiled:
        manifest = mutated_document(choose, manifest, _SCALARS)
    records: list[tuple[bytes | None, bytes | None]] = [
        (block_key(SOURCE, _SESSION, digest), compressed(block)) for digest, block in zip(hashes, blocks, strict=True)
    ]
    return [*records, (manifest_key(SOURCE, _SESSION), msgspec.msgpack.encode(manifest))]


def _mutated_block(choose: Random, block: bytes) -> bytes:
    if choose.random() < 0.3:
        return mutated_bytes(choose, block)
    document: Any = msgspec.msgpack.decode(block, strict=False)
    for _ in range(choose.choice((1, 1, 2, 5))):
        document = mutated_document(choose, document, _SCALARS)
    try:
        return msgspec.msgpack.encode(document)
    except OverflowError:  # a number that the format cannot hold
        return mutated_bytes(choose, block)
