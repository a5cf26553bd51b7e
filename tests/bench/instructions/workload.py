"""What is counted: ``python -m tests.bench.instructions.workload NAME FILE``, run under valgrind.

It imports and makes as little as it can, for under valgrind all of that takes fifty times as long.
"""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import msgspec

from schemas.decoder import decode_event
from streams.core.configuration import Configuration
from streams.core.processor import PartitionProcessor
from streams.core.records import Source

CHUNK: Final = 1_000
"""Records applied at once."""


class Offered(msgspec.Struct, array_like=True, gc=False):
    """A record as the core reads it."""

    offset: int
    timestamp: int
    value: bytes


class Input(msgspec.Struct):
    """The content of the file."""

    configuration: Configuration
    records: list[Offered]


def idle(given: Input) -> None:
    """Nothing: what starting takes."""


def yardstick(given: Input) -> None:
    """Plain Python of the kind that the core is made of: it says how many instructions this interpreter needs."""
    counts: dict[int, int] = {}
    for each in given.records:
        for step in range(50):
            key = (each.offset * step) % 997
            counts[key] = counts.get(key, 0) + 1


def decode(given: Input) -> None:
    """The decoder alone."""
    for each in given.records:
        decode_event(each.value)


def apply(given: Input) -> None:
    """The core from bytes to cells."""
    processor = PartitionProcessor(Source("bench", "topic-id", 0), given.configuration)
    for first in range(0, len(given.records), CHUNK):
        processor.apply(given.records[first : first + CHUNK])


WORK: Final[Mapping[str, Callable[[Input], None]]] = {work.__name__: work for work in (idle, yardstick, decode, apply)}


if __name__ == "__main__":
    WORK[sys.argv[1]](msgspec.msgpack.decode(Path(sys.argv[2]).read_bytes(), type=Input))
