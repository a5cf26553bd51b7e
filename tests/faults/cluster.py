"""Three Apache Kafka nodes that a test may kill, stop and start one by one, and what it has to know about them."""

from collections.abc import Collection
from contextlib import closing
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Final

from kafka import TopicPartition
from kafka.admin import KafkaAdminClient
from kafka.protocol.admin import ElectionType

from deploy.local.kafka import Kafka, Membership, new_cluster_id
from deploy.local.ports import Ports

NODES: Final = 3
"""The fewest of which one may be away: two of three make a quorum, and two copies are what a write needs."""

_DEADLINE_SECONDS: Final = 120
_POLL_SECONDS: Final = 0.2
_OFFSETS_TOPIC: Final = "__consumer_offsets"


class KafkaCluster:
    """Every topic has a copy on each node, those of the groups too."""

    def __init__(self, directory: Path, ports: Ports) -> None:
        controller_ports = {number: ports.any() for number in range(1, NODES + 1)}
        cluster_id = new_cluster_id()
        self.nodes = {
            number: Kafka(
                ports.any(),
                port,
                directory / f"kafka-{number}",
                directory / f"kafka-{number}.log",
                membership=Membership(number, controller_ports, cluster_id),
            )
            for number, port in controller_ports.items()
        }
        """By node id."""
        self.bootstrap = ",".join(node.bootstrap for node in self.nodes.values())

    def start(self) -> None:
        for node in self.nodes.values():
            node.launch()
        for node in self.nodes.values():
            node.await_ready()
        self.await_whole()

    def stop(self) -> None:
        for node in self.nodes.values():
            node.process.terminate()
        for node in self.nodes.values():
            node.stop()

    def mend(self) -> None:
        """Starts the nodes that are down, and returns once every copy of every partition is up to date."""
        for node in self.nodes.values():
            if not node.process.alive:
                node.launch()
        for node in self.nodes.values():
            node.await_ready()
        self.await_whole()

    def await_whole(self) -> None:
        """Returns once every node is there and has an up-to-date copy of every partition."""
        deadline = monotonic() + _DEADLINE_SECONDS
        while not self._is_whole():
            assert monotonic() < deadline, f"the cluster is not whole after {_DEADLINE_SECONDS} s"
            sleep(_POLL_SECONDS)

    def leader(self, topic: str, partition: int) -> int:
        """Node id of the leader of a partition, -1 while it has none."""
        leader: int = self._partition(topic, partition)["leader_id"]
        return leader

    def coordinator(self, group: str) -> int:
        """Node id of the group's coordinator: the leader of the partition in which its offsets lie."""
        with self.admin() as admin:
            (described,) = admin.describe_topics([_OFFSETS_TOPIC])
        place = abs(_java_hash(group)) % len(described["partitions"])
        return self.leader(_OFFSETS_TOPIC, place)

    def move_leaders(self, topics: Collection[str]) -> None:
        """Every partition of these topics gets another leader; all three nodes have to be there."""
        with self.admin() as admin:
            described = admin.describe_topics(list(topics))
            orders = {
                TopicPartition(topic["name"], each["partition_index"]): _after(each["leader_id"])
                for topic in described
                for each in topic["partitions"]
            }
            # The first of its replicas is the leader that a partition prefers.
            admin.alter_partition_reassignments(orders)
            partitions: dict[str, list[int]] = {}
            for each in orders:
                partitions.setdefault(each.topic, []).append(each.partition)
            admin.elect_leaders(ElectionType.PREFERRED, partitions)

    def admin(self) -> "closing[KafkaAdminClient]":
        """To be closed by a ``with`` block."""
        return closing(KafkaAdminClient(bootstrap_servers=self.bootstrap))

    def _partition(self, topic: str, partition: int) -> dict[str, Any]:
        with self.admin() as admin:
            (described,) = admin.describe_topics([topic])
        found: dict[str, Any] = next(each for each in described["partitions"] if each["partition_index"] == partition)
        return found

    def _is_whole(self) -> bool:
        with self.admin() as admin:
            here = {broker["broker_id"] for broker in admin.describe_cluster()["brokers"]}
            partitions = [each for topic in admin.describe_topics() for each in topic["partitions"]]
        return here == self.nodes.keys() and all(
            each["leader_id"] >= 0 and set(each["isr_nodes"]) == set(each["replica_nodes"]) for each in partitions
        )


def _after(node: int) -> list[int]:
    """All nodes, beginning with the one after ``node``."""
    return [(node + step) % NODES + 1 for step in range(NODES)]


def _java_hash(text: str) -> int:
    """``String.hashCode``, by which Kafka chooses the partition of a group's offsets."""
    value = 0
    for character in text:
        value = (31 * value + ord(character)) & 0xFFFF_FFFF
    return value - (1 << 32) if value >= 1 << 31 else value
