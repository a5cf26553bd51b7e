"""The targets of KPIs over time, as JSON or a table for people."""

from collections.abc import Iterable
from typing import IO, Any
from zoneinfo import ZoneInfo

from schemas.kpis import Kpi
from streams.reporting.encoding import local, print_table, start_in_table, table_of
from streams.reporting.targets import TargetHistory, Targets
from streams.reporting.units import in_unit, step


def listed(kpi: Kpi, targets: Targets, zone: ZoneInfo) -> dict[str, Any]:
    """One step of a KPI's targets under the names that `cxstream targets list --json` promises."""
    return {
        "kpi": kpi.entry.id,
        "unit": kpi.unit,
        "since": None if targets.since is None else local(targets.since, zone).isoformat(),
        "floor": targets.floor,
        "goal": targets.goal,
    }


def write_list(kpis: Iterable[Kpi], history: TargetHistory, zone: ZoneInfo, out: IO[str]) -> None:
    """A line for each step."""
    table = table_of(("KPI", "since"), ("floor", "goal"), zone.key)
    for kpi in kpis:
        for each in history.of(kpi):
            since = "file" if each.since is None else start_in_table(each.since, zone)
            table.add_row(kpi.entry.id, since, *(_shown(number, kpi) for number in (each.floor, each.goal)))
    print_table(table, out)


def _shown(target: float | None, kpi: Kpi) -> str:
    if target is None:
        return ""
    return step(target, kpi.unit) if kpi.entry.change_from else in_unit(target, kpi.unit)
