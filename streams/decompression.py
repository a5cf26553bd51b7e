"""Compressed bytes from outside, decompressed within a limit: a few kilobytes may hold gigabytes of zeros."""

import mmap
import struct
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

import cramjam

Codec = Literal["gzip", "deflate", "snappy", "lz4", "zstd", "br"]

_XERIAL: Final = b"\x82SNAPPY\0"
"""Begins the framing in which Java writes snappy: a header of 16 bytes, then blocks, each after its length."""
_XERIAL_HEADER_BYTES: Final = 16
_BLOCK_LENGTH: Final = struct.Struct(">I")


class DecompressionError(ValueError):
    """The bytes are not what their codec says, or are more than the limit once they are decompressed."""


class Decompressor:
    """Decompresses into one room that it uses again and again; not for several threads at a time.

    The room is mapped at once and takes memory only as far as something was ever written into it.
    """

    def __init__(self, limit: int) -> None:
        """``limit``: bytes that one piece of data may have once it is decompressed."""
        self._room = mmap.mmap(-1, limit)

    def decompress(self, codec: Codec, data: bytes) -> bytes:
        """The data decompressed. Raises DecompressionError."""
        try:
            size = _INTO[codec](data, self._room)
        except (cramjam.DecompressionError, struct.error) as error:
            raise DecompressionError(f"{codec}, at most {len(self._room)} bytes: {error}") from error
        return self._room[:size]


def _snappy_into(data: bytes, room: Any) -> int:
    """Raw snappy as well as blocks in the framing of Java; what cramjam calls snappy is a third format."""
    into: Callable[[bytes, Any], int] = cramjam.snappy.decompress_raw_into
    if not data.startswith(_XERIAL):
        return into(data, room)
    size, at = 0, _XERIAL_HEADER_BYTES
    with memoryview(room) as free:
        while at < len(data):
            (length,) = _BLOCK_LENGTH.unpack_from(data, at)
            at += _BLOCK_LENGTH.size
            size += into(data[at : at + length], free[size:])
            at += length
    return size


_INTO: Final[Mapping[Codec, Callable[[bytes, Any], int]]] = {
    "gzip": cramjam.gzip.decompress_into,
    "deflate": cramjam.zlib.decompress_into,
    "snappy": _snappy_into,
    "lz4": cramjam.lz4.decompress_into,
    "zstd": cramjam.zstd.decompress_into,
    "br": cramjam.brotli.decompress_into,
}
