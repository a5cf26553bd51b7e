"""The alerts that Alertmanager has now."""

from datetime import datetime
from typing import Final, Literal, NamedTuple

import msgspec

Severity = Literal["page", "ticket", "info"]

_ORDER: Final[dict[str, int]] = {"page": 0, "ticket": 1, "info": 2}

PATH: Final = "/api/v2/alerts?active=true&silenced=false"
"""Where Alertmanager tells them."""


class Alert(NamedTuple):
    """One that is up."""

    name: str
    severity: Severity
    summary: str
    since: float
    """Seconds since 1970."""
    inhibited: bool
    """Whether another one stands for it, so that nobody is told."""
    labels: dict[str, str]


class _Status(msgspec.Struct):
    state: str


class _Told(msgspec.Struct):
    labels: dict[str, str]
    annotations: dict[str, str]
    startsAt: datetime
    status: _Status


_read: Final = msgspec.json.Decoder(list[_Told]).decode


def read_alerts(answer: bytes) -> tuple[Alert, ...]:
    """From an answer of Alertmanager, the most urgent first, without the watchdog, which is always up."""
    alerts = [
        Alert(
            told.labels["alertname"],
            _severity(told.labels.get("severity")),
            told.annotations.get("summary", ""),
            told.startsAt.timestamp(),
            told.status.state == "suppressed",
            told.labels,
        )
        for told in _read(answer)
        if told.labels.get("kind") != "watchdog"
    ]
    return tuple(sorted(alerts, key=lambda each: (each.inhibited, _ORDER[each.severity], each.since, each.summary)))


def _severity(text: str | None) -> Severity:
    return "page" if text == "page" else "ticket" if text == "ticket" else "info"
