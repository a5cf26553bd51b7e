"""One program on one topic, from its start to its verdict."""

import sys
from collections.abc import Mapping
from time import monotonic, sleep
from typing import Any, Final
from uuid import uuid4

import msgspec

from deploy.local.process import ChildProcess
from tests.bench.compare import storage
from tests.bench.compare.programs import CXSTREAM, Program
from tests.bench.environments import PEERS, PROJECT, interpreter
from tests.bench.load.filling import Topic
from tests.bench.oracle import Cells, verdict
from tests.bench.process_tree import Usage, usage
from tests.bench.servers import Servers
from tests.bench.task import Mark, Task, read_marks, to_argument
from tests.bench.worker import BenchWorker, WorkerFailed

LIMIT_SECONDS: Final = 300
"""A program that takes longer has failed; the slowest takes a tenth of it on a quiet machine."""
_POLL_SECONDS: Final = 0.02


class Measurement(msgspec.Struct, frozen=True, kw_only=True):
    """What one run of one program gave."""

    program: str
    load: str
    round: int
    events: int = 0
    """Counted between the first record and the last row stored."""
    seconds: float = 0.0
    """Between the same."""
    cpu_seconds: float = 0.0
    """Of the program and its children in that time."""
    peak_bytes: int = 0
    right: bool | None
    """None for a limit, which has no result."""
    verdict: str
    error: str = ""
    """Why it did not finish."""


class ProgramFailed(Exception):
    """It ended or hung before its result was stored; the message has the end of its log."""


def run(servers: Servers, program: Program, topic: Topic, load: str, number: int) -> Measurement:
    """Runs ``program`` on ``topic`` as one of the ``load``'s rounds."""
    known: dict[str, Any] = {"program": program.name, "load": load, "round": number}
    database = f"bench_{uuid4().hex[:8]}"
    client = servers.clickhouse.client()
    try:
        if program is CXSTREAM:
            begin, end, events = _run_cxstream(servers, topic, database)
            found = storage.read_cxstream(client, database)
        else:
            storage.create(client, database)
            begin, end = _run_peer(servers, program, topic, database)
            events = topic.load.records
            found = storage.read(client, database)
    except (ProgramFailed, WorkerFailed) as failed:
        return Measurement(**known, verdict="did not finish", right=False, error=str(failed))
    finally:
        client.command(f"DROP DATABASE IF EXISTS {database}")
        client.close()
    right, text = _judged(topic.expected, found) if program.stores else (None, "")
    return Measurement(
        **known,
        events=events,
        seconds=end.at - begin.at,
        cpu_seconds=end.cpu_seconds - begin.cpu_seconds,
        peak_bytes=end.peak_bytes,
        right=right,
        verdict=text,
    )


def _judged(expected: Cells, found: Cells) -> tuple[bool, str]:
    judgement = verdict(expected, found)
    return judgement.right, str(judgement)


def _run_cxstream(servers: Servers, topic: Topic, database: str) -> tuple[Mark, Mark, int]:
    """Its marks come from ``/status``, read every 20 ms; what was applied before the first look does not count."""
    with BenchWorker(servers, topic.name, database) as worker:
        worker.start()
        before, begin = worker.wait(lambda progress: progress.restored > 0)
        after, end = worker.wait(lambda progress: progress.applied == topic.load.records and not progress.unstored)
        if after.applied == before.applied:
            raise ProgramFailed("the topic is too short to be measured")
        return begin, end, after.applied - before.applied


def _run_peer(servers: Servers, program: Program, topic: Topic, database: str) -> tuple[Mark, Mark]:
    directory = servers.directory / database
    directory.mkdir()
    load = topic.load
    task = Task(
        servers.kafka.bootstrap,
        topic.name,
        load.partitions,
        load.records,
        servers.clickhouse.url,
        database,
        str(directory),
    )
    python = interpreter(PEERS / f"{program.environment}.txt") if program.environment else sys.executable
    command = [python, "-m", f"tests.bench.peers.{program.module}", to_argument(task)]
    environment = {"PYTHONPATH": str(PROJECT)}
    process = ChildProcess(program.name, [str(part) for part in command], directory / "log", environment)
    process.start()
    try:
        engine = servers.clickhouse.process.pid if program.runs_in_engine else None
        begin = _await_mark(process, task, "begin")
        engine_before = usage(engine) if engine else Usage(0, 0)
        end = _await_mark(process, task, "end")
        if engine:
            engine_used = usage(engine)
            spent = engine_used.cpu_seconds - engine_before.cpu_seconds
            end = end._replace(cpu_seconds=end.cpu_seconds + spent, peak_bytes=end.peak_bytes + engine_used.peak_bytes)
        return begin, end
    finally:
        process.kill()


def _await_mark(process: ChildProcess, task: Task, name: str) -> Mark:
    deadline = monotonic() + LIMIT_SECONDS
    while True:
        marks: Mapping[str, Mark] = read_marks(task.marks)
        if name in marks:
            return marks[name]
        if not process.alive:
            raise ProgramFailed(f"ended with exit code {process.exit_code}: {process.log_tail()[-600:]}")
        if monotonic() > deadline:
            raise ProgramFailed(f"no {name} within {LIMIT_SECONDS} s: {process.log_tail()[-600:]}")
        sleep(_POLL_SECONDS)
