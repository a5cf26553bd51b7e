"""Erasures to Kafka: every partition of both topics learns of each, whatever partition a customer's events are in."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import msgspec

from schemas.events import CustomerErased, ErasedData
from streams.publishing.broadcasting import broadcast
from streams.publishing.event_files import Topics

SOURCE = "/cxstream/erase"
"""Of the events that this module makes."""


def erase(customers: Sequence[str], until: datetime, client: Mapping[str, Any], topics: Topics) -> int:
    """Publishes that these customers are erased, and returns once every partition has it: how many partitions.

    ``customers``: references as their events have them; ``until``: everything of theirs up to then is left out.

    Raises KafkaUnreachable and KafkaRefused, see `streams.publishing.broadcasting`.
    """
    return broadcast([_event(customer, until) for customer in customers], client, topics)


def _event(customer: str, until: datetime) -> tuple[bytes, bytes]:
    """Key and value. One id for all partitions: each knows only the events of its own."""
    event = CustomerErased(
        specversion="1.0",
        id=str(uuid4()),
        source=SOURCE,
        time=until.astimezone(UTC),
        subject=customer,
        data=ErasedData(customer=customer),
    )
    return customer.encode(), msgspec.json.encode(event)
