"""One worker under a sampling profiler while it reads a whole topic."""

import signal
import subprocess
from pathlib import Path
from typing import Final
from uuid import uuid4

import msgspec

from tests.bench.load.filling import fill
from tests.bench.load.plan import Load
from tests.bench.profile.stages import Stage, shares
from tests.bench.servers import Servers
from tests.bench.worker import BenchWorker, WorkerFailed

_PER_SECOND: Final = 200
"""Samples: some thousand for each mix, so that a stage of 1 % is told within a quarter of it."""


class Profile(msgspec.Struct, frozen=True):
    """Of one mix."""

    mix: str
    events: int
    microseconds: float
    """CPU time of the worker per event."""
    shares: dict[Stage, float]


def profile(servers: Servers, profiler: Path, load: Load) -> Profile:
    """Samples a worker with this program from its first partition until everything is stored."""
    topic = f"profile-{load.mix}-{uuid4().hex[:8]}"
    fill(servers.kafka.bootstrap, topic, load)
    samples = servers.directory / f"{topic}.folded"
    with BenchWorker(servers, topic, f"profile_{uuid4().hex[:8]}") as worker:
        worker.start()
        before, begin = worker.wait(lambda progress: progress.restored > 0)
        sampler = subprocess.Popen(
            _sampler(profiler, worker, samples), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        _, end = worker.wait(lambda progress: progress.applied == load.records and not progress.unstored)
        sampler.send_signal(signal.SIGINT)
        _, said = sampler.communicate(timeout=60)
    if not samples.exists():
        raise WorkerFailed(f"the profiler has taken no samples: {said[-600:]}")
    events = load.records - before.applied
    used = 1e6 * (end.cpu_seconds - begin.cpu_seconds) / events
    return Profile(load.mix, events, used, shares(samples.read_text(errors="replace").splitlines()))


def _sampler(profiler: Path, worker: BenchWorker, samples: Path) -> list[str]:
    return [
        str(profiler),
        "record",
        f"--pid={worker.process.pid}",
        f"--rate={_PER_SECOND}",
        "--format=raw",
        "--full-filenames",
        "--nonblocking",
        "--duration=unlimited",
        f"--output={samples}",
    ]
