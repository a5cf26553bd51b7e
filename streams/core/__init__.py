"""The pure, synchronous core: bytes in, rows and live windows out. It knows no Kafka, no clock and no network."""
