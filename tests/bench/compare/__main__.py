"""``python -m tests.bench.compare``: fills the topics, lets everybody work on them in turns, writes ``RESULTS.md``.

The turns of one round follow each other at once, and ratios are taken within a round, so that a machine that is busy
for a while does not favour anybody. Exit code 1 when cxstream's own result was wrong.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.bench import machine
from tests.bench.compare.contests import Contest, contests
from tests.bench.compare.programs import CXSTREAM
from tests.bench.compare.results import RESULTS, Results, write
from tests.bench.compare.running import Measurement, run
from tests.bench.compare.table import per_cpu_second
from tests.bench.environments import PEERS, interpreter
from tests.bench.load.filling import Topic, fill
from tests.bench.load.plan import Load
from tests.bench.servers import Servers, servers


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.compare", description=__doc__.split("\n\n")[0])
    parser.add_argument("--scale", type=float, default=1.0, help="times the usual number of events (default: 1)")
    parser.add_argument("--rounds", type=int, default=3, help="turns of everybody in the first table (default: 3)")
    parser.add_argument("--only", nargs="*", default=[], help="programs; default: everybody")
    parser.add_argument("--output", type=Path, default=RESULTS, help="path without suffix (default: %(default)s)")
    arguments = parser.parse_args()
    planned = [_limited(each, arguments.only) for each in contests(arguments.scale, arguments.rounds)]
    for environment in {program.environment for contest in planned for program in contest.programs} - {None}:
        interpreter(PEERS / f"{environment}.txt")
    results = Results(machine.description(f"make bench (scale {arguments.scale:g}, {arguments.rounds} rounds)"), [])
    with servers() as running:
        for contest in planned:
            results.measurements.extend(_hold(running, contest))
            write(arguments.output, results)  # what is there is kept, should a later one fail
    return 0 if all(each.right for each in results.measurements if each.program == CXSTREAM.name) else 1


def _limited(contest: Contest, names: Sequence[str]) -> Contest:
    return contest._replace(programs=tuple(each for each in contest.programs if not names or each.name in names))


def _hold(running: Servers, contest: Contest) -> Iterator[Measurement]:
    topics = [
        _filled(running, f"{contest.name.replace(' ', '-')}-{number}", load)
        for number, load in enumerate(contest.loads)
    ]
    for number in range(contest.rounds):
        for program in contest.programs:
            topic = topics[-1] if program.takes_slice else topics[0]
            measurement = run(running, program, topic, contest.name, number)
            print(f"{contest.name}, round {number + 1}, {program.title}: {_said(measurement)}", flush=True)
            yield measurement


def _filled(running: Servers, name: str, load: Load) -> Topic:
    print(f"filling {name}: {load.events:,} events", flush=True)
    return fill(running.kafka.bootstrap, name, load)


def _said(measurement: Measurement) -> str:
    if measurement.error:
        return f"{measurement.verdict}: {measurement.error}"
    return f"{per_cpu_second(measurement):,.0f} events per CPU second {measurement.verdict}"


if __name__ == "__main__":
    sys.exit(main())
