"""Reports: a metric over time from what ClickHouse has stored, and its comparison with an earlier time."""
