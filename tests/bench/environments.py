"""Virtual environments outside the project's lock: ``.bench/NAME`` from a file of pinned requirements, NAME.txt."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from deploy.local.kafka.jars import find_maven

PROJECT: Final = Path(__file__).parents[2]
PEERS: Final = Path(__file__).parent / "peers"
"""Where each peer's requirements are."""

HOME: Final = PROJECT / ".bench"

FLINK_CONNECTOR: Final = "org.apache.flink:flink-sql-connector-kafka:5.0.0-2.2"
"""Flink's Kafka connector, the newest for the Flink of ``peers/flink.txt``, from Maven Central."""


def interpreter(requirements: Path) -> Path:
    """The Python of an environment, which is made first where it is missing or its requirements have changed.

    Raises:
        subprocess.CalledProcessError: something cannot be installed; what the installer said is on the terminal.
    """
    home = HOME / requirements.stem
    python = home / "bin" / "python"
    installed = home / ".installed"
    wanted = hashlib.sha256(requirements.read_bytes() + FLINK_CONNECTOR.encode()).hexdigest()
    if not installed.exists() or installed.read_text() != wanted:
        shutil.rmtree(home, ignore_errors=True)
        print(f"installing {requirements.relative_to(PROJECT)}", flush=True)
        uv = Path(sys.executable).with_name("uv")
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, home], check=True)
        subprocess.run([uv, "pip", "install", "--quiet", "--python", python, "-r", requirements], check=True)
        if requirements.stem == "flink":
            _fetch_connector(home / "jars")
        installed.write_text(wanted)
    return python


def _fetch_connector(target: Path) -> None:
    command = [find_maven(), "-B", "-q", "dependency:copy", f"-Dartifact={FLINK_CONNECTOR}"]
    subprocess.run([*command, f"-DoutputDirectory={target}"], check=True, cwd=HOME)
