"""A checkpoint topic in memory: the collaborator of sessions and restores under test."""

from collections.abc import AsyncIterator, Iterable

from aiokafka.errors import KafkaTimeoutError

from streams.core.records import Source
from streams.shell.checkpoint_log import CheckpointLog

SOURCE = Source("cx.surveys", "6f1de0c4-2b0c-4a53-9a43-0f3d2a1b7a11", 0)


class MemoryLog(CheckpointLog):
    """Keeps what is appended; may fail after a number of records, as a broker that goes away."""

    def __init__(self, partitions: int = 3) -> None:
        super().__init__({}, "cx.checkpoints")
        self.partitions = partitions
        self.records: list[tuple[int, bytes, bytes | None]] = []
        self.fails_after: int | None = None

    async def append(self, partition: int, records: Iterable[tuple[bytes, bytes | None]]) -> None:
        for key, value in records:
            if self.fails_after is not None:
                if self.fails_after == 0:
                    raise KafkaTimeoutError
                self.fails_after -= 1
            self.records.append((partition, key, value))

    async def read(self, partition: int) -> AsyncIterator[tuple[bytes | None, bytes | None]]:
        for place, key, value in self.records:
            if place == partition:
                yield key, value

    def kept(self) -> dict[bytes, bytes]:
        """What compaction would leave."""
        newest = {key: value for _, key, value in self.records}
        return {key: value for key, value in newest.items() if value is not None}
