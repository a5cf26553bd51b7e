"""A pytest plugin: what became of each fault, a line per test at the end of the run, and a file for programs."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
import pytest

PROPERTY: Final = "fault outcome"
"""Name under which a test's report carries its `Outcome`, also from another process; the last one counts."""

_LEGEND: Final = (
    "recovered s: from the fault's last act (what was broken is started again or goes on, or the last blow falls)",
    "until all that was published by then is applied and stored",
)


class Outcome(NamedTuple):
    """Of one test. None where it did not come so far."""

    fault: str
    equal: bool | None = None
    """Whether the rows are those of an undisturbed run."""
    events: int | None = None
    """Records published."""
    recovered: float | None = None
    """Seconds that `System.recover` gave."""
    worst_lag: int | None = None
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


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """A fault has its line also when its test ends early, and be it in its fixtures."""
    mark = item.get_closest_marker("fault")
    if mark is not None:
        item.user_properties.append((PROPERTY, list(Outcome(mark.args[0]))))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    reports = {
        each.nodeid: each
        for kind in ("error", "passed", "failed")
        for each in terminalreporter.getreports(kind)
        if isinstance(each, pytest.TestReport)
    }
    outcomes = [
        Outcome(*value)
        for report in sorted(reports.values(), key=lambda each: each.location[:2])
        for name, value in dict(report.user_properties).items()
        if name == PROPERTY and isinstance(value, Sequence)
    ]
    if not outcomes:
        return
    seed: int = config.getoption("--fault-seed")
    terminalreporter.section(f"faults, seed {seed}")
    for line in (*table(outcomes), *_LEGEND):
        terminalreporter.write_line(line)
    file: Path | None = config.getoption("--fault-report")
    if file is not None:
        document = {"seed": seed, "outcomes": [each._asdict() for each in outcomes]}
        file.write_bytes(msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n")


def table(outcomes: Sequence[Outcome]) -> list[str]:
    """Aligned lines with a header."""
    width = max(len(each.fault) for each in outcomes)
    header = f"{'fault':<{width}}  digest           events  recovered s  lag at worst"
    return [header, *(_line(each, width) for each in outcomes)]


_DIGEST: Final = {True: "equal", False: "NOT EQUAL", None: "NOT RECOVERED"}


def _line(outcome: Outcome, width: int) -> str:
    fault, equal, *numbers = outcome
    events, recovered, worst_lag = ("-" if each is None else f"{each:,}" for each in numbers)
    return f"{fault:<{width}}  {_DIGEST[equal]:<13}{events:>10}{recovered:>13}{worst_lag:>14}"
