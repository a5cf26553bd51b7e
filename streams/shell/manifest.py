"""How a checkpoint lies in the checkpoint topic.

A record per block and one manifest that names them:

    <topic id>/<partition>/<session>/<block hash>   zstd of the block
    <topic id>/<partition>/<session>/manifest       msgpack of `Manifest`

A session is one writer's ownership of one partition. Keys of two sessions never meet, so a writer that was replaced and
does not know it can spoil nothing but its own checkpoints.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Final
from zlib import crc32

import msgspec
import zstandard

from streams.core.checkpoint import LARGEST_BLOCK
from streams.core.records import Source

_LAYOUT: Final = 1
_HASH_BYTES: Final = 16
"""128 bits: two blocks of one partition never share a hash by chance."""

_ZSTD_LEVEL: Final = 3
"""The same level everywhere, so that equal blocks stay equal records; higher ones cost more time than they save
bytes."""

_MANIFEST: Final = "manifest"


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """Says that a checkpoint is complete: written after all its blocks were acknowledged."""

    layout: int = _LAYOUT
    offset: int
    """Offset of the last record in the checkpoint."""
    generation: int
    """Generation of the consumer group in which it was written; for humans."""
    blocks: tuple[bytes, ...]
    """Hashes of the blocks, in order."""
    count: int
    checksum: bytes
    """Over everything above: a manifest of another layout or a damaged one does not match."""

    @property
    def intact(self) -> bool:
        return (
            self.layout == _LAYOUT
            and self.count == len(self.blocks)
            and self.checksum == _checksum(self.offset, self.generation, self.blocks)
        )


def new_manifest(offset: int, generation: int, blocks: Sequence[bytes]) -> Manifest:
    return Manifest(
        offset=offset,
        generation=generation,
        blocks=tuple(blocks),
        count=len(blocks),
        checksum=_checksum(offset, generation, blocks),
    )


def _checksum(offset: int, generation: int, blocks: Sequence[bytes]) -> bytes:
    return block_hash(msgspec.msgpack.encode((_LAYOUT, offset, generation, len(blocks), list(blocks))))


def checkpoint_partition(source: Source, partitions: int) -> int:
    """Where the checkpoints of a source lie: by a fixed function. `find_misplaced` finds those
    that were written before the topic got more partitions."""
    return crc32(f"{source.topic_id}/{source.partition}".encode()) % partitions


def source_prefix(source: Source) -> str:
    return f"{source.topic_id}/{source.partition}/"


def block_key(source: Source, session: str, block: bytes) -> bytes:
    """Key of the block with the hash ``block``."""
    return f"{source_prefix(source)}{session}/{block.hex()}".encode()


def manifest_key(source: Source, session: str) -> bytes:
    return f"{source_prefix(source)}{session}/{_MANIFEST}".encode()


def is_manifest(key: bytes) -> bool:
    return key.endswith(f"/{_MANIFEST}".encode())


def session_of(key: bytes) -> str:
    return key.split(b"/")[2].decode(errors="replace")


def block_hash(block: bytes) -> bytes:
    return blake2b(block, digest_size=_HASH_BYTES).digest()


def compressed(block: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compress(block)


def decompressed(value: bytes) -> bytes:
    """Raises zstandard.ZstdError on anything that `compressed` did not write, before it takes more memory than that."""
    if not 0 <= zstandard.frame_content_size(value) <= LARGEST_BLOCK:
        raise zstandard.ZstdError(f"no block: they say how long they are, at most {LARGEST_BLOCK} bytes")
    return zstandard.ZstdDecompressor().decompress(value)
