"""A real Apache Kafka on this machine, from Maven Central's jars."""

from deploy.local.kafka.broker import Kafka, Membership, new_cluster_id

__all__ = ["Kafka", "Membership", "new_cluster_id"]
