"""Virtual environments of the peers, outside the project's lock: ``.bench/NAME``, from ``peers/NAME.txt``."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from deploy.local.kafka.jars import find_maven

PROJECT: Final = Path(__file__).parents[3]
PEERS: Final = Path(__file__).parents[1] / "peers"
HOME: Final = PROJECT / ".bench"

FLINK_CONNECTOR: Final = "org.apache.flink:flink-sql-connector-kafka:5.0.0-2.2"
"""Its Kafka connector, the newest for the Flink of ``peers/flink.txt``, from Maven Central."""


def python_of(environment: str | None) -> Path:
    """The interpreter of an environment, which is made first where it is missing or its requirements have changed.

    Raises:
        subprocess.CalledProcessError: something cannot be installed; its output is on the terminal.
    """
    if environment is None:
        return Path(sys.executable)
    requirements = PEERS / f"{environment}.txt"
    home = HOME / environment
    installed = home / ".installed"
    wanted = hashlib.sha256(requirements.read_bytes() + FLINK_CONNECTOR.encode()).hexdigest()
    if not installed.exists() or installed.read_text() != wanted:
        shutil.rmtree(home, ignore_errors=True)
        print(f"installing {requirements.relative_to(PROJECT)}", flush=True)
        uv = Path(sys.executable).with_name("uv")
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, home], check=True)
        interpreter = home / "bin" / "python"
        subprocess.run([uv, "pip", "install", "--quiet", "--python", interpreter, "-r", requirements], check=True)
        if environment == "flink":
            _fetch_connector(home / "jars")
        installed.write_text(wanted)
    return home / "bin" / "python"


def _fetch_connector(target: Path) -> None:
    command = [find_maven(), "-B", "-q", "dependency:copy", f"-Dartifact={FLINK_CONNECTOR}"]
    subprocess.run([*command, f"-DoutputDirectory={target}"], check=True, cwd=HOME)
