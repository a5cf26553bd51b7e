"""The local stack: broker, ClickHouse engine endpoint, workers and a traffic simulator, from Python wheels only."""
