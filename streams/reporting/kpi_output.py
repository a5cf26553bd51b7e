"""The lines of KPIs as JSON, CSV, or a table for people."""

from collections.abc import Iterable
from typing import IO, Any, Final
from zoneinfo import ZoneInfo

from schemas.kpis import Unit
from schemas.languages import Language
from streams.reporting import encoding
from streams.reporting.asked import Asked
from streams.reporting.encoding import local, print_table, start_in_table, table_of
from streams.reporting.kpis import KpiLine, Status
from streams.reporting.units import UNKNOWN, in_unit, step
from streams.reporting.words import saying

_CHINESE: Final = {
    "KPI": "指标",
    "floor": "完成值",
    "goal": "目标值",
    "met": "达标",
    "missed": "未达标",
    "provisional": "未定",
    "target changed": "目标已变",
}


def as_object(line: KpiLine, zone: ZoneInfo, language: Language) -> dict[str, Any]:
    """One line under the names that `cxstream report kpi --json` promises; numbers are in ``unit``."""
    kpi, targets = line.kpi, line.targets
    return {
        "start": local(line.period.start, zone).isoformat(),
        "segment": dict(line.segment),
        "kpi": kpi.entry.definition,
        "name": kpi.entry.names[language],
        "metric": kpi.metric.id,
        "definition": line.definition,
        "unit": kpi.unit,
        "n": line.score.n,
        "value": line.score.value,
        "ci_low": line.score.low,
        "ci_high": line.score.high,
        "floor": targets.floor,
        "floor_status": line.floor_status,
        "goal": targets.goal,
        "goal_status": line.goal_status,
        "targets_since": None if targets.since is None else local(targets.since, zone).isoformat(),
        "targets_changed": line.targets_changed,
        "final": line.final,
    }


def write_json(lines: Iterable[KpiLine], zone: ZoneInfo, language: Language, out: IO[str]) -> None:
    """A JSON list of objects."""
    encoding.write_json((as_object(line, zone, language) for line in lines), out)


def write_csv(lines: Iterable[KpiLine], asked: Asked, language: Language, out: IO[str]) -> None:
    """CSV with the same names, the dimensions behind the start."""
    objects = (as_object(line, asked.zone, language) for line in lines)
    encoding.write_csv(objects, out)


def write_table(lines: Iterable[KpiLine], asked: Asked, language: Language, out: IO[str]) -> None:
    """A table with each number in the unit people use."""
    say = saying(language, _CHINESE)
    left = [say(name) for name in ("start", *asked.by, "KPI")]
    right = [say(name) for name in ("n", "value", "95 % interval", "floor", "goal")]
    table = table_of(left, right, asked.zone.key)
    for line in lines:
        kpi, score = line.kpi, line.score
        moving = kpi.entry.change_from is not None
        low, high = (_shown(number, kpi.unit, moving) for number in (score.low, score.high))
        table.add_row(
            start_in_table(line.period.start, asked.zone),
            *(UNKNOWN if value is None else value for value in line.segment.values()),
            kpi.entry.names[language] + "".join(f" ({say(note)})" for note in _notes(line)),
            f"{score.n:,}",
            _shown(score.value, kpi.unit, moving),
            UNKNOWN if score.low is None else f"{low} – {high}",
            *(
                "" if status is None else f"{_shown(target, kpi.unit, moving)} {say(status)}"
                for target, status in _targets(line)
            ),
        )
    print_table(table, out)


def _notes(line: KpiLine) -> list[str]:
    """What to know before the verdict is believed."""
    provisional = not line.final and line.score.value is not None
    return ["provisional"] * provisional + ["target changed"] * line.targets_changed


def _targets(line: KpiLine) -> list[tuple[float | None, Status | None]]:
    return [(line.targets.floor, line.floor_status), (line.targets.goal, line.goal_status)]


def _shown(value: float | None, unit: Unit, moving: bool) -> str:
    return step(value, unit) if moving and value is not None else in_unit(value, unit)
