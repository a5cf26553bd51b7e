"""Event files to Kafka: each line to the topic of its type, under the key of its customer, byte for byte.

Order is kept: lines of one key go to one partition in the order of the files (idempotent producer). With a customer key
the customers are replaced by pseudonyms before anything leaves this process, and nothing else is.
"""

import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec
from kafka.errors import KafkaError, KafkaTimeoutError, MessageSizeTooLargeError, RecordListTooLargeError
from kafka.producer.future import FutureRecordMetadata

from schemas.decoder import DECODE_ERRORS, without_values
from schemas.events import ERASED, REFERENCE_PREFIX, SURVEY_PREFIX
from streams.customers import CustomerKey
from streams.input_files import CUT_SHORT, open_input
from streams.kafka_access import KafkaRefused, KafkaUnreachable, check_access, refusal
from streams.publishing.pace import Pace
from streams.publishing.producing import new_producer

_TYPE_PREFIX: Final = "cx."

_UNACKNOWLEDGED_BYTES: Final = 64 << 20
"""kafka-python queues without bound; past this the reader waits for the oldest line's acknowledgement."""
_PROGRESS_SECONDS: Final = 0.25


class Topics(NamedTuple):
    """Where events go by their type."""

    touchpoints: str
    surveys: str

    def of(self, event_type: str) -> str:
        """The topic of an event type."""
        return self.surveys if event_type.startswith(SURVEY_PREFIX) else self.touchpoints

    def all_of(self, event_type: str) -> tuple[str, ...]:
        """Every topic that has to have an event: of an erasure both, since each has events of the customer."""
        return self if event_type == ERASED else (self.of(event_type),)


class Line(NamedTuple):
    """One line of an event file, without its line end."""

    file: str
    number: int
    value: bytes


class BadLine(NamedTuple):
    """A line that was not published, or the place where a file could not be read further."""

    file: str
    number: int
    reason: str


class PublishResult(NamedTuple):
    """What a run has published: acknowledged events per topic, and the number of bad lines."""

    published: dict[str, int]
    bad_lines: int


class _Data(msgspec.Struct):
    customer: str | None = None


class _Address(msgspec.Struct):
    """As much of an event as decides where it goes."""

    type: str
    subject: str
    data: _Data = msgspec.field(default_factory=_Data)


_read_address: Final = msgspec.json.Decoder(_Address).decode


def read_lines(files: Sequence[str]) -> Iterator[Line | BadLine]:
    """The lines of event files (plain, gzip, zstd; ``-`` is standard input); empty lines are passed over.

    Raises OSError when a file cannot be opened.
    """
    for file in files:
        number = 0
        with open_input(file) as stream:
            try:
                for number, line in enumerate(stream, start=1):
                    if value := line.rstrip(b"\r\n"):
                        yield Line(file, number, value)
            except CUT_SHORT as error:
                yield BadLine(file, number + 1, f"the file is cut off or damaged here: {error}")


def publish_lines(
    lines: Iterable[Line | BadLine],
    client: Mapping[str, Any],
    topics: Topics,
    *,
    customers: CustomerKey | None = None,
    rate: float | None = None,
    report: Callable[[BadLine], None] | None = None,
    progress: Callable[[int], None] | None = None,
) -> PublishResult:
    """Publish lines in their order and return once every one of them is acknowledged or reported.

    ``client``: arguments of a Kafka client, bootstrap servers and security. ``customers``: replaces the customers of
    the lines; None leaves each line as it is. ``rate``: events per second at most. ``report`` is called with each bad
    line, ``progress`` with the number of events sent so far, a few times a second.

    Raises:
        KafkaUnreachable: no broker answers, or the events are not taken.
        KafkaRefused: Kafka does not let us in, or does not let us write there.
    """
    publisher = _Publisher(client, topics, customers, report or (lambda _: None))
    try:
        pace, shown = Pace(rate), time.monotonic()
        for line in lines:
            if isinstance(line, BadLine):
                publisher.reject(line)
            elif publisher.send(line) and (ahead := pace.ahead()) > 0:
                time.sleep(ahead)
            if progress and time.monotonic() - shown >= _PROGRESS_SECONDS:
                shown = time.monotonic()
                progress(publisher.sent)
        publisher.finish()
        if progress:
            progress(publisher.sent)
        return PublishResult(dict(publisher.published), publisher.bad_lines)
    finally:
        publisher.close()


