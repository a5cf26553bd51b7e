"""What Prometheus scrapes from a worker: live windows, open cases, partitions, traffic."""

from sinks.prometheus.names import CounterName, GaugeName, MetricName
from sinks.prometheus.sink import PrometheusSink

__all__ = ["CounterName", "GaugeName", "MetricName", "PrometheusSink"]
