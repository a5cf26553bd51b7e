"""The local ClickHouse engine as a process of a test."""

import sys
from pathlib import Path
from typing import Any

from deploy.local.ports import LOOPBACK, accepts
from deploy.local.process import ChildProcess
from sinks.clickhouse.client import connect

_START_SECONDS = 60
_STOP_SECONDS = 30


class ClickHouseEngine:
    """An engine on its own data directory and port; may be killed and started again."""

    def __init__(self, port: int, directory: Path, *options: str) -> None:
        """``options``: further arguments of the engine, such as its certificate and users."""
        self.data_dir = directory / "clickhouse"
        self.url = f"{'https' if '--certificate' in options else 'http'}://{LOOPBACK}:{port}"
        command = [
            sys.executable,
            "-m",
            "deploy.local.engine",
            "--data-dir",
            str(self.data_dir),
            "--port",
            str(port),
            *options,
        ]
        self.process = ChildProcess("clickhouse", command, directory / "clickhouse.log", port=port)
        self._port = port

    def start(self) -> None:
        self.process.start()
        self.process.await_ready(lambda: accepts(self._port), _START_SECONDS)

    def stop(self) -> None:
        self.process.stop(_STOP_SECONDS)

    def client(self) -> Any:
        return connect(self.url, "default", "", 30)
