"""A real Apache Kafka: one KRaft node, broker and controller in one process."""

import base64
import os
import subprocess
import uuid
from pathlib import Path
from typing import Final

from deploy.local.broker import answers
from deploy.local.kafka.jars import fetch_jars, find_java
from deploy.local.ports import LOOPBACK
from deploy.local.process import ChildProcess, StartError

_START_SECONDS: Final = 90
"""Four seconds on a quiet machine; a loaded runner with two cores needs many times that."""
_STOP_SECONDS: Final = 20
_FORMAT_SECONDS: Final = 60
_HEAP: Final = ("-Xms128m", "-Xmx512m")
_QUIET: Final = "-Dorg.apache.logging.log4j.level=WARN"


class Kafka:
    """A one-node Kafka whose log lives in ``data_dir`` and outlives its process."""

    keeps_log = True

    def __init__(self, port: int, controller_port: int, data_dir: Path, log: Path, cache: Path | None = None) -> None:
        self.port = port
        self.controller_port = controller_port
        self.bootstrap = f"{LOOPBACK}:{port}"
        self.data_dir = data_dir.absolute()
        self._java = find_java()
        self._classpath = f"{fetch_jars(cache)}/*"
        self._properties = self.data_dir / "server.properties"
        self.process = ChildProcess(
            "broker",
            [self._java, *_HEAP, _QUIET, "-cp", self._classpath, "kafka.Kafka", str(self._properties)],
            log,
            port=port,
        )

    def start(self) -> str:
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self._properties.write_text(self._configuration())
        formatted = self.data_dir / "log" / "meta.properties"
        if not formatted.exists():
            self._format()
        cluster_id = _property(formatted, "cluster.id")
        self.process.start()
        self.process.await_ready(lambda: answers(self.port, cluster_id), _START_SECONDS)
        return self.bootstrap

    def stop(self) -> None:
        self.process.stop(_STOP_SECONDS)

    def kill(self) -> None:
        self.process.kill()

    def _format(self) -> None:
        tool = [self._java, _QUIET, "-cp", self._classpath, "kafka.tools.StorageTool", "format"]
        done = subprocess.run(
            [*tool, "-c", str(self._properties), "-t", _new_cluster_id()],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_FORMAT_SECONDS,
            check=False,
        )
        if done.returncode != 0:
            raise StartError(f"Kafka could not format {self.data_dir}:\n{done.stdout[-2_000:]}")

    def _configuration(self) -> str:
        controller = f"{LOOPBACK}:{self.controller_port}"
        settings = {
            "process.roles": "broker,controller",
            "node.id": 1,
            "controller.quorum.voters": f"1@{controller}",
            "listeners": f"PLAINTEXT://{self.bootstrap},CONTROLLER://{controller}",
            "advertised.listeners": f"PLAINTEXT://{self.bootstrap}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name": "PLAINTEXT",
            "controller.listener.names": "CONTROLLER",
            "log.dirs": self.data_dir / "log",
            # One node can hold one copy.
            "offsets.topic.replication.factor": 1,
            "offsets.topic.num.partitions": 4,
            "transaction.state.log.replication.factor": 1,
            "transaction.state.log.min.isr": 1,
            "share.coordinator.state.topic.replication.factor": 1,
            "share.coordinator.state.topic.min.isr": 1,
            # A lone worker should not wait for others to join.
            "group.initial.rebalance.delay.ms": 0,
            # After a crash the controller takes the broker for alive this long (default 9 s) and refuses
            # its successor.
            "broker.session.timeout.ms": 5_000,
            "broker.heartbeat.interval.ms": 500,
            "auto.create.topics.enable": "false",
            # Test data from years ago must not be deleted a moment after it arrived.
            "log.retention.ms": -1,
        }
        return "".join(f"{key}={value}\n" for key, value in settings.items())


def _property(file: Path, name: str) -> str:
    return next(line.partition("=")[2] for line in file.read_text().splitlines() if line.startswith(f"{name}="))


def _new_cluster_id() -> str:
    """A Kafka UUID: base64url without padding; never with a leading dash, which reads as an option."""
    while True:
        text = base64.urlsafe_b64encode(uuid.UUID(bytes=os.urandom(16), version=4).bytes).decode().rstrip("=")
        if not text.startswith("-"):
            return text
