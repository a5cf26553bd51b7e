"""The local stack: broker, ClickHouse engine endpoint, workers, traffic simulator; Python wheels only."""
