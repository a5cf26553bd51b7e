"""The producer behind every command that writes records: idempotent, so that order and number are kept."""

from collections.abc import Mapping
from typing import Any, Final

from kafka import KafkaProducer

_MAX_REQUEST_BYTES: Final = 16 << 20
"""Above the largest record a topic of ours takes (a 10 MB event has to reach the dead letters, not stop here)."""

_BATCH_BYTES: Final = 256 << 10
"""Per partition: about 800 events, large enough that lz4 and the broker's work per request no longer matter."""

_LINGER_MS: Final = 20
"""A slow stream waits at most this long for its batch to fill; well below what a live view shows."""

_CONNECT_MS: Final = 10_000
_METADATA_MS: Final = 15_000


def new_producer(client: Mapping[str, Any]) -> KafkaProducer:
    """``client``: arguments of a Kafka client, bootstrap servers and security. Raises KafkaError without a broker."""
    return KafkaProducer(
        **client,
        enable_idempotence=True,
        acks="all",
        compression_type="lz4",
        batch_size=_BATCH_BYTES,
        linger_ms=_LINGER_MS,
        max_request_size=_MAX_REQUEST_BYTES,
        max_block_ms=_METADATA_MS,
        bootstrap_timeout_ms=_CONNECT_MS,
        allow_auto_create_topics=False,
        metrics_enabled=False,
    )
