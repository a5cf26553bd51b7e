"""Both brokers of the local stack, through the interface that the stack and the other tests use."""

import uuid
from pathlib import Path

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic

from deploy.local.broker import Broker, answers
from deploy.local.kafka import Kafka
from deploy.local.ports import Ports
from deploy.local.process import StartError
from deploy.local.tansu import Tansu


@pytest.fixture(params=["tansu", pytest.param("kafka", marks=pytest.mark.kafka)])
def broker(request: pytest.FixtureRequest) -> Broker:
    running: Broker = request.getfixturevalue(request.param)
    return running


def test_a_broker_returns_what_was_published_in_order(broker: Broker) -> None:
    topic = create_topic(broker.bootstrap)
    values = [b"%d" % number for number in range(1_000)]

    publish(broker.bootstrap, topic, values)

    assert read(broker.bootstrap, topic, len(values)) == values


def test_a_recreated_topic_has_another_topic_id(broker: Broker) -> None:
    topic = create_topic(broker.bootstrap)
    admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap)
    first = topic_id(admin, topic)
    assert topic_id(admin, topic) == first, "a topic keeps its id"

    admin.delete_topics([topic])
    create_topic(broker.bootstrap, topic)

    assert topic_id(admin, topic) != first
    admin.close()


def test_a_killed_tansu_comes_back_empty_on_the_same_port(tmp_path: Path, ports: Ports) -> None:
    broker = Tansu(ports.any(), tmp_path / "broker.log")
    bootstrap = broker.start()
    try:
        topic = create_topic(bootstrap)
        broker.kill()
        assert not broker.process.alive
        assert broker.start() == bootstrap
        assert topic not in topics(bootstrap)
    finally:
        broker.stop()
    assert not broker.process.alive


@pytest.mark.kafka
def test_a_killed_kafka_comes_back_with_its_log(tmp_path: Path, ports: Ports) -> None:
    broker = Kafka(ports.any(), ports.any(), tmp_path / "data", tmp_path / "broker.log")
    bootstrap = broker.start()
    try:
        topic = create_topic(bootstrap)
        publish(bootstrap, topic, [b"kept"])
        broker.kill()
        assert not broker.process.alive
        assert broker.start() == bootstrap
        assert read(bootstrap, topic, 1) == [b"kept"]
    finally:
        broker.stop()
    assert not broker.process.alive


def test_a_stranger_on_its_port_does_not_pass_for_a_broker_that_is_ready(tansu: Tansu) -> None:
    assert not answers(tansu.port, "another cluster")


def test_a_broker_does_not_take_anothers_port(tmp_path: Path, ports: Ports) -> None:
    port = ports.any()
    first = Tansu(port, tmp_path / "first.log")
    first.start()
    try:
        second = Tansu(port, tmp_path / "second.log")
        with pytest.raises(StartError, match=f"port {port} is used by another program"):
            second.start()
    finally:
        first.stop()


def create_topic(bootstrap: str, name: str | None = None) -> str:
    name = name or f"topic-{uuid.uuid4()}"
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    admin.create_topics([NewTopic(name, 1, 1)])
    admin.close()
    return name


def topic_id(admin: KafkaAdminClient, topic: str) -> str:
    return str(admin.describe_topics([topic])[0]["topic_id"])


def topics(bootstrap: str) -> list[str]:
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    names: list[str] = admin.list_topics()
    admin.close()
    return names


def publish(bootstrap: str, topic: str, values: list[bytes]) -> None:
    producer = KafkaProducer(bootstrap_servers=bootstrap)
    for value in values:
        producer.send(topic, value)
    producer.flush()
    producer.close()


def read(bootstrap: str, topic: str, count: int) -> list[bytes]:
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    consumer.assign([TopicPartition(topic, 0)])
    values: list[bytes] = []
    while len(values) < count:
        for records in consumer.poll(timeout_ms=1_000).values():
            values += [record.value for record in records]
    consumer.close()
    return values
