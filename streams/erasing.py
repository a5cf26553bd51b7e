"""Erasures to Kafka: every partition of both topics learns of each, whatever partition a customer's events are in."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import msgspec
from kafka.errors import KafkaError

from schemas.events import CustomerErased, ErasedData
from streams.kafka_access import KafkaRefused, KafkaUnreachable, check_access, refusal
from streams.producing import new_producer
from streams.publishing import Topics

SOURCE = "/cxstream/erase"
"""Of the events that this module makes."""


def erase(customers: Sequence[str], until: datetime, client: Mapping[str, Any], topics: Topics) -> int:
    """Publishes that these customers are erased, and returns once every partition has it: how many partitions.

    ``customers``: references as their events have them; ``until``: everything of theirs up to then is left out.

    Raises:
        KafkaUnreachable: no broker answers, or the events are not taken.
        KafkaRefused: Kafka does not let us in, or does not let us write there.
    """
    check_access(client)
    events = [_event(customer, until) for customer in customers]
    try:
        producer = new_producer(client)
        try:
            places = [(topic, number) for topic in topics for number in sorted(producer.partitions_for(topic) or ())]
            sent = [
                producer.send(topic, value, key, partition=number) for topic, number in places for key, value in events
            ]
            for each in sent:
                each.get()
            return len(places)
        finally:
            producer.close(timeout=5)
    except KafkaError as error:
        if refused := refusal(error):
            raise KafkaRefused(str(refused)) from error
        raise KafkaUnreachable(f"the erasure is not taken: {error}; it may be sent again") from error


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
