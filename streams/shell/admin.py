"""Topics: the ones we need are there."""

from typing import Any, Final

from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError, TopicAlreadyExistsError, TopicAuthorizationFailedError

from sinks.dead_letters import MAX_LETTER_BYTES
from streams.connections import kafka_client
from streams.kafka_access import KafkaUnreachable
from streams.settings import Settings
from streams.shell.permissions import check_permissions

CHECKPOINT_PARTITIONS: Final = 12
"""Spreads restores over brokers. A partition's checkpoints are found by it; where a topic got more later, all of it is
read once for those that were written before."""

DEAD_LETTER_PARTITIONS: Final = 1
"""Dead letters are few and read by people; one partition keeps them in order."""

_BROKER_DEFAULT: Final = -1

_ANSWER_MS: Final = 10_000
"""For a first connection, and for each answer."""

UNKNOWN_TOPIC: Final = 3
"""Kafka's error number."""


class TopicError(Exception):
    """A topic is missing or cannot be used; the message says which and what to do."""


def ensure_topics(settings: Settings, partitions: int) -> None:
    """Creates the four topics that are not there, the two of events with ``partitions`` partitions.

    For stacks of our own; a worker creates only its two, see `prepare`.

    Raises:
        KafkaUnreachable: no broker answers.
        TopicError: a topic cannot be created.
    """
    with connected_admin(settings) as admin:
        _ensure(admin, topics(settings, partitions))


def prepare(settings: Settings) -> None:
    """Creates the topics of dead letters and checkpoints where they are not there, and looks at what we may do.

    Raises:
        KafkaRefused: something is not allowed that a worker has to do.
        KafkaUnreachable, TopicError: as `ensure_topics` does.
    """
    with connected_admin(settings) as admin:
        _ensure(admin, _own_topics(settings))
        check_permissions(admin, settings)


def topics(settings: Settings, partitions: int) -> dict[str, dict[str, Any]]:
    """All four by name, as `KafkaAdminClient.create_topics` takes them."""
    sources = {
        topic: {"num_partitions": partitions, "configs": {"max.message.bytes": str(MAX_LETTER_BYTES)}}
        for topic in (settings.touchpoints_topic, settings.surveys_topic)
    }
    return sources | _own_topics(settings)


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


def _ensure(admin: KafkaAdminClient, wanted: dict[str, dict[str, Any]]) -> None:
    described = {topic["name"]: topic["error_code"] for topic in admin.describe_topics(list(wanted))}
    # One that we may not know of may be there; `check_permissions` tells.
    absent = [name for name in wanted if described.get(name, UNKNOWN_TOPIC) == UNKNOWN_TOPIC]
    for name in absent:
        try:
            admin.create_topics({name: {"replication_factor": _BROKER_DEFAULT, **wanted[name]}})
        except TopicAlreadyExistsError:
            pass  # another worker was faster
        except TopicAuthorizationFailedError as error:
            raise TopicError(
                f"there is no topic {name}, and Kafka does not allow us to create it: create it yourself with "
                f"{_wanted(wanted[name])}, or grant CREATE"
            ) from error
        except KafkaError as error:
            raise TopicError(f"topic {name} cannot be created: {error}; create it yourself") from error
    admin.wait_for_topics(absent)


def _wanted(topic: dict[str, Any]) -> str:
    configs = " ".join(f"{name}={value}" for name, value in topic["configs"].items())
    return f"{topic['num_partitions']} partitions and {configs}"


class _Admin(KafkaAdminClient):  # type: ignore[misc]
    """Leaves nothing behind where no broker answers: the library (3.0.12) keeps a thread and four open files then,
    and in an outage we try again and again."""

    def __init__(self, **arguments: Any) -> None:
        try:
            super().__init__(**arguments)
        except KafkaError:
            self._net.stop()
            self._client.close()
            raise


def connected_admin(settings: Settings) -> KafkaAdminClient:
    """Raises KafkaUnreachable."""
    try:
        return _Admin(**kafka_client(settings), bootstrap_timeout_ms=_ANSWER_MS, request_timeout_ms=_ANSWER_MS)
    except KafkaError as error:
        brokers = ", ".join(settings.brokers)
        message = f"no Kafka broker answers at {brokers} ({error}): start it or set CX_BROKERS"
        raise KafkaUnreachable(message) from error
