"""What the transport asks of whoever owns the partitions, so that neither side imports the other."""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple, Protocol

from streams.shell.chunk import Chunk

TopicPartition = tuple[str, int]


class Owner(Protocol):
    """Called on the main event loop. None of these may raise."""

    async def take(self, chunk: Chunk) -> None:
        """A chunk, in order of delivery. The owner calls `Fetching.done` for each."""

    async def assigned(self, partitions: set[TopicPartition]) -> None:
        """These partitions are ours now. Returns at once; each is opened by `Consumer.open` when its state is there."""

    async def revoked(self, partitions: set[TopicPartition]) -> None:
        """These partitions go to somebody else as soon as this returns: the last moment to write a checkpoint."""

    def failed(self, error: BaseException) -> None:
        """Fetching has ended with an error that no retry mends; the worker has to end, loudly."""


class Fetching(Protocol):
    """What an owner asks of the transport; `Consumer` is it."""

    generation: int
    """Of the consumer group: grows with every rebalance."""
    buffered_bytes: int
    """Fetched and not applied."""
    chunks_done: int
    """How often `done` was called."""
    fetch_rounds: int
    """Of the loop that fetches: it comes round every few seconds, whether something is there or not."""
    thread_answers: int
    """Of the thread that talks to Kafka: whenever this is read it is asked again."""
    member_id: str
    """Under which the group knows this worker; empty until it has joined."""

    async def open(self, partition: TopicPartition, position: int) -> None: ...
    def close(self, partition: TopicPartition) -> None: ...
    async def log_starts(self, partitions: Collection[TopicPartition]) -> dict[TopicPartition, int]: ...
    async def committed_positions(self, partitions: Collection[TopicPartition]) -> dict[TopicPartition, int]: ...
    def log_end(self, partition: TopicPartition) -> int | None: ...
    def hold(self, held: bool) -> None: ...
    def done(self, chunk: Chunk) -> None: ...
    async def commit_positions(self, positions: Mapping[TopicPartition, int]) -> bool: ...


class TransportOptions(NamedTuple):
    """What the transport needs besides Faust's own settings: ``app.transport_options``, beside ``app.owner``."""

    client: Mapping[str, Any]
    """Arguments of an aiokafka client: bootstrap servers and security."""
    buffer_bytes: int
    """Fetching stops while this much waits to be applied."""
    fetch_bytes: int
    """Per partition and fetch. One larger record still comes, alone (KIP-74)."""
