"""A real Apache Kafka: a KRaft node, broker and controller in one process; alone, or one of a cluster's."""

import base64
import os
import subprocess
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from deploy.local.broker import answers
from deploy.local.kafka.jars import fetch_jars, find_java
from deploy.local.ports import LOOPBACK
from deploy.local.process import ChildProcess, StartError

_START_SECONDS: Final = 90
"""Four seconds on a quiet machine; a loaded runner with two cores needs many times that."""
_STOP_SECONDS: Final = 20
_FORMAT_SECONDS: Final = 60
_MOST_COPIES: Final = 3
_HEAP: Final = ("-Xms128m", "-Xmx512m")
_LEAN: Final = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
"""Half the CPU until it answers, measured: what is quick to compile, and one thread to collect a small heap, is best
for a broker that shares two cores with workers and seldom lives for long."""
_QUIET: Final = "-Dorg.apache.logging.log4j.level=WARN"


class Membership(NamedTuple):
    """Which node of which cluster."""

    node_id: int
    controller_ports: Mapping[int, int]
    """Of every node, by its id."""
    cluster_id: str


class Kafka:
    """A Kafka node whose log lives in ``data_dir`` and outlives its process."""

    keeps_log = True

    def __init__(
        self,
        port: int,
        controller_port: int,
        data_dir: Path,
        log: Path,
        cache: Path | None = None,
        membership: Membership | None = None,
    ) -> None:
        """``membership``: of a node that is not alone; it has to be the same each time its ``data_dir`` is used."""
        self.port = port
        self.membership = membership or Membership(1, {1: controller_port}, new_cluster_id())
        self.bootstrap = f"{LOOPBACK}:{port}"
        self.data_dir = data_dir.absolute()
        self._java = find_java()
        self._classpath = f"{fetch_jars(cache)}/*"
        self._properties = self.data_dir / "server.properties"
        self._formatted = self.data_dir / "log" / "meta.properties"
        self.process = ChildProcess(
            "broker",
            [self._java, *_HEAP, *_LEAN, _QUIET, "-cp", self._classpath, "kafka.Kafka", str(self._properties)],
            log,
            port=port,
        )

    def start(self) -> str:
        self.launch()
        return self.await_ready()

    def launch(self) -> None:
        """Starts the process and waits for nothing: a node of three is ready only when another one is there, too."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self._properties.write_text(self._configuration())
        if not self._formatted.exists():
            self._format()
        self.process.start()

    def await_ready(self) -> str:
        """Returns `bootstrap` once clients are answered. Raises StartError when that takes too long."""
        cluster_id = _property(self._formatted, "cluster.id")
        self.process.await_ready(lambda: answers(self.port, cluster_id), _START_SECONDS)
        return self.bootstrap

    def stop(self) -> None:
        self.process.stop(_STOP_SECONDS)

    def kill(self) -> None:
        self.process.kill()

    def _format(self) -> None:
        tool = [self._java, *_LEAN, _QUIET, "-cp", self._classpath, "kafka.tools.StorageTool", "format"]
        done = subprocess.run(
            [*tool, "-c", str(self._properties), "-t", self.membership.cluster_id],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_FORMAT_SECONDS,
            check=False,
        )
        if done.returncode != 0:
            raise StartError(f"Kafka could not format {self.data_dir}:\n{done.stdout[-2_000:]}")

    def _configuration(self) -> str:
        node_id, controller_ports, _ = self.membership
        copies = min(len(controller_ports), _MOST_COPIES)
        # One fewer than copies: an acknowledged record outlives any one node, and writing goes on without it.
        least_copies = max(1, copies - 1)
        settings = {
            "process.roles": "broker,controller",
            "node.id": node_id,
            "controller.quorum.voters": ",".join(f"{each}@{LOOPBACK}:{at}" for each, at in controller_ports.items()),
            "listeners": f"PLAINTEXT://{self.bootstrap},CONTROLLER://{LOOPBACK}:{controller_ports[node_id]}",
            "advertised.listeners": f"PLAINTEXT://{self.bootstrap}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name": "PLAINTEXT",
            "controller.listener.names": "CONTROLLER",
            "log.dirs": self.data_dir / "log",
            "default.replication.factor": copies,
            "min.insync.replicas": least_copies,
            "offsets.topic.replication.factor": copies,
            "offsets.topic.num.partitions": 4,
            "transaction.state.log.replication.factor": copies,
            "transaction.state.log.min.isr": least_copies,
            "share.coordinator.state.topic.replication.factor": copies,
            "share.coordinator.state.topic.min.isr": least_copies,
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


def new_cluster_id() -> str:
    """A Kafka UUID: base64url without padding; never with a leading dash, which reads as an option."""
    while True:
        text = base64.urlsafe_b64encode(uuid.UUID(bytes=os.urandom(16), version=4).bytes).decode().rstrip("=")
        if not text.startswith("-"):
            return text
