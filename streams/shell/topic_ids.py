"""Kafka's id of each topic, which tells a topic created anew from the old one of the same name."""

from collections.abc import Callable, Collection
from threading import Lock
from typing import Any, Final

from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError, for_code

from streams.kafka_access import KafkaUnreachable
from streams.settings import Settings
from streams.shell.admin import UNKNOWN_TOPIC, TopicError, connected_admin

IdsOfTopics = Callable[[Collection[str]], dict[str, str]]
"""What `TopicIds` is to those who ask it."""

_NO_ID: Final = "00000000-0000-0000-0000-000000000000"


class TopicIds:
    """Asks on one connection, which stays: it is asked with every flush, and a new one takes up to some 30 ms of work.

    Blocks; threads may share it.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._one = Lock()
        self._admin: KafkaAdminClient | None = None
        self._closed = False

    def __call__(self, topics: Collection[str]) -> dict[str, str]:
        """Ids by name.

        Raises:
            KafkaUnreachable: no broker answers.
            TopicError: a topic is missing, or the broker is too old to know ids (Kafka 2.8).
        """
        wanted = list(topics)
        with self._one:
            described = self._describe(wanted)
        return {topic: _id(topic, described.get(topic)) for topic in wanted}

    def close(self) -> None:
        """Gives the connection back for good: a question that waits for its turn is not asked any more."""
        self._closed = True
        with self._one:
            self._disconnect()

    def _describe(self, topics: list[str]) -> dict[str, dict[str, Any]]:
        if self._closed:
            raise KafkaUnreachable("the connection for topic ids is closed")
        if self._admin is None:
            self._admin = connected_admin(self._settings)
        try:
            return {topic["name"]: topic for topic in self._admin.describe_topics(topics)}
        except KafkaError as error:
            # It went away after it had let us in, or lets us in no more: both may pass, and a new connection tells.
            self._disconnect()
            raise KafkaUnreachable(f"no Kafka broker describes topics: {error}") from error

    def _disconnect(self) -> None:
        admin, self._admin = self._admin, None
        if admin is not None:
            admin.close()


def _id(name: str, described: dict[str, Any] | None) -> str:
    if described is None or described["error_code"] == UNKNOWN_TOPIC:
        raise TopicError(f"there is no topic {name}: create it, or name another one (see cxstream settings)")
    if described["error_code"]:
        raise TopicError(f"topic {name} cannot be read: {for_code(described['error_code']).__name__}")
    topic_id = str(described.get("topic_id") or _NO_ID)
    if topic_id == _NO_ID:
        raise TopicError(
            f"the broker gives topic {name} no id; cxstream needs Kafka 2.8 or newer, "
            "because rows of a topic that is created anew must not meet the old ones"
        )
    return topic_id
