"""amtool, and Alertmanager itself, with a configuration."""

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import urllib3

from deploy.local.ports import LOOPBACK, Ports
from deploy.local.process import ChildProcess
from tests.deploy.program import ROOT
from tests.integration.worker.deployment import eventually

CONFIGURATION: Final = ROOT / "deploy" / "alertmanager" / "alertmanager.yml"


def check(configuration: Path) -> None:
    """Fails with amtool's words when it has something to object."""
    done = subprocess.run(["amtool", "check-config", str(configuration)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def routed(configuration: Path, labels: Mapping[str, str]) -> str:
    """The receivers of an alert, as amtool tells them."""
    command = ["amtool", "config", "routes", "test", f"--config.file={configuration}"]
    done = subprocess.run(
        [*command, *(f"{name}={value}" for name, value in labels.items())], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@contextmanager
def running(configuration: Path, directory: Path) -> Iterator[str]:
    """The address of one that runs and keeps its files in ``directory``."""
    address = f"{LOOPBACK}:{Ports().any()}"
    program = [
        "prometheus-alertmanager",
        f"--config.file={configuration}",
        f"--storage.path={directory}",
        f"--web.listen-address={address}",
        "--cluster.listen-address=",
    ]
    process = ChildProcess("alertmanager", program, directory / "log", {})
    process.start()
    try:
        eventually(lambda: ask(f"http://{address}/-/ready") is not None, 60, "Alertmanager is ready")
        yield f"http://{address}"
    finally:
        process.kill()


def ask(url: str, **body: Any) -> bytes | None:
    """Its answer; None while it does not listen."""
    try:
        return urllib3.request("POST" if body else "GET", url, retries=False, timeout=10, **body).data
    except urllib3.exceptions.HTTPError:
        return None


def raised(alertmanager: str, *alerts: Mapping[str, str]) -> None:
    ask(f"{alertmanager}/api/v2/alerts", json=[{"labels": labels} for labels in alerts])


def resolved(alertmanager: str, *alerts: Mapping[str, str]) -> None:
    ended = datetime.now(UTC).isoformat()
    ask(f"{alertmanager}/api/v2/alerts", json=[{"labels": labels, "endsAt": ended} for labels in alerts])
