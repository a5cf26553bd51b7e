"""What the local stack and the tests ask of a broker, whichever it is."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final, Literal, Protocol

from kafka import KafkaConsumer, TopicPartition
from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaConnectionError, KafkaError, KafkaTimeoutError

from deploy.local.ports import LOOPBACK, accepts
from deploy.local.process import ChildProcess

BrokerKind = Literal["tansu", "kafka"]

_REQUEST_TIMEOUT_MS: Final = 5_000


class Broker(Protocol):
    """One Kafka-protocol server on the loopback interface, without authentication."""

    process: ChildProcess
    bootstrap: str
    """``host:port`` for clients."""
    keeps_log: bool
    """Whether topics and records outlive the process."""

    def start(self) -> str:
        """Starts it (again, after `kill`, on the same port); returns `bootstrap` once clients are answered.

        Raises:
            StartError: it did not come up; the message says why.
        """

    def stop(self) -> None: ...

    def kill(self) -> None:
        """SIGKILL, as a crash."""


def answers(port: int, cluster_id: str) -> bool:
    """Whether the broker of this cluster answers there; a stranger on its port does not count."""
    if not accepts(port):
        return False
    try:
        client = KafkaAdminClient(
            bootstrap_servers=f"{LOOPBACK}:{port}",
            bootstrap_timeout_ms=_REQUEST_TIMEOUT_MS,
            request_timeout_ms=_REQUEST_TIMEOUT_MS,
        )
    except (KafkaConnectionError, KafkaTimeoutError, OSError):
        return False
    try:
        cluster = client.describe_cluster()
        return bool(cluster["brokers"]) and cluster["cluster_id"] == cluster_id
    except (KafkaError, OSError):
        return False
    finally:
        client.close()


def log_ends(bootstrap: str, topics: Iterable[str]) -> dict[str, int]:
    """Records ever published to each topic, over its partitions; Tansu's answer is not to be trusted."""
    consumer = KafkaConsumer(bootstrap_servers=bootstrap)
    try:
        ends = {}
        for topic in topics:
            numbers = consumer.partitions_for_topic(topic) or ()
            ends[topic] = sum(consumer.end_offsets([TopicPartition(topic, each) for each in numbers]).values())
        return ends
    finally:
        consumer.close()


def make_broker(kind: BrokerKind, port: int, controller_port: int, data_dir: Path, log: Path) -> Broker:
    from deploy.local.kafka import Kafka
    from deploy.local.tansu import Tansu

    if kind == "tansu":
        return Tansu(port, log)
    return Kafka(port, controller_port, data_dir, log)
