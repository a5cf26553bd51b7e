"""Facts, and their sums per month and dimensions, as the report must show them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

Kind = Literal["answers", "duration", "ratio", "count"]

KINDS: Mapping[str, Kind] = {
    "csat": "answers",
    "rating": "answers",
    "response_rate": "ratio",
    "first_response_attainment": "ratio",
    "measured.approval": "duration",
    "measured.delivery": "duration",
    "measured.shipment": "duration",
    "first_response": "duration",
    "next_reply": "duration",
    "resolution": "duration",
    "requester_wait": "duration",
    "cases_opened": "count",
    "cases_resolved": "count",
    "cases_reopened": "count",
    "contradictions": "count",
    "orphans": "count",
}


class Fact(NamedTuple):
    """One observation of one metric: a scale code, milliseconds, 0 or 1, or just its happening (value 0)."""

    metric: str
    time: datetime
    dimensions: Mapping[str, str]
    value: int = 0


Expected = dict[str, dict[tuple[str, ...], dict[str, Any]]]
"""metric -> (month, dimension values...) -> n; answers: sum, hist; durations: sum, values (sorted); ratios: sum."""


def expected(facts: Iterable[Fact], by: Sequence[str] = (), zone: str = "UTC") -> Expected:
    """Sum facts per month (``2017-09``, in ``zone``) and dimension ``by``; "" where a fact has no such dimension."""
    groups: dict[str, dict[tuple[str, ...], list[int]]] = {}
    for fact in facts:
        month = fact.time.astimezone(ZoneInfo(zone)).strftime("%Y-%m")
        key = (month, *(fact.dimensions.get(dimension, "") for dimension in by))
        groups.setdefault(fact.metric, {}).setdefault(key, []).append(fact.value)
    return {
        metric: {key: _content(KINDS[metric], values) for key, values in sorted(cells.items())}
        for metric, cells in groups.items()
    }


def quantile(values: Sequence[int], percent: int) -> int:
    """The value at rank ceil(percent / 100 * n) of sorted values: an observed value, never between two."""
    return values[max(-(-percent * len(values) // 100), 1) - 1]


def instant(text: str, zone: str) -> datetime:
    """UTC instant of an ISO 8601 text; local time of ``zone`` where it has no offset."""
    time = datetime.fromisoformat(text)
    return (time if time.tzinfo else time.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)


def milliseconds(start: datetime, end: datetime) -> int:
    """Whole milliseconds from start to end; negative where end is before start."""
    span = end - start
    return (span.days * 86_400_000_000 + span.seconds * 1_000_000 + span.microseconds) // 1_000


def _content(kind: Kind, values: list[int]) -> dict[str, Any]:
    n = len(values)
    match kind:
        case "answers":
            return {"n": n, "sum": sum(values), "hist": dict(sorted(Counter(values).items()))}
        case "duration":
            return {"n": n, "sum": sum(values), "values": sorted(values)}
        case "ratio":
            return {"n": n, "sum": sum(values)}
        case "count":
            return {"n": n}
