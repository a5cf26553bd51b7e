"""A pytest plugin: what became of each fault, a line per test at the end of the run, and a file for programs."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
import pytest

PROPERTY: Final = "fault outcome"
"""Name under which a test's report carries its `Outcome`, also from another process."""


class Outcome(NamedTuple):
    """Of one test."""

    fault: str
    equal: bool
    """Whether the rows are those of an undisturbed run."""
    events: int
    """Records published."""
    recovered: float
    """Seconds from the end of the fault until all that was published by then was applied and stored."""
    worst_lag: int
    """The most records that were published and not applied at one moment."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("faults", "cxstream under faults")
    group.addoption("--fault-seed", type=int, default=1, help="seed of history and faults (default: %(default)s)")
    group.addoption("--fault-report", type=Path, metavar="FILE", help="write what became of each fault there, as JSON")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "fault(name, does, sees): what goes wrong, what cxstream does about it, what the user sees; the README's table",
    )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    reports = [
        each
        for kind in ("passed", "failed")
        for each in terminalreporter.getreports(kind)
        if isinstance(each, pytest.TestReport) and each.when == "call"
    ]
    outcomes = [
        Outcome(*value)
        for report in sorted(reports, key=lambda each: each.location[:2])
        for name, value in report.user_properties
        if name == PROPERTY and isinstance(value, Sequence)
    ]
    if not outcomes:
        return
    seed: int = config.getoption("--fault-seed")
    terminalreporter.section(f"faults, seed {seed}")
    for line in table(outcomes):
        terminalreporter.write_line(line)
    file: Path | None = config.getoption("--fault-report")
    if file is not None:
        document = {"seed": seed, "outcomes": [each._asdict() for each in outcomes]}
        file.write_bytes(msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n")


def table(outcomes: Sequence[Outcome]) -> list[str]:
    """Aligned lines with a header."""
    width = max(len(each.fault) for each in outcomes)
    header = f"{'fault':<{width}}  digest      events  recovered s  lag at worst"
    return [header, *(_line(each, width) for each in outcomes)]


def _line(outcome: Outcome, width: int) -> str:
    digest = "equal" if outcome.equal else "NOT EQUAL"
    fault, _, events, recovered, worst_lag = outcome
    return f"{fault:<{width}}  {digest:<9}{events:>9,}{recovered:>13.1f}{worst_lag:>14,}"
