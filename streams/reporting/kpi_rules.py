"""The targets of KPIs as Prometheus rules: constants that alerts and panels set beside the live scores."""

from collections.abc import Iterable, Iterator

from schemas.kpis import Kpi

_HEAD = """\
# Written by `cxstream kpis --rules`: the KPIs that have an alarm. `wanted` is what the alarm is about, the floor, or
# the goal where there is no floor; fewer than `minimum_n` facts are no evidence. kpis.yml reads both.

groups:
  - name: cx_kpi_targets
    rules:
"""


def rules(kpis: Iterable[Kpi]) -> str:
    """A rule file. Two alarms on one metric and window would meet in every alert: raises ValueError, naming both."""
    seen: dict[tuple[str, str | None], str] = {}
    lines: list[str] = []
    for kpi in kpis:
        if kpi.entry.alarm is None:
            continue
        place = kpi.metric.id, kpi.entry.window
        if place in seen:
            raise ValueError(f"KPIs {seen[place]} and {kpi.entry.id} both have an alarm on {place[0]} over {place[1]}")
        seen[place] = kpi.entry.id
        lines += _rules(kpi)
    return _HEAD + "\n".join(lines) + "\n"


def _rules(kpi: Kpi) -> Iterator[str]:
    entry = kpi.entry
    wanted = kpi.goal if kpi.floor is None else kpi.floor
    labels = (
        f"{{kpi: {entry.definition}, metric: {kpi.metric.id}, window: {entry.window}, better: {entry.better}, "
        f"alarm: {entry.alarm}}}"
    )
    for name, value in (("wanted", wanted), ("minimum_n", kpi.minimum_n)):
        yield f"      - record: kpi:cx_target:{name}"
        yield f"        expr: vector({value})"
        yield f"        labels: {labels}"
