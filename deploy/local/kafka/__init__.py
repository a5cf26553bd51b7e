"""A real Apache Kafka on this machine, from Maven Central's jars."""

from deploy.local.kafka.broker import Kafka

__all__ = ["Kafka"]
