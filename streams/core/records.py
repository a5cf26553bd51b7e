"""What the core reads and where it came from."""

from typing import NamedTuple, Protocol


class Source(NamedTuple):
    """One partition of one topic; the id tells a re-created topic from the old one of the same name."""

    topic: str
    topic_id: str
    partition: int


class Record(Protocol):
    """One Kafka record; the classes of aiokafka and kafka-python fit."""

    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int:
        """Kafka timestamp, ms since 1970; negative where the broker kept none."""
        ...

    @property
    def value(self) -> bytes | None: ...
