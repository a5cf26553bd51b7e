"""What Prometheus scrapes from a running replay."""

from collections.abc import Iterable, Mapping
from time import time
from typing import Final, Literal

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric as PrometheusFamily

from sinks.prometheus.names import Family

ReplayName = Literal[
    "cx_replay_records",
    "cx_replay_read_records",
    "cx_replay_start_timestamp_seconds",
]

_PLAN: Final = ("plan",)

REPLAY: Final[Mapping[ReplayName, Family]] = {
    "cx_replay_records": Family("Records of the plan that is run.", _PLAN),
    "cx_replay_read_records": Family("Of these, those that are read.", _PLAN),
    "cx_replay_start_timestamp_seconds": Family("Moment at which this run of the plan began.", _PLAN),
}


class ReplaySink:
    """One run of a plan; pass `registry` to a handler of prometheus_client."""

    def __init__(self, plan: str, records: int) -> None:
        self.registry = CollectorRegistry()
        self.read = 0
        """Records so far."""
        self._plan = plan
        self._records = records
        self._began = time()
        self.registry.register(self)

    def collect(self) -> Iterable[PrometheusFamily]:
        values: dict[ReplayName, float] = {
            "cx_replay_records": self._records,
            "cx_replay_read_records": self.read,
            "cx_replay_start_timestamp_seconds": self._began,
        }
        for name, value in values.items():
            family = GaugeMetricFamily(name, REPLAY[name].help, labels=REPLAY[name].labels)
            family.add_metric((self._plan,), value)
            yield family
