"""The metric registry: what is kept, how it is scored, which targets it has. The registry is data, `metrics.yaml`."""

from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final, Literal, TypeVar

import msgspec

from schemas.scales import SCALES

Kind = Literal["answers", "duration", "ratio", "count", "gap"]
Basis = Literal["activity", "cohort"]
Score = Literal["nps", "top_box", "mean"]

MEASURED: Final = "measured"
"""Registry entry of externally measured durations; ``measured.<name>`` is the metric of one measure."""

REQUIRED: Final = (
    "response_rate",
    "survey_cap_kept",
    "surveys_suppressed",
    "surveys_declined",
    "surveys_partial",
    "delivery_rate",
    "completion_rate",
    "completion_time",
    "first_response",
    "next_reply",
    "resolution",
    "requester_wait",
    "resolution_full",
    "first_response_attainment",
    "first_response_business",
    "next_reply_business",
    "resolution_business",
    "first_response_attainment_business",
    "unknown_calendars",
    "sla_first_response",
    "sla_next_reply",
    "sla_resolution",
    "unknown_sla_policies",
    "resolution_rate",
    "reopen_rate",
    "first_contact_resolution",
    "repeat_contact_rate",
    "escalation_rate",
    "complaint_contact",
    "complaint_validity",
    "ownership_kept",
    "resolution_confirmed",
    "complaint_transfers",
    "queue_wait",
    "service_level",
    "abandonment",
    "short_abandons",
    "promise_kept",
    "followup_rate",
    "followup_delay",
    "retention_rate",
    "customers_joined",
    "customers_left",
    "first_time_fix",
    MEASURED,
    "cases_opened",
    "cases_resolved",
    "cases_reopened",
    "orphans",
    "contradictions",
    "expectation_gap",
)
"""Metrics whose facts come from the event types themselves; survey metrics are free to add."""

Entry = TypeVar("Entry", bound=msgspec.Struct)

_UNIT_MS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


class RegistryError(ValueError):
    """A metric registry that cannot be used; the text says which entry and what to change."""


class Metric(msgspec.Struct, frozen=True, kw_only=True):
    """One registered metric; fields as explained at the top of `metrics.yaml`."""

    id: str
    kind: Kind
    basis: Basis
    version: int = 1
    better: Literal["higher", "lower"] | None = None
    scales: tuple[str, ...] = ()
    """Answers: allowed scales, the first is the default."""
    score: Score | None = None
    """Answers: what the metric's value is."""
    targets: tuple[str, ...] = ()
    """Durations: targets such as ``5m``; the first is the objective. Ratios: the duration that decides them, if any."""
    limit: int | None = None
    """Of survey_cap_kept: so many invitations within its target a customer may get."""
    minimum_n: int = 1

    @property
    def targets_ms(self) -> tuple[int, ...]:
        """The targets in ms, ascending."""
        return tuple(sorted(duration_ms(target) for target in self.targets))

    @property
    def objective_ms(self) -> int | None:
        """The first listed target in ms; None without targets."""
        return duration_ms(self.targets[0]) if self.targets else None

    def definition(self, scale: str | None = None) -> str:
        """Definition id of a row: ``<scale or kind>.v<version>``. Contents of two definitions are never merged."""
        return f"{scale or self.kind}.v{self.version}"

    def policy_definition(self, policy: str, since: int) -> str:
        """Definition id of what a version of an agreement promises, by the instant (ms since 1970 UTC) from which it
        holds: ``ratio.v1.gold.20260101T000000Z``."""
        second, ms = divmod(since, 1_000)
        instant = datetime.fromtimestamp(second, UTC).strftime("%Y%m%dT%H%M%S")
        return f"{self.definition()}.{policy}.{instant}{ms or ''}Z"

    def gap_definition(self, answers: "Metric", scale: str) -> str:
        """Definition id of the gaps of a survey metric's answers: ``gap.v1.csat.csat5.v1``. Those of two are no more
        comparable than their scores."""
        return f"{self.definition()}.{answers.id}.{answers.definition(scale)}"


