"""``python -m tests.bench.compare``: fills the topics, lets everybody work on them in turns, writes ``RESULTS.md``.

The turns of one round follow each other at once, and ratios are taken within a round, so that a machine that is busy
for a while does not favour anybody. Exit code 1 when cxstream's own result was wrong.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from tests.bench import machine
from tests.bench.compare.programs import CXSTREAM, DECODE, EVERYBODY, FETCH, Program
from tests.bench.compare.running import Measurement, run
from tests.bench.compare.table import HEADER, cells, lines, markdown, per_cpu_second
from tests.bench.environments import PEERS, interpreter
from tests.bench.load.filling import Topic, fill
from tests.bench.load.plan import Load
from tests.bench.servers import Servers, servers

RESULTS: Final = Path(__file__).parents[1] / "RESULTS"
"""With the suffixes .md and .json."""

INTRODUCTION: Final = """\
Written by `make bench`; `RESULTS.json` beside it has every run. The job: per minute of event time and segment (1 000 of
them), NPS answers by class and response times by length, out to ClickHouse. Every result is compared with an oracle;
speeds of a wrong result stand in brackets. Times run from a program's first record to its last row stored, without its
start. CPU time is that of the program and its children, without broker and ClickHouse engine (but with the engine where
that does the work). cxstream also keeps a 2 % histogram, live windows and checkpoints, which the job does not ask for.
Slow programs get a shorter topic of the same kind. Who is tuned how: the docstrings in [peers](peers)."""

OWN: Final = (CXSTREAM, FETCH, DECODE)


class Contest(NamedTuple):
    """One table: who works on what, how often."""

    name: str
    about: str
    load: Load
    slice: Load | None
    """What slow programs get instead of ``load``."""
    programs: tuple[Program, ...]
    rounds: int

    @property
    def loads(self) -> tuple[Load, ...]:
        return (self.load, self.slice) if self.slice else (self.load,)


class Results(msgspec.Struct, frozen=True):
    """The content of RESULTS.json."""

    facts: Mapping[str, str]
    measurements: list[Measurement]


def contests(scale: float, rounds: int) -> tuple[Contest, ...]:
    """All tables, with ``scale`` times the usual number of events."""
    full, half, slice_ = (int(scale * events) for events in (2_000_000, 1_000_000, 120_000))
    clean = Load(mix="mixed", events=full, late=0, twice=0, keyed_by="segment")
    return (
        Contest(
            "clean",
            "Half answers, half measured response times; nothing late by more than 20 s, nothing twice. Keyed by "
            "segment, so that nobody has to repartition. Here everybody can be right.",
            clean,
            msgspec.structs.replace(clean, events=slice_),
            EVERYBODY,
            rounds,
        ),
        Contest(
            "late and twice",
            "The same with 1 % of events two hours late and 1 % delivered twice.",
            Load(mix="mixed", events=slice_, keyed_by="segment"),
            None,
            EVERYBODY,
            1,
        ),
        Contest(
            "surveys",
            "NPS answers, each a response that may still be revised or withdrawn. As in the next two, keys are "
            "customers, 1 % are two hours late and 1 % are delivered twice.",
            Load(mix="surveys", events=half),
            None,
            OWN,
            1,
        ),
        Contest(
            "measured", "Response times that somebody else measured.", Load(mix="measured", events=half), None, OWN, 1
        ),
        Contest(
            "cases",
            "Whole cases, 9 events each, 100 000 of them open at once, and their surveys.",
            Load(mix="cases", events=full),
            None,
            OWN,
            1,
        ),
    )


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
    facts = machine.description(f"make bench (scale {arguments.scale:g}, {arguments.rounds} rounds)")
    with servers() as running:
        measured = [(contest, list(_hold(running, contest))) for contest in planned]
    _write(arguments.output, facts, measured)
    own = [each for _, runs in measured for each in runs if each.program == CXSTREAM.name]
    return 0 if all(each.right for each in own) else 1


def clean_table(output: Path) -> str:
    """The table of the first contest from the results file at ``output``, for the README."""
    stored = msgspec.json.decode(output.with_suffix(".json").read_bytes(), type=Results)
    return markdown(HEADER, map(cells, lines([each for each in stored.measurements if each.load == "clean"])))


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


def _write(output: Path, facts: Mapping[str, str], measured: Sequence[tuple[Contest, list[Measurement]]]) -> None:
    content = Results(facts, [each for _, runs in measured for each in runs])
    output.with_suffix(".json").write_bytes(msgspec.json.format(msgspec.json.encode(content), indent=1) + b"\n")
    parts = ["# Benchmark results", INTRODUCTION, machine.listed(facts)]
    for contest, runs in measured:
        parts += [f"## {contest.name.capitalize()}", contest.about, markdown(HEADER, map(cells, lines(runs)))]
        parts += [f"`{each.program}` did not finish:\n\n```text\n{each.error}\n```" for each in runs if each.error]
    output.with_suffix(".md").write_text("\n\n".join(parts) + "\n")


if __name__ == "__main__":
    sys.exit(main())
