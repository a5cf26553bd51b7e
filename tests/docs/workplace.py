"""Where a reader of the README or of a runbook sits: a directory beside a running local stack."""

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from deploy.local.endpoints import Endpoints
from deploy.local.ports import LOOPBACK
from deploy.local.stack import CLICKHOUSE_PORT, WORKER_PORT
from tests.integration.local.stack_process import DEADLINE_SECONDS


class Workplace(NamedTuple):
    """The directory holds the stack's data as ``.cxstream``; the environment leads to the stack."""

    directory: Path
    endpoints: Endpoints

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "CX_BROKERS": self.endpoints.broker,
            "CX_CLICKHOUSE_URL": self.endpoints.clickhouse,
            "CX_METRICS_PORT": "0",
            "CX_ENDPOINTS_FILE": str(self.directory / "worker.json"),
        }

    def script(self, text: str) -> str:
        """With the stack's own addresses in place of the default ones: a busy machine has others."""
        return text.replace(f"http://{LOOPBACK}:{CLICKHOUSE_PORT}", self.endpoints.clickhouse).replace(
            f"http://{LOOPBACK}:{WORKER_PORT}", self.endpoints.workers[0]
        )

    def run(self, script: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=self.directory,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=DEADLINE_SECONDS,
        )
