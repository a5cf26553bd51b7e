"""A real ``cxstream worker`` on topics of the benchmark, and what it says about itself."""

import sys
from collections.abc import Callable, Mapping
from time import monotonic, sleep
from types import TracebackType
from typing import Final, NamedTuple, Self
from uuid import uuid4

import msgspec
import urllib3

from deploy.local.process import ChildProcess
from schemas.metrics import load_registry
from schemas.status import WorkerStatus
from sinks.clickhouse.migrate import migrate
from streams.settings import Settings
from streams.shell.admin import ensure_topics
from tests.bench.process_tree import usage
from tests.bench.servers import Servers
from tests.bench.task import Mark, as_mark

DEADLINE_SECONDS: Final = 300
_POLL_SECONDS: Final = 0.02
_GRACE_SECONDS: Final = 60

_read_status = msgspec.json.Decoder(WorkerStatus).decode


class Progress(NamedTuple):
    """A worker's status, as far as a benchmark asks for it."""

    state: str
    applied: int
    """Records applied since the logs began."""
    unstored: int
    """Cells that ClickHouse has not confirmed."""
    lag: int
    restored: int
    """Partitions."""
    checkpointed: int
    """Partitions whose newest checkpoint is at their last applied record."""
    partitions: int


class WorkerFailed(Exception):
    """The worker ended, or what was waited for did not come; the message has the end of its log."""


class BenchWorker:
    """One worker process with default settings, except for names, addresses, and what ``settings`` says.

    Live windows end at the newest event, so that they are computed although the events are of the past.
    """

    def __init__(self, servers: Servers, topic: str, database: str, settings: Mapping[str, str] | None = None) -> None:
        self._servers = servers
        self._directory = servers.directory / f"worker-{uuid4().hex[:8]}"
        self._endpoints = self._directory / "endpoints.json"
        self._http = urllib3.PoolManager(retries=False, timeout=10)
        self.settings = {
            "BROKERS": servers.kafka.bootstrap,
            "GROUP": database,
            "TOUCHPOINTS_TOPIC": topic,
            "SURVEYS_TOPIC": f"{database}.surveys",
            "DEAD_LETTERS_TOPIC": f"{database}.dead-letters",
            "CHECKPOINTS_TOPIC": f"{database}.checkpoints",
            "CLICKHOUSE_URL": servers.clickhouse.url,
            "CLICKHOUSE_DATABASE": database,
            "METRICS_PORT": "0",
            "ENDPOINTS_FILE": str(self._endpoints),
            "LIVE_CLOCK": "event",
            **(settings or {}),
        }
        self.process = ChildProcess(
            "worker",
            [sys.executable, "-P", "-m", "streams", "worker"],
            self._directory / "log",
            {f"CX_{name}": value for name, value in self.settings.items()},
        )

    def prepare(self) -> None:
        """Its tables, and the topics it wants besides the one with the events."""
        client = self._servers.clickhouse.client()
        migrate(client, load_registry(), self.settings["CLICKHOUSE_DATABASE"])
        client.close()
        ensure_topics(
            Settings(
                brokers=(self.settings["BROKERS"],),
                touchpoints_topic=self.settings["TOUCHPOINTS_TOPIC"],
                surveys_topic=self.settings["SURVEYS_TOPIC"],
                dead_letters_topic=self.settings["DEAD_LETTERS_TOPIC"],
                checkpoints_topic=self.settings["CHECKPOINTS_TOPIC"],
            ),
            partitions=1,
        )

    def start(self) -> None:
        self._endpoints.unlink(missing_ok=True)
        self.process.start()

    def stop(self) -> None:
        """SIGTERM: it stores and checkpoints what it has."""
        self.process.stop(_GRACE_SECONDS)

    def __enter__(self) -> Self:
        self.prepare()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.process.kill()

    def get(self, path: str) -> bytes | None:
        """Its answer; None while it does not listen."""
        try:
            url = msgspec.json.decode(self._endpoints.read_bytes())["worker"]
            return self._http.request("GET", url + path).data
        except (FileNotFoundError, urllib3.exceptions.HTTPError):
            return None

    def status(self) -> WorkerStatus | None:
        answer = self.get("/status")
        return _read_status(answer) if answer else None

    def progress(self) -> Progress | None:
        """None while it does not listen."""
        status = self.status()
        return _progress(status) if status else None

    def check(self) -> None:
        """Raises WorkerFailed if it has ended by itself."""
        if not self.process.alive:
            raise WorkerFailed(f"the worker ended: {self.process.log_tail()[-600:]}")

    def mark(self, name: str = "") -> Mark:
        """What it has used so far."""
        assert self.process.pid is not None
        return as_mark(name, monotonic(), usage(self.process.pid))

    def wait(self, reached: Callable[[Progress], bool], seconds: float = DEADLINE_SECONDS) -> tuple[Progress, Mark]:
        """Progress and usage as soon as it is so.

        Raises:
            WorkerFailed: it ended, or the time is over.
        """
        deadline = monotonic() + seconds
        progress = None
        while monotonic() < deadline:
            progress = self.progress()
            if progress is not None and reached(progress):
                return progress, self.mark()
            self.check()
            sleep(_POLL_SECONDS)
        raise WorkerFailed(f"not so after {seconds} s, but {progress}: {self.process.log_tail()[-600:]}")


def _progress(status: WorkerStatus) -> Progress:
    restored = [each for each in status.partitions if each.restored]
    return Progress(
        status.state,
        sum(each.counts.accepted + each.counts.duplicates + sum(each.counts.rejected.values()) for each in restored),
        sum(each.unstored for each in restored),
        sum(each.lag or 0 for each in restored),
        len(restored),
        sum(each.checkpointed == each.applied for each in restored),
        len(status.partitions),
    )
