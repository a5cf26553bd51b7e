"""Throughput of real workers on a topic that was filled before, and how long a restart with that state takes."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from time import monotonic, sleep
from typing import Final, NamedTuple
from uuid import uuid4

from tests.bench.growth.curves import CPU, WALL, Point
from tests.bench.load.filling import fill
from tests.bench.load.plan import Load
from tests.bench.servers import Servers
from tests.bench.worker import BenchWorker, Progress, WorkerFailed

ROOM: Final = {"DIMENSION_CAP": "100000", "SEGMENT_CAP": "1000000"}
"""So that no curve ends at a cap: past 10 000 segments per partition further ones would be folded by default."""

DEADLINE_SECONDS: Final = 900
_POLL_SECONDS: Final = 0.05


def throughput(servers: Servers, at: float, load: Load, workers: int = 1) -> Point:
    """Events per second and per CPU second, of all workers together."""
    topic = filled(servers, load)
    with ExitStack() as stack:
        team = _team(stack, servers, topic, workers)
        for worker in team:
            worker.start()
        return Point(at, _measure(team, load))


class Restarted(NamedTuple):
    """Of one worker: its throughput, and seconds from a start until every partition is restored."""

    throughput: Point
    starts: Point
    """Without state, and with the state that the topic has left."""


def restart(servers: Servers, at: float, load: Load) -> Restarted:
    """Runs a worker over the topic, ends it and starts it again."""
    topic = filled(servers, load)
    with ExitStack() as stack:
        team = _team(stack, servers, topic, 1)
        empty = _start(team, load)
        values = _measure(team, load)
        team[0].stop()
        full = _start(team, load)
        return Restarted(Point(at, values), Point(at, {"without state": empty, "with state": full}))


def filled(servers: Servers, load: Load) -> str:
    """Name of a new topic with the load."""
    name = f"growth-{uuid4().hex[:8]}"
    fill(servers.kafka.bootstrap, name, load)
    return name


def _team(stack: ExitStack, servers: Servers, topic: str, workers: int) -> list[BenchWorker]:
    group = f"growth_{uuid4().hex[:8]}"
    return [stack.enter_context(BenchWorker(servers, topic, group, ROOM)) for _ in range(workers)]


def _start(team: Sequence[BenchWorker], load: Load) -> float:
    began = monotonic()
    for worker in team:
        worker.start()
    _wait(team, lambda progress: _is_shared(progress, load))
    return monotonic() - began


def _measure(team: Sequence[BenchWorker], load: Load) -> dict[str, float]:
    # Two workers have to agree on who has what first; one begins with the first partition it has restored.
    before = _wait(team, lambda progress: _is_shared(progress, load) if len(team) > 1 else progress[0].restored > 0)
    begin = [worker.mark() for worker in team]
    _wait(team, lambda progress: _applied(progress) == load.records and not any(each.unstored for each in progress))
    end = [worker.mark() for worker in team]
    events = load.records - _applied(before)
    if not events:
        raise WorkerFailed("the topic is too short to be measured")
    seconds = max(mark.at for mark in end) - min(mark.at for mark in begin)
    cpu = sum(after.cpu_seconds - first.cpu_seconds for first, after in zip(begin, end, strict=True))
    peak = sum(mark.peak_bytes for mark in end) / 2**20
    return {WALL: events / seconds, CPU: events / cpu, "peak memory, MiB": peak}


def _is_shared(team: Sequence[Progress], load: Load) -> bool:
    """Every partition is restored by somebody, and every worker has some; the topic of surveys, empty, has one."""
    return all(each.restored for each in team) and sum(each.restored for each in team) == load.partitions + 1


def _applied(team: Sequence[Progress]) -> int:
    return sum(each.applied for each in team)


def _wait(team: Sequence[BenchWorker], reached: Callable[[Sequence[Progress]], bool]) -> Sequence[Progress]:
    deadline = monotonic() + DEADLINE_SECONDS
    while monotonic() < deadline:
        said = [worker.progress() for worker in team]
        progress = [each for each in said if each is not None]
        if len(progress) == len(team) and reached(progress):
            return progress
        for worker in team:
            worker.check()
        sleep(_POLL_SECONDS)
    raise WorkerFailed(f"not so after {DEADLINE_SECONDS} s, but {progress}")
