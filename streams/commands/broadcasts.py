"""Events of the reference family, from a command to every partition."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from schemas.decoder import DECODE_ERRORS, decode_event
from schemas.events import Envelope
from sinks.tls import TlsError
from streams.commands.exits import Exit, fail
from streams.connections import kafka_client
from streams.kafka_access import KafkaRefused, KafkaUnreachable
from streams.publishing.broadcasting import broadcast
from streams.settings import Settings


def broadcast_reference(events: Sequence[Envelope], settings: Settings) -> int:
    """In how many partitions the events are now; a failure, or one that workers would reject, leaves with the exit code
    that says why."""
    sent = [(event.subject.encode(), _checked(event)) for event in events]
    try:
        return broadcast(sent, kafka_client(settings), [settings.touchpoints_topic])
    except KafkaUnreachable as error:
        fail(Exit.UNREACHABLE, str(error))
    except (KafkaRefused, TlsError, OSError) as error:
        fail(Exit.WRONG_USE, str(error))


def _checked(event: Envelope) -> bytes:
    if event.time > datetime.now(UTC):
        at = event.time.isoformat(timespec="seconds")
        fail(Exit.WRONG_USE, f"{event.subject!r}: {at} has not come yet, and workers take no events of the future")
    value = msgspec.json.encode(event)
    try:
        decode_event(value)
    except DECODE_ERRORS as error:
        fail(Exit.WRONG_USE, f"{event.subject!r}: {error}")
    return value
