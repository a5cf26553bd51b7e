"""The dead-letter topic: records that are no acceptable events, with their bytes and the reason."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final, NamedTuple

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError, RecordListTooLargeError

from schemas.rejects import Reason
from sinks.kafka_errors import described

MAX_LETTER_BYTES: Final = 16 * 2**20
"""Largest letter: a 10 MB record with headers fits. The topic's ``max.message.bytes`` has to be at least this."""

QUEUE_BYTES: Final = 32 * 2**20
"""Letters that may wait for acknowledgement before their producer has to wait: two of the largest."""

_CUT_BYTES: Final = 512 * 2**10
"""What is kept of a record larger than a letter: under the size every broker accepts."""

_BATCH_LETTERS: Final = 500

_FIRST_WAIT_SECONDS: Final = 0.2
_LONGEST_WAIT_SECONDS: Final = 10.0

_HEADER_BYTES: Final = 512
"""Allowance for our own headers and the record's frame."""

_TOO_LARGE: Final = (MessageSizeTooLargeError, RecordListTooLargeError)
"""Larger than the client or the topic's ``max.message.bytes`` allows, or than a segment of its log."""

Header = tuple[str, bytes | None]

log = structlog.get_logger(__name__)


class DeadLetter(NamedTuple):
    """A rejected record and where it came from."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[Header]
    """The record's own headers, in order; bytes of a name that are no UTF-8 are escaped, see `surrogateescape`."""
    reason: Reason
    detail: str

    @property
    def size(self) -> int:
        """About its bytes in the topic."""
        own = sum(len(name) + len(value or b"") for name, value in self.headers)
        return len(self.key or b"") + len(self.value or b"") + len(self.detail) + own + _HEADER_BYTES

    def all_headers(self) -> list[Header]:
        """Ours first, then the record's own.

        A client can write no name that is not UTF-8: such a one has its bytes as ``\\xe9``, and before it stands a
        header ``cx-header-name`` with the name as it was.
        """
        return [
            ("cx-reason", self.reason.encode()),
            ("cx-detail", self.detail.encode(errors="replace")),
            ("cx-topic", self.topic.encode()),
            ("cx-partition", str(self.partition).encode()),
            ("cx-offset", str(self.offset).encode()),
            *(written for header in self.headers for written in _writable(header)),
        ]


def _writable(header: Header) -> Iterator[Header]:
    name, value = header
    original = name.encode("utf-8", "surrogateescape")
    readable = original.decode("utf-8", "backslashreplace")
    if readable != name:
        yield "cx-header-name", original
    yield readable, value


class DeadLetters:
    """A queue of letters, and `run`, which writes them in order until each is acknowledged.

    A letter may be written more than once (a crash between its acknowledgement and the next checkpoint); topic,
    partition and offset in its headers tell such copies apart from two bad records.
    """

    def __init__(self, client: Mapping[str, Any], topic: str) -> None:
        """``client``: arguments of an aiokafka client, bootstrap servers and security."""
        self._client = client
        self._topic = topic
        self._queue: deque[DeadLetter] = deque()
        self._queued_bytes = 0
        self._queued = 0
        self._changed = asyncio.Condition()
        self._producer: AIOKafkaProducer | None = None
        self.written = 0
        """Letters acknowledged since the start."""
        self.failures = 0
        """Attempts to write that failed since the start."""
        self.error: str | None = None
        """Why the oldest letter is not acknowledged yet; None while all is well."""

    async def start(self) -> None:
        """Raises aiokafka.errors.KafkaError when no broker answers."""
        self._producer = AIOKafkaProducer(
            **self._client,
            acks="all",
            linger_ms=5,
            max_request_size=MAX_LETTER_BYTES,
        )
        await self._producer.start()

    async def stop(self) -> None:
        if self._producer is not None:
            await self._producer.stop()

    async def run(self) -> None:
        """Writes queued letters until it is cancelled; what is not acknowledged then, no checkpoint covers."""
        pause = _FIRST_WAIT_SECONDS
        while True:
            async with self._changed:
                await self._changed.wait_for(lambda: bool(self._queue))
            batch = list(islice(self._queue, _BATCH_LETTERS))
            try:
                await self._write(batch)
            except KafkaError as error:
                self.failures += 1
                self.error = described(error)
                log.warning("dead letters are not written yet", waiting=len(self._queue), error=self.error)
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_WAIT_SECONDS)
                continue
            pause, self.error = _FIRST_WAIT_SECONDS, None
            async with self._changed:
                for letter in batch:
                    self._queue.popleft()
                    self._queued_bytes -= letter.size
                self.written += len(batch)
                self._changed.notify_all()

    def put(self, letter: DeadLetter) -> None:
        """Queues a letter without waiting, so that it can be queued in the same step as its record is applied."""
        self._queue.append(letter)
        self._queued += 1
        self._queued_bytes += letter.size

    @property
    def waiting(self) -> int:
        """Letters that are not acknowledged yet."""
        return len(self._queue)

    @property
    def has_room(self) -> bool:
        """Whether less than `QUEUE_BYTES` wait."""
        return self._queued_bytes < QUEUE_BYTES

    async def room(self) -> None:
        """Returns when it `has_room`: call it between chunks."""
        await self._wait_for(lambda: self.has_room)

    async def flush(self) -> None:
        """Returns when every letter queued before the call is acknowledged."""
        queued = self._queued
        await self._wait_for(lambda: self.written >= queued)

    async def _wait_for(self, reached: Callable[[], bool]) -> None:
        if reached():
            return
        async with self._changed:
            self._changed.notify_all()
            await self._changed.wait_for(reached)

    async def _write(self, batch: Sequence[DeadLetter]) -> None:
        try:
            for acknowledgement in [await self._send(letter) for letter in batch]:
                await acknowledgement
        except _TOO_LARGE:
            # The error does not say which of the batch it was.
            for letter in batch:
                await self._write_cut_if_needed(letter)

    async def _write_cut_if_needed(self, letter: DeadLetter) -> None:
        try:
            await (await self._send(letter))
        except _TOO_LARGE:
            original = len(letter.value or b"")
            log.error(
                "dead letter is cut",
                topic=letter.topic,
                offset=letter.offset,
                bytes=original,
                kept=_CUT_BYTES,
            )
            cut = letter._replace(
                key=None,
                value=(letter.value or b"")[:_CUT_BYTES],
                headers=[("cx-cut-from", str(original).encode())],
            )
            await (await self._send(cut))

    async def _send(self, letter: DeadLetter) -> Any:
        assert self._producer is not None
        # A record without value would be a tombstone here too; its letter has an empty one.
        value = letter.value if letter.value is not None else b""
        return await self._producer.send(self._topic, value, key=letter.key, headers=letter.all_headers())