class _Publisher:
    """A producer that knows which line each unacknowledged record came from."""

    def __init__(
        self,
        client: Mapping[str, Any],
        topics: Topics,
        customers: CustomerKey | None,
        report: Callable[[BadLine], None],
    ) -> None:
        self._where = ", ".join(client["bootstrap_servers"])
        self._topics = topics
        self._customers = customers
        self._report = report
        self._pending: deque[tuple[FutureRecordMetadata, str, Line]] = deque()
        self._pending_bytes = 0
        self.sent = 0
        self.bad_lines = 0
        self.published: Counter[str] = Counter(dict.fromkeys(topics, 0))
        check_access(client)
        try:
            self._producer = new_producer(client)
        except KafkaError as error:
            raise KafkaUnreachable(
                f"no Kafka broker answers at {self._where}: start it, or correct CX_BROKERS ({error})"
            ) from error

    def send(self, line: Line) -> bool:
        """Queue a line; False when it is bad and was reported."""
        try:
            address = _read_address(line.value)
        except DECODE_ERRORS as error:
            self.reject(BadLine(line.file, line.number, without_values(error)))
            return False
        if not address.type.startswith(_TYPE_PREFIX):
            reason = f"type does not start with {_TYPE_PREFIX!r}, so no topic is known for it"
            self.reject(BadLine(line.file, line.number, reason))
            return False
        key, value = address.data.customer or address.subject, line.value
        if self._customers and address.data.customer:
            key, value = self._customers.replaced(line.value, address.data.customer)
        for topic, partition in self._places(address.type):
            try:
                future = self._producer.send(topic, value, key.encode(), partition=partition)
            except MessageSizeTooLargeError as error:
                self.reject(BadLine(line.file, line.number, str(error)))
                return False
            except (KafkaError, ValueError) as error:
                raise self._unreachable(topic, error) from error
            self._pending.append((future, topic, line))
            self._pending_bytes += len(line.value)
        self.sent += 1
        while self._pending and (self._pending[0][0].is_done or self._pending_bytes > _UNACKNOWLEDGED_BYTES):
            self._settle_oldest()
        return True

    def _places(self, event_type: str) -> list[tuple[str, int | None]]:
        """Topics, and the partition of each where the key does not decide: reference goes to all of them."""
        topics = self._topics.all_of(event_type)
        if not event_type.startswith(REFERENCE_PREFIX):
            return [(topic, None) for topic in topics]
        return [(topic, number) for topic in topics for number in sorted(self._producer.partitions_for(topic) or [0])]

    def reject(self, bad: BadLine) -> None:
        self.bad_lines += 1
        self._report(bad)

    def finish(self) -> None:
        """Wait until every queued line is acknowledged or reported."""
        while self._pending:
            self._settle_oldest()

    def close(self) -> None:
        self._producer.close(timeout=5)

    def _settle_oldest(self) -> None:
        future, topic, line = self._pending.popleft()
        self._pending_bytes -= len(line.value)
        try:
            future.get()
        except (MessageSizeTooLargeError, RecordListTooLargeError) as error:
            self.reject(BadLine(line.file, line.number, f"the broker refuses {len(line.value)} bytes: {error}"))
        except KafkaError as error:
            raise self._unreachable(topic, error) from error
        else:
            self.published[topic] += 1

    def _unreachable(self, topic: str, error: Exception) -> KafkaUnreachable | KafkaRefused:
        if refused := refusal(error):
            return KafkaRefused(f"topic {topic}: {refused}")
        hint = "does the topic exist, and is the broker up?" if isinstance(error, KafkaTimeoutError) else ""
        return KafkaUnreachable(f"topic {topic} at {self._where} takes no events: {error} {hint}".rstrip())
