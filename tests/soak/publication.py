"""Publishes the traffic of a soak, and keeps where its probes are in the logs."""

from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from tests.faults.history import Published
from tests.faults.publication import Publication
from tests.soak.traffic import Traffic, probe_team


class Probe(NamedTuple):
    """One probe in its log."""

    team: str
    event_ms: int
    """Since when its question waits."""
    offset: int
    """Of the event that opened it."""
    sent: float
    """Its Kafka timestamp, seconds since the soak began."""


class ProbingPublication(Publication):
    """Publishes the traffic in its time."""

    def __init__(self, bootstrap: str, traffic: Traffic, began: float) -> None:
        """``began``: when the soak did, seconds since 1970."""
        super().__init__(bootstrap, traffic, traffic.seconds)
        self.confirmed = 0
        """Records that Kafka has acknowledged."""
        self.probes: list[Probe] = []
        self._began = began

    def acknowledged(self, record: Published, where: Any) -> None:
        super().acknowledged(record, where)
        self.confirmed += 1
        if record.partition is not None and record.value is not None:
            event = msgspec.json.decode(record.value)
            if event["type"] == "cx.case.opened.v1":
                event_ms = round(datetime.fromisoformat(event["time"]).timestamp() * 1_000)
                sent = where.timestamp / 1_000 - self._began
                self.probes.append(Probe(probe_team(where.topic, where.partition), event_ms, where.offset, sent))
