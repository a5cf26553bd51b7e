"""Topics: the ones we need are there, and what id each has."""

from collections.abc import Iterable
from typing import Any, Final

from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError, RetriableError, TopicAlreadyExistsError, TopicAuthorizationFailedError, for_code

from sinks.dead_letters import MAX_LETTER_BYTES
from streams.connections import kafka_client
from streams.kafka_access import KafkaUnreachable
from streams.settings import Settings
from streams.shell.permissions import check_permissions

CHECKPOINT_PARTITIONS: Final = 12
"""Spreads restores over brokers. It must never change once checkpoints exist: a partition's checkpoints are found by
it."""

DEAD_LETTER_PARTITIONS: Final = 1
"""Dead letters are few and read by people; one partition keeps them in order."""

_BROKER_DEFAULT: Final = -1

_CONNECT_MS: Final = 10_000

_NO_ID: Final = "00000000-0000-0000-0000-000000000000"
_UNKNOWN_TOPIC: Final = 3


class TopicError(Exception):
    """A topic is missing or cannot be used; the message says which and what to do."""


def ensure_topics(settings: Settings, partitions: int) -> None:
    """Creates the four topics that are not there, the two of events with ``partitions`` partitions.

    For stacks of our own; a worker creates only its two, see `prepare`.

    Raises:
        KafkaUnreachable: no broker answers.
        TopicError: a topic cannot be created.
    """
    sources = {
        topic: {"num_partitions": partitions, "configs": {"max.message.bytes": str(MAX_LETTER_BYTES)}}
        for topic in (settings.touchpoints_topic, settings.surveys_topic)
    }
    with _admin(settings) as admin:
        _ensure(admin, sources | _own_topics(settings))


def prepare(settings: Settings) -> None:
    """Creates the topics of dead letters and checkpoints where they are not there, and looks at what we may do.

    Raises:
        KafkaRefused: something is not allowed that a worker has to do.
        KafkaUnreachable, TopicError: as `ensure_topics` does.
    """
    with _admin(settings) as admin:
        _ensure(admin, _own_topics(settings))
        check_permissions(admin, settings)


def _own_topics(settings: Settings) -> dict[str, dict[str, Any]]:
    return {
        settings.dead_letters_topic: {
            "num_partitions": DEAD_LETTER_PARTITIONS,
            "configs": {"max.message.bytes": str(MAX_LETTER_BYTES)},
        },
        settings.checkpoints_topic: {
            "num_partitions": CHECKPOINT_PARTITIONS,
            "configs": {"cleanup.policy": "compact"},
        },
    }


def topic_ids(settings: Settings, topics: Iterable[str]) -> dict[str, str]:
    """Kafka's id of each topic, which tells a topic created anew from the old one of the same name.

    Raises:
        KafkaUnreachable: no broker answers.
        TopicError: a topic is missing, or the broker is too old to know ids (Kafka 2.8).
    """
    wanted = list(topics)
    with _admin(settings) as admin:
        try:
            described = {topic["name"]: topic for topic in admin.describe_topics(wanted)}
        except RetriableError as error:  # it went away after it had let us in
            raise KafkaUnreachable(f"no Kafka broker describes topics: {error}") from error
    return {topic: _id(topic, described.get(topic)) for topic in wanted}


def _id(name: str, described: dict[str, Any] | None) -> str:
    if described is None or described["error_code"] == _UNKNOWN_TOPIC:
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


def _ensure(admin: KafkaAdminClient, topics: dict[str, dict[str, Any]]) -> None:
    described = {topic["name"]: topic["error_code"] for topic in admin.describe_topics(list(topics))}
    # One that we may not know of may be there; `check_permissions` tells.
    absent = [name for name in topics if described.get(name, _UNKNOWN_TOPIC) == _UNKNOWN_TOPIC]
    for name in absent:
        try:
            admin.create_topics({name: {"replication_factor": _BROKER_DEFAULT, **topics[name]}})
        except TopicAlreadyExistsError:
            pass  # another worker was faster
        except TopicAuthorizationFailedError as error:
            raise TopicError(
                f"there is no topic {name}, and Kafka does not allow us to create it: create it yourself with "
                f"{_wanted(topics[name])}, or grant CREATE"
            ) from error
        except KafkaError as error:
            raise TopicError(f"topic {name} cannot be created: {error}; create it yourself") from error
    admin.wait_for_topics(absent)


def _wanted(topic: dict[str, Any]) -> str:
    configs = " ".join(f"{name}={value}" for name, value in topic["configs"].items())
    return f"{topic['num_partitions']} partitions and {configs}"


def _admin(settings: Settings) -> KafkaAdminClient:
    try:
        return KafkaAdminClient(**kafka_client(settings), bootstrap_timeout_ms=_CONNECT_MS)
    except KafkaError as error:
        brokers = ", ".join(settings.brokers)
        message = f"no Kafka broker answers at {brokers} ({error}): start it or set CX_BROKERS"
        raise KafkaUnreachable(message) from error
