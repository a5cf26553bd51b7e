"""Answered and waiting customers together, as JSON, CSV, or a table for people."""

from collections.abc import Iterable, Sequence
from typing import IO, Any, Final

from schemas.languages import Language
from schemas.metrics import Metric, duration_ms
from streams.reporting import encoding
from streams.reporting.encoding import print_table, table_of
from streams.reporting.units import in_unit
from streams.reporting.waiting import Pair, WaitingLine
from streams.reporting.words import saying

_CHINESE: Final = {"answered": "已答复", "waiting": "等待中", "everybody": "全部"}


def as_object(line: WaitingLine, metric: Metric) -> dict[str, Any]:
    """One line under the names that `cxstream report METRIC --waiting --json` promises; durations are in ms."""
    return {
        "segment": line.segment,
        "answered": line.answered,
        "waiting": line.waiting,
        "p50": line.p50._asdict(),
        "p90": line.p90._asdict(),
        "within": {
            target: line.within[duration_ms(target)]._asdict() for target in sorted(metric.targets, key=duration_ms)
        },
    }


def write_json(lines: Iterable[WaitingLine], metric: Metric, out: IO[str]) -> None:
    """A JSON list of objects."""
    encoding.write_json((as_object(line, metric) for line in lines), out)


def write_csv(lines: Iterable[WaitingLine], metric: Metric, out: IO[str]) -> None:
    """CSV with the same names joined: ``p50_everybody``."""
    encoding.write_csv((as_object(line, metric) for line in lines), out)


def write_table(
    lines: Iterable[WaitingLine], metric: Metric, by: Sequence[str], language: Language, out: IO[str]
) -> None:
    """A table with a segment per row; each figure of the answered and of everybody."""
    objective, say = metric.targets[0], saying(language, _CHINESE)
    columns = [say("answered"), say("waiting")]
    for name in (f"{say('within')} {objective}", "p50", "p90"):
        columns += [f"{name} {say(of)}" for of in ("answered", "everybody")]
    table = table_of(by, columns)
    for line in lines:
        table.add_row(
            *line.segment.values(),
            f"{line.answered:,}",
            f"{line.waiting:,}",
            *(in_unit(each, "share") for each in line.within[duration_ms(objective)]),
            *_durations(line.p50),
            *_durations(line.p90),
        )
    print_table(table, out)


def _durations(pair: Pair) -> Iterable[str]:
    return (in_unit(each, "ms") for each in pair)
