"""Where the parts of a running local stack listen: told on the terminal and in ``DIR/endpoints.json``."""

import os
from pathlib import Path

import msgspec


class Endpoints(msgspec.Struct, frozen=True):
    """The content of ``endpoints.json``; it exists as long as the stack runs."""

    pid: int
    """Process of the stack: SIGTERM stops everything in order."""
    broker: str
    """Kafka bootstrap server, host:port."""
    clickhouse: str
    """URL of ClickHouse's HTTP interface."""
    workers: tuple[str, ...]
    """URL of each worker: /metrics, /status, /live, /livez, /readyz."""
    data_dir: str
    """Its directory: clickhouse/, logs/ with a log per process."""
    prometheus: str | None = None
    """URL of Prometheus; None unless alerts are watched."""
    alertmanager: str | None = None
    """URL of Alertmanager, likewise."""

    def write(self, path: Path) -> None:
        """Replaces the file as a whole: a reader never sees half of it."""
        partial = path.with_suffix(".partial")
        partial.write_bytes(msgspec.json.format(msgspec.json.encode(self)) + b"\n")
        os.replace(partial, path)
