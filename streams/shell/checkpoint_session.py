"""Writing the checkpoints of one partition while it is ours."""

import asyncio
from typing import NamedTuple
from uuid import uuid4

import msgspec

from streams.core.checkpoint import Checkpoint
from streams.core.records import Source
from streams.shell.checkpoint_log import CheckpointLog
from streams.shell.manifest import (
    block_hash,
    block_key,
    checkpoint_partition,
    compressed,
    manifest_key,
    new_manifest,
)


class _Prepared(NamedTuple):
    blocks: list[bytes]
    """Hashes, in order."""
    missing: dict[bytes, bytes]
    """Hash -> compressed block, of those that are not in the topic yet."""


class CheckpointSession:
    """Writes checkpoints under keys of its own; only blocks that have changed are written again."""

    def __init__(self, checkpoints: CheckpointLog, source: Source, found: frozenset[bytes]) -> None:
        """``found``: the keys of earlier sessions, which the first checkpoint of this one makes useless."""
        self._log = checkpoints
        self._source = source
        self._partition = checkpoint_partition(source, checkpoints.partitions)
        self._session = uuid4().hex
        self._written: set[bytes] = set()
        self._garbage: set[bytes] = set(found)

    async def write(self, checkpoint: Checkpoint, generation: int) -> int:
        """Makes a checkpoint durable and returns the number of bytes written for it:

        1. the blocks that are not in the topic yet are written and acknowledged,
        2. the manifest is written and acknowledged: from here on this is the checkpoint,
        3. what no manifest needs any more is deleted: blocks of this session's last checkpoint, and
           everything earlier
           sessions left.

        Cancelled or failed between two steps it leaves the checkpoint before it whole.

        Raises:
            aiokafka.errors.KafkaError: it is not durable, or only step 3 is left to do; the next one makes up
            for it.
        """
        prepared = await asyncio.to_thread(self._prepare, checkpoint)
        # Garbage until a manifest names them, so that those of a checkpoint which fails here are not left for ever.
        self._garbage.update(map(self._key, prepared.missing))
        # 1. blocks
        await self._log.append(
            self._partition, ((self._key(block), value) for block, value in prepared.missing.items())
        )
        self._written.update(prepared.missing)
        # 2. manifest
        manifest = msgspec.msgpack.encode(new_manifest(checkpoint.offset, generation, prepared.blocks))
        await self._log.append(self._partition, [(manifest_key(self._source, self._session), manifest)])
        self._garbage.difference_update(map(self._key, prepared.blocks))
        # 3. garbage
        unneeded = self._written.difference(prepared.blocks)
        self._written -= unneeded
        self._garbage.update(map(self._key, unneeded))
        garbage = sorted(self._garbage)
        await self._log.append(self._partition, ((key, None) for key in garbage))
        self._garbage.difference_update(garbage)
        return len(manifest) + sum(map(len, prepared.missing.values()))

    def _prepare(self, checkpoint: Checkpoint) -> _Prepared:
        """Encodes, hashes and compresses; in a thread, since a large partition takes a second."""
        blocks, missing = [], {}
        for block in checkpoint.encode():
            key = block_hash(block)
            blocks.append(key)
            if key not in self._written and key not in missing:
                missing[key] = compressed(block)
        return _Prepared(blocks, missing)

    def _key(self, block: bytes) -> bytes:
        return block_key(self._source, self._session, block)
