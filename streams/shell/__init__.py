"""The thin shells: Faust, Kafka and HTTP around the pure core."""
