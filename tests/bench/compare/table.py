"""From measurements to the table: medians, and ratios within the same round."""

from collections.abc import Iterable, Sequence
from statistics import median
from typing import Final, NamedTuple

from tests.bench.compare.programs import CXSTREAM, EVERYBODY
from tests.bench.compare.running import Measurement

HEADER: Final = (
    "program",
    "events",
    "events/s",
    "cxstream does",
    "events per CPU s",
    "cxstream does",
    "peak memory",
    "result",
)


class Line(NamedTuple):
    """One program on one load, over all rounds."""

    program: str
    events: int
    per_second: float
    """Median over the rounds."""
    per_cpu_second: float
    faster: float | None
    """How many times as many events per second cxstream does: median of the ratios within each round, since a machine
    that is slow for a while slows both. None where cxstream did not take part."""
    leaner: float | None
    """The same per CPU second."""
    peak_bytes: int
    """Largest."""
    result: str
    counts: bool
    """False where a result was wrong or missing: then its speed says nothing."""


def lines(measurements: Sequence[Measurement]) -> list[Line]:
    """One line per program, in the order of the programs; all measurements are of one load."""
    own = {each.round: each for each in measurements if each.program == CXSTREAM.name}
    by_program = {
        program.title: runs
        for program in EVERYBODY
        if (runs := [each for each in measurements if each.program == program.name])
    }
    return [_line(title, runs, own) for title, runs in by_program.items()]


def _line(title: str, runs: Sequence[Measurement], own: dict[int, Measurement]) -> Line:
    finished = [each for each in runs if not each.error]
    if not finished:
        return Line(title, 0, 0.0, 0.0, None, None, 0, runs[0].verdict, counts=False)
    pairs = [(each, own[each.round]) for each in finished if each.round in own and not own[each.round].error]
    wrong = next((each.verdict for each in runs if each.right is False), None)
    return Line(
        title,
        max(each.events for each in finished),
        median(map(per_second, finished)),
        median(map(per_cpu_second, finished)),
        median(per_second(mine) / per_second(each) for each, mine in pairs) if pairs else None,
        median(per_cpu_second(mine) / per_cpu_second(each) for each, mine in pairs) if pairs else None,
        max(each.peak_bytes for each in finished),
        wrong or finished[0].verdict or "-",
        counts=wrong is None,
    )


def per_second(measurement: Measurement) -> float:
    """Events per second on the clock."""
    return measurement.events / measurement.seconds


def per_cpu_second(measurement: Measurement) -> float:
    """Events per second of CPU time of the program and its children."""
    return measurement.events / measurement.cpu_seconds


def cells(line: Line) -> tuple[str, ...]:
    """A line as text; speeds of a wrong result are in brackets."""
    numbers = (
        *(f"{line.per_second:,.0f}", _ratio(line.faster)),
        *(f"{line.per_cpu_second:,.0f}", _ratio(line.leaner)),
    )
    shown = numbers if line.counts else tuple(f"({number})" for number in numbers)
    return (line.program, f"{line.events:,}", *shown, f"{line.peak_bytes / 2**20:,.0f} MiB", line.result)


def markdown(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table."""
    ruled = [tuple(header), ("---",) * len(header), *map(tuple, rows)]
    return "\n".join("| " + " | ".join(row) + " |" for row in ruled)


def _ratio(ratio: float | None) -> str:
    return "-" if ratio is None else f"{ratio:.2g} x" if ratio < 10 else f"{ratio:.0f} x"
