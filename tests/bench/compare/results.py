"""What is kept of a comparison: ``RESULTS.json`` with every run, ``RESULTS.md`` with the tables."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from tests.bench import machine
from tests.bench.compare.contests import contests
from tests.bench.compare.running import Measurement
from tests.bench.compare.table import HEADER, cells, lines, markdown

RESULTS: Final = Path(__file__).parents[1] / "RESULTS"
"""With the suffixes .md and .json."""

INTRODUCTION: Final = """\
Written by `make bench`; `RESULTS.json` beside it has every run. The job: per minute of event time and segment (1 000 of
them), NPS answers by class and response times by length, out to ClickHouse. Every result is compared with an oracle;
speeds of a wrong result stand in brackets. Times run from a program's first record to its last row stored, without its
start. CPU time is that of the program and its children, without broker and ClickHouse engine (but with the engine where
that does the work). cxstream also keeps a 2 % histogram, live windows and checkpoints, which the job does not ask for.
Slow programs get a shorter topic of the same kind. Who is tuned how: the docstrings in [peers](peers)."""


class Results(msgspec.Struct, frozen=True):
    """The content of RESULTS.json."""

    facts: Mapping[str, str]
    """Where, when and with what it was measured."""
    measurements: list[Measurement]

    def of(self, contest: str) -> list[Measurement]:
        """Those of one contest, by its name."""
        return [each for each in self.measurements if each.load == contest]


def write(output: Path, results: Results) -> None:
    """Both files; ``output`` is their path without suffix."""
    output.with_suffix(".json").write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=1) + b"\n")
    parts = ["# Benchmark results", INTRODUCTION, machine.listed(results.facts)]
    for contest in contests():
        if runs := results.of(contest.name):
            parts += [f"## {contest.name.capitalize()}", contest.about, markdown(HEADER, map(cells, lines(runs)))]
            parts += [f"`{each.program}` did not finish:\n\n```text\n{each.error}\n```" for each in runs if each.error]
    output.with_suffix(".md").write_text("\n\n".join(parts) + "\n")


def read(output: Path = RESULTS) -> Results:
    """What `write` wrote."""
    return msgspec.json.decode(output.with_suffix(".json").read_bytes(), type=Results)


def summary(results: Results) -> str:
    """The table of the first contest and how it was measured, for the README."""
    how = ", ".join(results.facts[name] for name in ("command", "date", "machine"))
    table = markdown(HEADER, map(cells, lines(results.of(contests()[0].name))))
    return f"{table}\n\n{how}, load before {results.facts['load before']}"
