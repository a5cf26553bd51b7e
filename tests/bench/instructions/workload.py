"""What is counted: ``python -m tests.bench.instructions.workload NAME EVENTS``, run under valgrind."""

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple, get_args

from schemas.decoder import decode_event
from schemas.metrics import load_registry
from streams.core.configuration import Configuration
from streams.core.processor import PartitionProcessor
from streams.core.records import Source
from tests.bench.load.events import records
from tests.bench.load.plan import Load, Mix

KEPT: Final = ("channel", "region", "team", "product", "priority")
"""Dimensions, as by default."""

CHUNK: Final = 1_000
"""Records applied at once."""


class Offered(NamedTuple):
    """A record as the core reads it."""

    offset: int
    timestamp: int
    value: bytes


def offered(mix: Mix, events: int) -> list[Offered]:
    """The first records of one of six partitions, with 1 000 segments and, of cases, some hundred open at once."""
    load = Load(mix=mix, events=6 * events, open_cases=events // 2)
    return [Offered(offset, each.timestamp, each.value) for offset, each in enumerate(records(load, 0))][:events]


def apply(log: Sequence[Offered]) -> None:
    """The core from bytes to cells."""
    configuration = Configuration(registry=load_registry(), dimensions=KEPT)
    processor = PartitionProcessor(Source("bench", "topic-id", 0), configuration)
    for first in range(0, len(log), CHUNK):
        processor.apply(log[first : first + CHUNK])


def decode(log: Sequence[Offered]) -> None:
    """The decoder alone."""
    for each in log:
        decode_event(each.value)


def yardstick(log: Sequence[Offered]) -> None:
    """Plain Python of the kind that the core is made of: it says how many instructions this interpreter needs."""
    counts: dict[int, int] = {}
    for each in log:
        for step in range(50):
            key = (each.offset * step) % 997
            counts[key] = counts.get(key, 0) + 1


WORKLOADS: Final[Mapping[str, tuple[Callable[[Sequence[Offered]], None], Mix]]] = {
    "yardstick": (yardstick, "measured"),
    "decode": (decode, "measured"),
    **{mix: (apply, mix) for mix in get_args(Mix) if mix != "mixed"},
}

if __name__ == "__main__":
    name, number = sys.argv[1], int(sys.argv[2])
    work, mix = WORKLOADS[name]
    made = offered(mix, number)
    if "--idle" not in sys.argv:
        work(made)
