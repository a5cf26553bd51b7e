"""The stages of the measurement, one after the other on one worker: top rate, freshness at shares of it, overload."""

import json
import sys
from pathlib import Path
from time import monotonic, sleep
from types import TracebackType
from typing import Final, Self
from uuid import uuid4

import msgspec

from deploy.local.process import ChildProcess
from tests.bench.environments import PROJECT
from tests.bench.freshness import probes
from tests.bench.freshness.overload import Overload, Sample, summary
from tests.bench.freshness.traffic import PROBE_SECONDS, Traffic
from tests.bench.load.filling import create_topic
from tests.bench.process_tree import resident_bytes
from tests.bench.servers import Servers
from tests.bench.worker import DEADLINE_SECONDS, BenchWorker, Progress, WorkerFailed

SHARES: Final = (0.1, 0.5, 0.9)
OVERLOAD: Final = 2.0
PARTITIONS: Final = 6
SEGMENTS: Final = 1_000
FLAT_OUT: Final = 200_000.0
"""Events per second that no worker here applies."""
TOP_RATE_SECONDS: Final = 10
"""Of them all but what is applied has to be caught up with before the next load."""
WARM_UP_SECONDS: Final = 10
"""Of each load, before it counts."""
_SAMPLE_SECONDS: Final = 0.5
_LEAST_SAMPLES: Final = 3
_GRACE_SECONDS: Final = 30
_LAST_SIGHT_SECONDS: Final = 5
"""For the last probes to show: a flush or a refresh, and a scrape."""


class Freshness(msgspec.Struct, frozen=True, kw_only=True):
    """At one rate; seconds from Kafka timestamp, None where nothing was seen."""

    share: float
    wanted: float
    published: float
    """Events per second that were really published."""
    row: tuple[float, float] | None
    """p50 and p99."""
    gauge: tuple[float, float] | None


class Bench:
    """A worker and the loads put on it, one after the other."""

    def __init__(self, running: Servers, worker: BenchWorker, topic: str, database: str) -> None:
        self._running = running
        self._worker = worker
        self._topic = topic
        self._database = database
        self._loads = 0

    def top_rate(self) -> float:
        """Events per second applied while more than that comes."""
        with _Load(self._traffic(FLAT_OUT, WARM_UP_SECONDS + TOP_RATE_SECONDS), self._running.directory):
            sleep(WARM_UP_SECONDS)
            before, began = self._progress().applied, monotonic()
            sleep(TOP_RATE_SECONDS)
            rate = (self._progress().applied - before) / (monotonic() - began)
        self._caught_up()
        return rate

    def freshness(self, share: float, top: float, seconds: float) -> Freshness:
        """Probes at a share of the top rate."""
        traffic = self._traffic(share * top, WARM_UP_SECONDS + seconds)
        rows, gauge = probes.rows(self._running, self._database), probes.gauge(self._worker)
        rows.start()
        gauge.start()
        with _Load(traffic, self._running.directory) as load:
            load.wait()
        self._caught_up()
        sleep(_LAST_SIGHT_SECONDS)
        stamps = [int(line) for line in Path(traffic.probes).read_text().split()]
        skip = int(WARM_UP_SECONDS / PROBE_SECONDS)
        return Freshness(
            share=share,
            wanted=traffic.per_second,
            published=load.published / traffic.seconds,
            row=probes.percentiles(stamps, rows.stop(), skip),
            gauge=probes.percentiles(stamps, gauge.stop(), skip),
        )

    def overload(self, top: float, seconds: float) -> Overload:
        """Twice the top rate for so long, then nothing until the backlog is gone."""
        began = monotonic()
        during = [self._sample(began)]
        with _Load(self._traffic(OVERLOAD * top, seconds), self._running.directory) as load:
            while load.runs:
                sleep(_SAMPLE_SECONDS)
                during.append(self._sample(began))
        after = [during[-1]]
        while after[-1].lag or len(after) < _LEAST_SAMPLES:
            sleep(_SAMPLE_SECONDS)
            after.append(self._sample(began))
            if monotonic() - began > DEADLINE_SECONDS:
                raise WorkerFailed(f"the backlog is not gone after {DEADLINE_SECONDS} s: {after[-1]}")
        return summary(during, after)

    def _traffic(self, per_second: float, seconds: float) -> Traffic:
        self._loads += 1
        stamps = self._running.directory / f"probes-{self._loads}"
        return Traffic(
            self._running.kafka.bootstrap,
            self._topic,
            PARTITIONS,
            SEGMENTS,
            per_second,
            seconds,
            self._loads,
            str(stamps),
        )

    def _progress(self) -> Progress:
        return self._worker.wait(lambda progress: True)[0]

    def _caught_up(self) -> None:
        self._worker.wait(lambda progress: progress.lag == 0 and progress.unstored == 0)

    def _sample(self, began: float) -> Sample:
        lag = self._progress().lag
        pid = self._worker.process.pid
        return Sample(monotonic() - began, lag, resident_bytes(pid) if pid else 0)


class _Load:
    """A producer process; ended with the ``with`` block."""

    def __init__(self, traffic: Traffic, directory: Path) -> None:
        self._seconds = traffic.seconds
        self._log = directory / f"traffic-{traffic.number}.log"
        command = [sys.executable, "-m", "tests.bench.freshness.traffic", json.dumps(traffic._asdict())]
        self._process = ChildProcess("traffic", command, self._log, {"PYTHONPATH": str(PROJECT)})

    @property
    def runs(self) -> bool:
        return self._process.alive

    @property
    def published(self) -> int:
        """Events, once it has ended."""
        return int(self._log.read_text().split()[-1])

    def wait(self) -> None:
        if not self._process.wait(self._seconds + _GRACE_SECONDS) or self._process.exit_code:
            raise WorkerFailed(f"the producer did not end well: {self._process.log_tail()}")

    def __enter__(self) -> Self:
        self._process.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.kill()


def measure(running: Servers, seconds: float) -> tuple[float, list[Freshness], Overload]:
    """Top rate, freshness per share, overload; ``seconds`` of each load count."""
    topic, database = "live", f"live_{uuid4().hex[:8]}"
    create_topic(running.kafka.bootstrap, topic, PARTITIONS)
    with BenchWorker(running, topic, database, {"LIVE_CLOCK": "wall"}) as worker:
        worker.start()
        worker.wait(lambda progress: progress.restored == PARTITIONS + 1)
        bench = Bench(running, worker, topic, database)
        top = bench.top_rate()
        print(f"top rate: {top:,.0f} events/s", flush=True)
        at_shares = []
        for share in SHARES:
            at_shares.append(bench.freshness(share, top, seconds))
            print(at_shares[-1], flush=True)
        overload = bench.overload(top, seconds)
        print(overload, flush=True)
        return top, at_shares, overload
