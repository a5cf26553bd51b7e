"""What Kafka has to allow a worker, asked before anything depends on it."""

from collections.abc import Mapping
from typing import Any, Final

from kafka.admin import KafkaAdminClient
from kafka.errors import GroupAuthorizationFailedError, KafkaError

from sinks.kafka_errors import GRANT
from streams.kafka_access import KafkaRefused
from streams.settings import Settings

_DENIED: Final = 29
"""Error number of a topic that we may not even know of."""


def needed(settings: Settings) -> dict[str, frozenset[str]]:
    """Operations per topic. Whoever may read or write may describe, too."""
    return {
        settings.touchpoints_topic: frozenset({"READ"}),
        settings.surveys_topic: frozenset({"READ"}),
        settings.checkpoints_topic: frozenset({"READ", "WRITE"}),
        settings.dead_letters_topic: frozenset({"WRITE"}),
    }


def check_permissions(admin: KafkaAdminClient, settings: Settings) -> None:
    """Raises KafkaRefused, which names everything that is missing in one line.

    A broker that knows no permissions allows everything; one that does not tell (Tansu) counts as one of those.
    """
    topics = {each["name"]: each for each in admin.describe_topics(list(needed(settings)))}
    missing = [
        f"{operation} on topic {topic}"
        for topic, operations in needed(settings).items()
        for operation in sorted(operations - _allowed(topics.get(topic), operations))
    ]
    if not _may_know_group(admin, settings.group):
        missing.append(f"READ on group {settings.group}")
    if missing:
        who = f"user {settings.kafka_user}" if settings.kafka_user else "this client"
        raise KafkaRefused(f"Kafka does not allow {who}: {', '.join(missing)}; {GRANT}")


def _allowed(topic: Mapping[str, Any] | None, operations: frozenset[str]) -> frozenset[str]:
    if topic is not None and topic["error_code"] == _DENIED:
        return frozenset()
    told = topic.get("authorized_operations") if topic is not None else None
    return operations if told is None else frozenset(told)


def _may_know_group(admin: KafkaAdminClient, group: str) -> bool:
    """Whether we may at least know of it. What joining takes besides, only joining tells: see `Consumer`."""
    try:
        admin.list_group_offsets([group])  # describing it would do as well, but Tansu's answer to that is none
    except GroupAuthorizationFailedError:
        return False
    except KafkaError:
        pass  # such as a coordinator that is just starting
    return True
