"""ClickHouse: connecting, the schema's migrations, and the store of rows."""
