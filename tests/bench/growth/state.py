"""What a partition's open cases cost at a checkpoint and at a restore, in the core alone."""

from collections.abc import Callable
from time import perf_counter
from typing import TypeVar

from streams.core.checkpoint import Checkpoint
from streams.core.processor import PartitionProcessor
from streams.core.records import Source
from streams.settings import Settings
from tests.bench.growth.curves import Point
from tests.bench.load.events import records
from tests.bench.load.plan import LIFECYCLE, OPEN_EVENTS, Load

Result = TypeVar("Result")


class _Record:
    """A record as the core reads it."""

    __slots__ = ("offset", "timestamp", "value")

    def __init__(self, offset: int, timestamp: int, value: bytes) -> None:
        self.offset, self.timestamp, self.value = offset, timestamp, value


def state(open_cases: int) -> Point:
    """One partition with about so many open cases: times in ms, size in MiB.

    The pause is what a worker cannot do anything else in; the blocks are encoded and decoded in a thread.
    """
    # One round over all cases under way leaves 63 % of them begun, nearly all of those open.
    under_way = open_cases * LIFECYCLE // OPEN_EVENTS
    load = Load(mix="cases", events=under_way, partitions=1, open_cases=open_cases, late=0, twice=0)
    source = Source("cases", "00000000-0000-4000-8000-000000000000", 0)
    processor = PartitionProcessor(source, Settings().configuration())
    processor.apply([_Record(offset, each.timestamp, each.value) for offset, each in enumerate(records(load, 0))])
    while processor.unstored:
        processor.take_rows()
        processor.confirm()
    checkpoint, pause = _timed(processor.checkpoint)
    blocks, encoding = _timed(checkpoint.encode)
    decoded, decoding = _timed(lambda: Checkpoint.decode(blocks))
    _, restoring = _timed(lambda: PartitionProcessor.restore(source, decoded))
    opened = sum(load.open for load in processor.look(processor.watermark).view().cases)
    return Point(
        opened,
        {
            "pause, ms": pause,
            "encoding, ms": encoding,
            "decoding, ms": decoding,
            "restoring, ms": restoring,
            "size, MiB": sum(map(len, blocks)) / 2**20,
        },
    )


def _timed(work: Callable[[], Result]) -> tuple[Result, float]:
    """The result and the ms it took."""
    began = perf_counter()
    result = work()
    return result, (perf_counter() - began) * 1000
