"""Opening input files as bytes: plain, gzip or zstd, told apart by their first bytes, or standard input as ``-``."""

import gzip
import io
import sys
import zlib
from typing import BinaryIO, Final, cast

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

STANDARD_INPUT: Final = "-"

_GZIP_MAGIC: Final = b"\x1f\x8b"
_ZSTD_MAGIC: Final = b"\x28\xb5\x2f\xfd"

CUT_SHORT: Final = (EOFError, gzip.BadGzipFile, zlib.error, zstd.ZstdError)
"""What reading raises when a compressed file ends too early or is damaged, whatever its compression."""


def open_input(path: str) -> BinaryIO:
    """Open ``path`` for reading bytes, decompressed. Raises OSError when the file cannot be read.

    The standard library's zstd is used because it notices a file that was cut off, as gzip does; a decompressor that
    just stops there would lose the rest in silence.
    """
    raw = sys.stdin.buffer if path == STANDARD_INPUT else open(path, "rb")  # noqa: SIM115
    buffered = raw if isinstance(raw, io.BufferedReader) else io.BufferedReader(cast(io.RawIOBase, raw))
    start = buffered.peek(len(_ZSTD_MAGIC))
    if start.startswith(_GZIP_MAGIC):
        return cast(BinaryIO, gzip.GzipFile(fileobj=buffered))
    if start.startswith(_ZSTD_MAGIC):
        return cast(BinaryIO, zstd.ZstdFile(buffered))
    return buffered
