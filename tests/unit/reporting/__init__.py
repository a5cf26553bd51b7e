"""Reports, as far as they need no ClickHouse."""
