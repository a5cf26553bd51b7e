"""The drill of disaster recovery at size: ClickHouse is lost, and everything comes back from Kafka."""
