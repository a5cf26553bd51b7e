"""A chunk: what one fetch gave of one partition. It travels through Faust as the value of one message."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

import faust
import msgspec

from streams.core.records import Record


class FetchedRecord(Record, Protocol):
    """What a dead letter needs besides what the core reads."""

    @property
    def key(self) -> bytes | None: ...
    @property
    def headers(self) -> Sequence[tuple[str, bytes | None]]:
        """Bytes of a name that are no UTF-8 are escaped, see `surrogateescape`."""
        ...


class Chunk(msgspec.Struct, frozen=True, eq=False):
    """Consecutive records of one partition.

    ``start`` and ``next`` are the fetch positions before and after: a chunk follows another one exactly when its
    ``start`` is the other's ``next``, whatever offsets compaction or control records have left out. A chunk without
    records says that the position moved over such a gap.
    """

    topic: str
    partition: int
    start: int
    next: int
    log_end: int
    """Offset after the last record that could be read when the chunk was fetched."""
    records: tuple[FetchedRecord, ...]
    size: int
    """Bytes of keys, values and headers, plus what the chunk itself costs."""


class ChunkSchema(faust.Schema):  # type: ignore[misc]
    """Hands the chunk of a message to the agent as it is: decoding belongs to the core, a chunk at a time."""

    def compile(self, app: Any, **_: Any) -> Callable[..., Awaitable[Any]]:
        create_event = app.create_event

        async def decode(message: Any, *, propagate: bool = False) -> Any:
            return create_event(None, message.value, (), message)

        return decode
