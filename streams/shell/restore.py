"""Reading checkpoints back: the newest complete one of each source partition."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import NamedTuple

import msgspec
import structlog
import zstandard

from streams.core.checkpoint import Checkpoint
from streams.core.records import Source
from streams.shell.checkpoint_log import CheckpointLog
from streams.shell.manifest import (
    Manifest,
    block_hash,
    block_key,
    checkpoint_partition,
    decompressed,
    is_manifest,
    session_of,
    source_prefix,
)

log = structlog.get_logger()


class Found(NamedTuple):
    """What the checkpoint topic holds of one source."""

    checkpoint: Checkpoint | None
    keys: frozenset[bytes]
    """All keys there are, of whichever session; useless once their finder has written a checkpoint of its own."""


async def find_checkpoints(
    checkpoints: CheckpointLog, sources: Iterable[Source]
) -> AsyncIterator[tuple[Source, Found]]:
    """The newest complete checkpoint of each source; each partition of the checkpoint topic is read once.

    Raises:
        CheckpointError: the newest complete checkpoint was written by another version of cxstream.
        aiokafka.errors.KafkaError: the topic cannot be read.
    """
    places: defaultdict[int, list[Source]] = defaultdict(list)
    for source in sources:
        places[checkpoint_partition(source, checkpoints.partitions)].append(source)
    for partition, neighbours in places.items():
        records = await _read(checkpoints, partition, neighbours)
        for source in neighbours:
            yield source, await asyncio.to_thread(_newest, source, records[source])


async def find_misplaced(checkpoints: CheckpointLog, source: Source) -> Found:
    """The newest complete checkpoint of a source in any partition of the topic.

    For a source whose own place has none although there was one once: the topic may have got more partitions since. It
    reads the whole topic. Raises as `find_checkpoints` does.
    """
    records: dict[bytes, bytes] = {}
    for partition in range(checkpoints.partitions):
        records |= (await _read(checkpoints, partition, [source]))[source]
    return await asyncio.to_thread(_newest, source, records)


async def _read(
    checkpoints: CheckpointLog,
    partition: int,
    sources: list[Source],
) -> dict[Source, dict[bytes, bytes]]:
    """Newest value per key of each source, deleted keys left out."""
    by_prefix = {source_prefix(source).encode(): source for source in sources}
    records: dict[Source, dict[bytes, bytes]] = {source: {} for source in sources}
    async for key, value in checkpoints.read(partition):
        source = by_prefix.get(b"/".join(key.split(b"/", 2)[:2]) + b"/") if key is not None else None
        if key is None or source is None:
            continue
        if value is None:
            records[source].pop(key, None)
        else:
            records[source][key] = value
    return records


def _newest(source: Source, records: Mapping[bytes, bytes]) -> Found:
    keys = frozenset(records)
    manifests = [(session_of(key), _manifest(records[key])) for key in keys if is_manifest(key)]
    # By offset, not by generation: what a partition knows after an offset is the same whoever wrote it.
    candidates = sorted(
        ((session, manifest) for session, manifest in manifests if manifest is not None),
        key=lambda candidate: (candidate[1].offset, candidate[1].generation),
        reverse=True,
    )
    for session, manifest in candidates:
        blocks = _blocks(source, session, manifest, records)
        if blocks is not None:
            return Found(Checkpoint.decode(blocks), keys)
        log.warning(
            "checkpoint is torn and ignored",
            topic=source.topic,
            partition=source.partition,
            offset=manifest.offset,
            session=session,
        )
    return Found(None, keys)


def _manifest(value: bytes) -> Manifest | None:
    try:
        manifest = msgspec.msgpack.decode(value, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return manifest if manifest.intact else None


def _blocks(
    source: Source,
    session: str,
    manifest: Manifest,
    records: Mapping[bytes, bytes],
) -> list[bytes] | None:
    """The blocks of a manifest; None when one is missing or is not what its hash says."""
    blocks = []
    for expected in manifest.blocks:
        value = records.get(block_key(source, session, expected))
        try:
            block = decompressed(value) if value is not None else b""
        except zstandard.ZstdError:
            return None
        if block_hash(block) != expected:
            return None
        blocks.append(block)
    return blocks