class Registry(msgspec.Struct, frozen=True):
    """All metrics by id."""

    metrics: dict[str, Metric]

    def required(self, metric_id: str) -> Metric:
        """One of the metrics of `REQUIRED`; the shipped one where this registry is from before the metric was added,
        as that of an older checkpoint is."""
        return self.metrics.get(metric_id) or _shipped().metrics[metric_id]

    def measured(self, name: str) -> Metric:
        """The metric of the measure ``name``: its own entry, or the general one under the measure's id."""
        metric_id = f"{MEASURED}.{name}"
        own = self.metrics.get(metric_id)
        return own or msgspec.structs.replace(self.metrics[MEASURED], id=metric_id)

    def find(self, metric_id: str) -> Metric | None:
        """The metric with this id, measured durations included; None when there is none."""
        if metric_id.startswith(MEASURED + "."):
            return self.measured(metric_id.removeprefix(MEASURED + "."))
        return self.metrics.get(metric_id)


def duration_ms(text: str) -> int:
    """Milliseconds of a duration such as ``30s``, ``5m``, ``24h`` or ``7d``. Raises RegistryError on anything else."""
    number, unit = text[:-1], text[-1:]
    if unit not in _UNIT_MS or not number.isdecimal() or int(number) == 0:
        raise RegistryError(f"{text!r} is no duration: write a whole number and s, m, h or d, such as 5m")
    return int(number) * _UNIT_MS[unit]


def load_registry(path: Path | None = None) -> Registry:
    """The registry shipped with the package, overlaid by the file at ``path`` entry by entry.

    Raises:
        RegistryError: the file is no mapping of metrics, or an entry is incomplete or contradicts itself.
    """
    entries = entries_of(files("schemas").joinpath("metrics.yaml").read_bytes(), "the shipped registry", "metric")
    if path is not None:
        entries |= entries_of(path.read_bytes(), str(path), "metric")
    metrics = {name: _metric(name, fields) for name, fields in entries.items()}
    return Registry(metrics)


@cache
def _shipped() -> Registry:
    return load_registry()


def entries_of(text: bytes, origin: str, what: str) -> dict[str, dict[str, object]]:
    """The fields of each entry of a registry file by id; ``what`` its entries are called.

    Raises RegistryError, which names the ``origin``, when it is no mapping of them.
    """
    try:
        return msgspec.yaml.decode(text, type=dict[str, dict[str, object]])
    except msgspec.DecodeError as error:
        raise RegistryError(f"{origin}: not a YAML mapping of {what} id to fields: {error}") from error


def entry_of(kind: type[Entry], what: str, name: str, fields: dict[str, object]) -> Entry:
    """The entry of that name. Raises RegistryError when its fields are not those of ``kind``, which has an ``id``."""
    unknown = fields.keys() - set(kind.__struct_fields__)
    if unknown:
        raise RegistryError(f"{what} {name}: unknown field {', '.join(sorted(unknown))}")
    try:
        return msgspec.convert({"id": name, **fields}, kind)
    except msgspec.ValidationError as error:
        raise RegistryError(f"{what} {name}: {error}") from error


def _metric(name: str, fields: dict[str, object]) -> Metric:
    metric = entry_of(Metric, "metric", name, fields)
    for scale in metric.scales:
        if scale not in SCALES:
            raise RegistryError(f"metric {name}: unknown scale {scale}; known: {', '.join(SCALES)}")
    if (metric.kind == "answers") != bool(metric.scales and metric.score):
        raise RegistryError(f"metric {name}: a metric of kind answers needs scales and a score, others have neither")
    if metric.kind == "duration" and not metric.targets:
        raise RegistryError(f"metric {name}: a metric of kind duration needs targets")
    if metric.kind in ("answers", "count", "gap") and metric.targets:
        raise RegistryError(f"metric {name}: a metric of kind {metric.kind} has no targets")
    if name == "complaint_contact" and len(metric.targets) != 3:
        raise RegistryError(f"metric {name}: it needs three targets: of general, important and crisis complaints")
    if (name == "survey_cap_kept") != (metric.limit is not None and metric.limit > 0 and bool(metric.targets)):
        raise RegistryError(f"metric {name}: survey_cap_kept, and no other metric, has a limit above 0, and a target")
    metric.targets_ms  # noqa: B018  raises RegistryError on a malformed target
    return metric
