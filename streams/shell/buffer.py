"""The chunks between fetch and agent, bounded in bytes."""

from streams.shell.chunk import Chunk


class ChunkBuffer:
    """Knows the chunks that were handed to Faust and are not applied yet.

    Faust's own queue counts messages, and a message of ours is between one record and megabytes; so the fetch loop asks
    here for room, and Faust's limit is set where it is never reached.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.size = 0
        self._chunks: set[Chunk] = set()

    @property
    def has_room(self) -> bool:
        """True below the capacity; one fetch more may exceed it by its own size."""
        return self.size < self.capacity

    def add(self, chunk: Chunk) -> None:
        self._chunks.add(chunk)
        self.size += chunk.size

    def remove(self, chunk: Chunk) -> None:
        """Forgets a chunk; one that `clear` has forgotten already is no error."""
        if chunk in self._chunks:
            self._chunks.remove(chunk)
            self.size -= chunk.size

    def clear(self) -> None:
        """Forgets all: Faust drops what it has queued when partitions are revoked."""
        self._chunks.clear()
        self.size = 0
