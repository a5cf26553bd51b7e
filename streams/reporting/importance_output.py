"""Importance beside performance as JSON, CSV, or a table for people."""

from collections.abc import Iterable, Iterator
from typing import IO, Any, Final
from zoneinfo import ZoneInfo

from schemas.languages import Language
from streams.reporting import encoding
from streams.reporting.asked import Asked
from streams.reporting.encoding import local, print_table, start_in_table, table_of
from streams.reporting.importance import QUESTION, ImportanceLine
from streams.reporting.units import in_unit, interval
from streams.reporting.words import Say, saying
from streams.statistics.estimates import Estimate

_CHINESE: Final = {
    "question": "问题",
    "importance": "重要性",
    "performance": "表现",
    "grand mean": "总平均",
    "quadrant": "象限",
    "keep up": "继续保持",
    "concentrate here": "重点改进",
    "possible overkill": "可能过度",
    "low priority": "低优先级",
    "not clear": "不确定",
}


def as_object(line: ImportanceLine, zone: ZoneInfo) -> dict[str, Any]:
    """One line under the names that `cxstream report importance --json` promises; means are in scale codes."""
    importance, performance = line.attribute
    cross = line.cross
    return {
        "start": local(line.period.start, zone).isoformat(),
        "segment": dict(line.segment),
        "question": line.question,
        "quadrant": line.quadrant,
        "clear": line.clear,
        "importance": _side(importance, line.definitions[0], cross and cross.importance),
        "performance": _side(performance, line.definitions[1], cross and cross.performance),
    }


def write_json(lines: Iterable[ImportanceLine], zone: ZoneInfo, out: IO[str]) -> None:
    """A JSON list of objects."""
    encoding.write_json((as_object(line, zone) for line in lines), out)


def write_csv(lines: Iterable[ImportanceLine], zone: ZoneInfo, out: IO[str]) -> None:
    """CSV with the same names joined: ``importance_mean``."""
    encoding.write_csv((as_object(line, zone) for line in lines), out)


def write_table(lines: Iterable[ImportanceLine], asked: Asked, language: Language, out: IO[str]) -> None:
    """A table with a question per row."""
    say = saying(language, _CHINESE)
    sides = [name for side in ("importance", "performance") for name in ("n", side, "95 % interval", "grand mean")]
    table = table_of(map(say, ("start", *asked.by, QUESTION)), map(say, sides), asked.zone.key)
    table.add_column(say("quadrant"))
    for line in lines:
        said = [] if line.quadrant is None else [line.quadrant] if line.clear else [line.quadrant, "not clear"]
        table.add_row(
            start_in_table(line.period.start, asked.zone),
            *line.segment.values(),
            line.question,
            *_cells(line.attribute.importance, line.cross and line.cross.importance, say),
            *_cells(line.attribute.performance, line.cross and line.cross.performance, say),
            ", ".join(map(say, said)),
        )
    print_table(table, out)


def _side(mean: Estimate, definition: str, grand_mean: float | None) -> dict[str, Any]:
    return {
        "definition": definition,
        "n": mean.n,
        "mean": mean.value,
        "ci_low": mean.low,
        "ci_high": mean.high,
        "grand_mean": grand_mean,
    }


def _cells(mean: Estimate, grand_mean: float | None, say: Say) -> Iterator[str]:
    yield f"{mean.n:,}"
    yield in_unit(mean.value, "code")
    yield interval(mean, "code", say)
    yield in_unit(grand_mean, "code")
