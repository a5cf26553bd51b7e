"""Where results go: ClickHouse, Prometheus, dead letters. Imports ``schemas`` only."""
