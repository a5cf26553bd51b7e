"""The KPI registry: which statistic of which metric is judged against which targets. It is data, `kpis.yaml`."""

from importlib.resources import files
from pathlib import Path
from typing import Final, Literal

import msgspec

from schemas.dimensions import DIMENSIONS
from schemas.languages import LANGUAGES, Language
from schemas.live import Window
from schemas.metrics import Kind, Metric, Registry, RegistryError, duration_ms, entries_of, entry_of
from schemas.overlays import overlaid
from schemas.scales import SCALES

Statistic = Literal["value", "mean", "top_box", "top_code", "bottom_box", "part", "number"]
Step = Literal["previous", "same-weekday", "year"]
"""An earlier time to compare with: the period before, the same days a week before, the same dates a year before."""
Unit = Literal["ms", "share", "points", "code", "count"]
"""What a number is: milliseconds, a share of 1, NPS points, a scale code, a plain count."""

Target = float | str
"""A number in the KPI's unit, or a duration such as ``5m``."""

_SCORE_UNITS: Final[dict[str, Unit]] = {"nps": "points", "mean": "code"}


class KpiEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One KPI as it is registered; fields as explained at the top of `kpis.yaml`."""

    id: str
    metric: str
    better: Literal["higher", "lower"]
    names: dict[Language, str]
    source: str
    statistic: Statistic = "value"
    base: int | None = None
    scale: str | None = None
    where: dict[str, tuple[str, ...]] = {}
    change_from: Step | None = None
    floor: Target | None = None
    goal: Target | None = None
    minimum_n: int | None = None
    horizon: str | None = None
    industry: str | None = None
    alarm: Literal["page", "ticket"] | None = None
    window: Window | None = None
    version: int = 1

    @property
    def definition(self) -> str:
        """Id of what is judged how: ``<id>.v<version>``."""
        return f"{self.id}.v{self.version}"

    @property
    def horizon_ms(self) -> int:
        """For how long after its end a period is provisional, ms."""
        return duration_ms(self.horizon) if self.horizon else 0


class Kpi(msgspec.Struct, frozen=True):
    """An entry with the metric it is read from."""

    entry: KpiEntry
    metric: Metric

    @property
    def unit(self) -> Unit:
        """What value and targets are numbers of."""
        return _unit(self.entry, self.metric)

    @property
    def is_sample(self) -> bool:
        """Whether chance has a part in the value."""
        return self.unit != "count" and self.entry.statistic != "number"

    @property
    def minimum_n(self) -> int:
        """Fewer facts are no evidence; a number of facts is what it is, were there none."""
        least = 0 if self.entry.statistic == "number" else self.metric.minimum_n
        return least if self.entry.minimum_n is None else self.entry.minimum_n

    @property
    def floor(self) -> float | None:
        """The least that is acceptable, in `unit`."""
        return _number(self.entry.floor)

    @property
    def goal(self) -> float | None:
        """What is aimed at, in `unit`."""
        return _number(self.entry.goal)


def _unit(entry: KpiEntry, metric: Metric) -> Unit:
    if entry.statistic == "number":
        return "count" if entry.base is None else "share"
    return unit_of(metric, entry.statistic)


def unit_of(metric: Metric, statistic: Statistic = "value") -> Unit:
    """What the statistic of a metric is a number of."""
    if statistic == "part":
        return "share"
    if metric.kind == "answers":
        score = metric.score if statistic == "value" else statistic
        return _SCORE_UNITS.get(str(score), "share")
    units: dict[Kind, Unit] = {"duration": "ms", "ratio": "share", "gap": "code"}
    return units.get(metric.kind, "count")


def load_kpis(registry: Registry, path: Path | None = None) -> dict[str, Kpi]:
    """The KPIs shipped with the package, overlaid by the file at ``path`` entry by entry, over the metrics of
    ``registry``. Entries are whole: a field that is not named has its default, not what was shipped.

    Raises:
        RegistryError: an entry is incomplete, contradicts itself or its metric, or changes a shipped definition under
            its old version; the text says which and what to change.
    """
    entries = _entries(files("schemas").joinpath("kpis.yaml").read_bytes(), "the shipped KPIs")
    if path is not None:
        entries = overlaid(entries, _entries(path.read_bytes(), str(path)), "KPI")
    return {name: _kpi(entry, registry) for name, entry in entries.items()}


def _entries(text: bytes, origin: str) -> dict[str, KpiEntry]:
    entries = entries_of(text, origin, "KPI")
    return {name: entry_of(KpiEntry, "KPI", name, fields) for name, fields in entries.items()}


def _kpi(entry: KpiEntry, registry: Registry) -> Kpi:
    metric = registry.find(entry.metric)
    if metric is None:
        raise RegistryError(f"KPI {entry.id}: there is no metric {entry.metric}")
    for complaint in _complaints(entry, metric):
        raise RegistryError(f"KPI {entry.id}: {complaint}")
    return Kpi(entry, metric)


def _complaints(entry: KpiEntry, metric: Metric) -> list[str]:
    """What contradicts itself, worst first."""
    found = []
    if entry.statistic == "part":
        if metric.kind != "count" or not entry.where:
            found.append("part is the share of a count that `where` names: it needs both")
    elif entry.statistic not in ("value", "number") and metric.kind != "answers":
        found.append(f"{entry.statistic} is a statistic of answers, and {metric.id} has none")
    if entry.base is not None and (entry.statistic != "number" or entry.base < 1):
        found.append("base is how many there are to be reached, 1 or more: it goes with statistic number")
    if entry.scale is not None and entry.scale not in metric.scales:
        found.append(f"{metric.id} has no answers on {entry.scale}; it has {', '.join(metric.scales)}")
    found += [
        f"unknown dimension {name}; known are {', '.join(DIMENSIONS)}" for name in entry.where.keys() - set(DIMENSIONS)
    ]
    found += [f"it has no name in {language}" for language in LANGUAGES if language not in entry.names]
    if entry.change_from is not None and (metric.kind == "count" or entry.statistic != "value"):
        found.append("change_from is for the metric's own value, and not for a count, which is no sample")
    if (entry.alarm is None) != (entry.window is None):
        found.append("alarm and window need each other")
    if entry.alarm is not None and not _can_alarm(entry, metric):
        found.append("an alarm is for a share of all that has a target: of a ratio, or of satisfied answers")
    duration_ms(entry.horizon or "1s")  # raises RegistryError on a malformed one
    if not found:
        found += _wrong_targets(entry, _unit(entry, metric), metric)
    return found


def _can_alarm(entry: KpiEntry, metric: Metric) -> bool:
    """Whether live windows have the interval of what is judged: they have that of shares, of all segments together."""
    is_share = metric.kind == "ratio" or metric.score == "top_box"
    is_of_all = not entry.where and entry.scale is None and entry.change_from is None and entry.industry is None
    return is_share and is_of_all and entry.statistic == "value" and (entry.floor is not None or entry.goal is not None)


def _wrong_targets(entry: KpiEntry, unit: Unit, metric: Metric) -> list[str]:
    floor, goal = _number(entry.floor), _number(entry.goal)
    found = [
        f"a target of {unit} is a {'duration such as 5m' if unit == 'ms' else 'number'}, not {target!r}"
        for target in (entry.floor, entry.goal)
        if target is not None and isinstance(target, str) != (unit == "ms")
    ]
    reach = _reach(unit, entry.scale or (metric.scales[0] if metric.scales else None))
    if reach and entry.change_from is None:
        found += [
            f"{target} is out of reach: it lies between {reach[0]} and {reach[1]}"
            for target in (floor, goal)
            if target is not None and not reach[0] <= target <= reach[1]
        ]
    if floor is not None and goal is not None and (floor > goal if entry.better == "higher" else floor < goal):
        found.append(f"the floor {entry.floor} is beyond the goal {entry.goal}")
    return found


def _reach(unit: Unit, scale: str | None) -> tuple[float, float] | None:
    if unit == "code" and scale is not None:
        return SCALES[scale].low, SCALES[scale].high
    return {"share": (0.0, 1.0), "points": (-100.0, 100.0)}.get(unit)


def _number(target: Target | None) -> float | None:
    return duration_ms(target) if isinstance(target, str) else target
