"""What the core reads and where it came from."""

from typing import NamedTuple, Protocol

from schemas.rejects import Reason


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


class Unreadable(bytes):
    """The value of a record that could not be read whole: whatever of it there is, for its dead letter, and why."""

    reason: Reason
    detail: str

    def __new__(cls, value: bytes, reason: Reason, detail: str) -> "Unreadable":
        unreadable = super().__new__(cls, value)
        unreadable.reason = reason
        unreadable.detail = detail
        return unreadable
