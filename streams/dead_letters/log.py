"""The dead-letter topic, read from its start to its end as it was when the reading began."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from sinks.dead_letters import MAX_LETTER_BYTES
from streams.kafka_access import KafkaRefused, KafkaUnreachable, check_access, refusal

_OWN: Final = ("cx-reason", "cx-detail", "cx-topic", "cx-partition", "cx-offset")
"""Headers that `sinks.dead_letters` writes before those of the record, in this order."""

DECISION_HEADERS: Final = ("cx-decided", "cx-decided-reason", "cx-decision", "cx-decided-by", "cx-decided-why")
"""Of a record that says what somebody has decided about a letter."""

_POLL_MS: Final = 500
_SILENT_POLLS: Final = 40
"""20 s without anything new before the end is reached: no broker answers any more."""


class Place(NamedTuple):
    """Where a rejected record stands, written ``topic/partition/offset``."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition}/{self.offset}"

    @classmethod
    def of(cls, text: str) -> "Place":
        """Raises ValueError when the text names no place."""
        topic, partition, offset = text.rsplit("/", 2)
        return cls(topic, int(partition), int(offset))


class Letter(NamedTuple):
    """A rejected record as the topic has it."""

    place: Place
    reason: str
    """One of `schemas.rejects.Reason`, or a word of another version."""
    detail: str
    written_ms: int
    """When it was written here, milliseconds since 1970."""
    key: bytes | None
    value: bytes
    headers: tuple[tuple[str, bytes | None], ...]
    """The record's own."""


class Decision(NamedTuple):
    """What somebody has decided about a letter; see `streams.dead_letters.decisions`."""

    place: Place
    reason: str
    """Of the letter: a topic made anew has other records at the same places."""
    action: str
    who: str
    why: str

    def values(self) -> list[bytes]:
        """Of `DECISION_HEADERS`."""
        return [str(each).encode() for each in self]


class NoSuchTopic(Exception):
    """The dead-letter topic is not there; the message is one line."""


def letter_of(
    headers: list[tuple[str, bytes | None]], written_ms: int, key: bytes | None, value: bytes | None
) -> Letter | None:
    """The letter that a record of the topic is; None for one that no worker has written."""
    own, rest = headers[: len(_OWN)], headers[len(_OWN) :]
    if tuple(name for name, _ in own) != _OWN:
        return None
    reason, detail, topic, partition, offset = ((each or b"").decode(errors="replace") for _, each in own)
    try:
        place = Place(topic, int(partition), int(offset))
    except ValueError:
        return None
    return Letter(place, reason, detail, written_ms, key, value or b"", tuple(rest))


def decision_of(headers: list[tuple[str, bytes | None]]) -> Decision | None:
    """The decision that a record of the topic is; None for any other record."""
    if tuple(name for name, _ in headers) != DECISION_HEADERS:
        return None
    place, reason, action, who, why = ((each or b"").decode(errors="replace") for _, each in headers)
    try:
        return Decision(Place.of(place), reason, action, who, why)
    except ValueError:
        return None


def read_letters(client: Mapping[str, Any], topic: str) -> Iterator[Letter | Decision | None]:
    """Every letter once and every decision, partition by partition in order; None for a record that is neither.

    A crash may have written a letter twice; the second copy is passed over. ``client``: `connections.kafka_client`.

    Raises:
        NoSuchTopic, KafkaUnreachable.
        KafkaRefused: Kafka does not let us in, or does not let us read there.
    """
    check_access(client)
    try:
        consumer = KafkaConsumer(
            **client,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=MAX_LETTER_BYTES,
            allow_auto_create_topics=False,  # looking must not make it: the worker gives it the settings it needs
        )
        try:
            seen: set[tuple[Place, str, int]] = set()
            for partition in sorted(_partitions(consumer, topic)):
                for record in _records(consumer, TopicPartition(topic, partition)):
                    decision = decision_of(record.headers)
                    if decision is not None:
                        yield decision
                        continue
                    letter = letter_of(record.headers, record.timestamp, record.key, record.value)
                    # With its reason and bytes: in a topic that was made anew, other records have the same places.
                    copy = (letter.place, letter.reason, hash(letter.value)) if letter else None
                    if copy is None or copy not in seen:
                        yield letter
                    if copy:
                        seen.add(copy)
        finally:
            consumer.close()
    except KafkaError as error:
        if refused := refusal(error):
            raise KafkaRefused(f"topic {topic}: {refused}") from error
        raise KafkaUnreachable(f"topic {topic} cannot be read: {error}") from error


def _partitions(consumer: Any, topic: str) -> set[int]:
    partitions: set[int] | None = consumer.partitions_for_topic(topic)
    if not partitions:
        raise NoSuchTopic(
            f"there is no topic {topic} that this client may see: has a worker run? See also CX_DEAD_LETTERS_TOPIC"
        )
    return partitions


def _records(consumer: Any, partition: TopicPartition) -> Iterator[Any]:
    consumer.assign([partition])
    consumer.seek_to_beginning(partition)
    end: int | None = None
    silent = 0
    # The end comes from fetch responses: Tansu answers ListOffsets wrongly for batches of several records.
    while end is None or consumer.position(partition) < end:
        records = consumer.poll(_POLL_MS).get(partition, ())
        yield from records
        end = consumer.highwater(partition) if end is None else end
        silent = 0 if records else silent + 1
        if silent > _SILENT_POLLS:
            raise KafkaUnreachable(f"topic {partition.topic}: no broker answers for partition {partition.partition}")
