"""Events that every partition has to know, whatever partition the others of their subject are in."""

from collections.abc import Mapping, Sequence
from typing import Any

from kafka.errors import KafkaError

from streams.kafka_access import KafkaRefused, KafkaUnreachable, check_access, refusal
from streams.publishing.producing import new_producer

KeyAndValue = tuple[bytes, bytes]


def broadcast(events: Sequence[KeyAndValue], client: Mapping[str, Any], topics: Sequence[str]) -> int:
    """Publishes the events to every partition of the topics; returns once they are there: in how many partitions.

    Raises:
        KafkaUnreachable: no broker answers, or the events are not taken; they may be sent again.
        KafkaRefused: Kafka does not let us in, or does not let us write there.
    """
    check_access(client)
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
        raise KafkaUnreachable(f"the events are not taken: {error}; they may be sent again") from error
