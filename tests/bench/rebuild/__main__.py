"""``python -m tests.bench.rebuild``: a lost database comes back from the log, beside the live worker's rate.

Writes ``REBUILD.md`` and ``.json``.
"""

import argparse
import subprocess
import sys
from collections.abc import Mapping, Sequence
from os import environ
from pathlib import Path
from typing import Any, Final

import msgspec

from streams.digest import digest
from tests.bench import machine
from tests.bench.compare.table import markdown
from tests.bench.load.filling import fill
from tests.bench.load.plan import Load
from tests.bench.servers import Servers, servers
from tests.bench.worker import BenchWorker

RESULTS: Final = Path(__file__).parents[1] / "REBUILD"
"""With the suffixes .md and .json."""

EVENTS: Final = 10_000_000

PROCESSES: Final = (1, 2)

TOPIC, DATABASE = "rebuild", "rebuild"

_ABOUT: Final = """\
# Everything back from Kafka

Written by `make bench-rebuild`: one worker reads a topic of answers and measured durations, late and repeated ones
among them, until all is stored. Then its database is dropped, and `cxstream replay rebuild` brings it back: plan, run,
promote and compare. Rates of processes on one machine, which broker and ClickHouse engine share with them.
"""


class Rebuilt(msgspec.Struct, frozen=True):
    """One rebuild."""

    processes: int
    rate: float
    """Records per second of the run."""
    seconds: Mapping[str, float]
    """By step."""
    equal: bool
    """Whether every row is as the live worker had stored it."""


class Drill(msgspec.Struct, frozen=True):
    """What was measured."""

    records: int
    rows: int
    live_rate: float
    """Records per second of one live worker."""
    rebuilt: Sequence[Rebuilt]


def drill(running: Servers, events: int) -> Drill:
    """Loses the database as often as there are numbers of `PROCESSES`."""
    topic = fill(running.kafka.bootstrap, TOPIC, Load(mix="mixed", events=events))
    records = topic.load.records
    print(f"filled: {records:,} records", flush=True)
    client = running.clickhouse.client()
    with BenchWorker(running, TOPIC, DATABASE, {"CHECKPOINT_SECONDS": "60"}) as worker:
        worker.start()
        first, begin = worker.wait(lambda progress: progress.restored > 0)
        _, end = worker.wait(lambda now: now.applied == records and not now.unstored, events / 2_000 + 60)
        live_rate = (records - first.applied) / (end.at - begin.at)
        print(f"live worker: {live_rate:,.0f} records a second", flush=True)
        worker.stop()
        whole = digest(client, DATABASE)
        rebuilt = []
        for processes in PROCESSES:
            client.command(f"DROP DATABASE {DATABASE} SYNC")
            told = _rebuild(worker.settings, running.directory / f"with-{processes}.json", processes)
            equal = told["equal"] and digest(client, DATABASE) == whole
            rebuilt.append(Rebuilt(processes, told["records_per_second"], told["seconds"], equal))
            print(f"rebuilt: {rebuilt[-1]}", flush=True)
    client.close()
    return Drill(records, whole.cells, live_rate, rebuilt)


def _rebuild(settings: Mapping[str, str], plan: Path, processes: int) -> dict[str, Any]:
    words = ["replay", "rebuild", str(plan), "--reason", "drill", "--yes", "--json", "--workers", str(processes)]
    ended = subprocess.run(
        [sys.executable, "-m", "streams", *words],
        env=environ | {f"CX_{name}": value for name, value in settings.items()},
        stdout=subprocess.PIPE,
        check=False,
    )
    told: dict[str, Any] = msgspec.json.decode(ended.stdout or b"{}")
    if "equal" not in told:
        raise RuntimeError(f"the rebuild ended with exit code {ended.returncode}")
    return told


def page(facts: Mapping[str, str], found: Drill) -> str:
    """The results for people."""
    steps = list(found.rebuilt[0].seconds)
    rows = [("live worker", f"{found.live_rate:,.0f}", *("-" for _ in steps), "-")]
    for each in found.rebuilt:
        name = f"rebuild, {each.processes} process{'es' if each.processes > 1 else ''}"
        spent = (f"{each.seconds[step]:,.1f}" for step in steps)
        rows.append((name, f"{each.rate:,.0f}", *spent, "equal" if each.equal else "DIFFERENT"))
    head = ("who", "records/s", *(f"{step}, s" for step in steps), "digest")
    about = f"{found.records:,} records, {found.rows:,} rows of merged panes."
    return f"{_ABOUT}\n{machine.listed(facts)}\n\n{about}\n\n{markdown(head, rows)}\n"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.rebuild", description=__doc__.split("\n\n")[0])
    parser.add_argument("--events", type=int, default=EVENTS, help="(default: %(default)s)")
    parser.add_argument("--output", type=Path, default=RESULTS, help="path without suffix (default: %(default)s)")
    arguments = parser.parse_args()
    facts = machine.description(f"make bench-rebuild ({arguments.events:,} events)")
    with servers() as running:
        found = drill(running, arguments.events)
    content = {"facts": facts, "drill": found}
    arguments.output.with_suffix(".json").write_bytes(msgspec.json.format(msgspec.json.encode(content)) + b"\n")
    arguments.output.with_suffix(".md").write_text(page(facts, found))
    return 0 if all(each.equal for each in found.rebuilt) else 1


if __name__ == "__main__":
    sys.exit(main())
