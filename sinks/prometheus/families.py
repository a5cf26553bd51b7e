"""Empty Prometheus families of the declared metrics."""

from prometheus_client.core import CounterMetricFamily, GaugeHistogramMetricFamily, GaugeMetricFamily

from sinks.prometheus.names import COUNTERS, GAUGES, CounterName, GaugeName


def counter(name: CounterName) -> CounterMetricFamily:
    """A counter family; it has no ``_created`` series, which would double it."""
    return CounterMetricFamily(name, COUNTERS[name].help, labels=COUNTERS[name].labels)


def gauge(name: GaugeName, dimensions: tuple[str, ...] = ()) -> GaugeMetricFamily:
    """A gauge family, with `dimensions` as further labels."""
    return GaugeMetricFamily(name, GAUGES[name].help, labels=(*GAUGES[name].labels, *dimensions))


def gauge_histogram(name: GaugeName, dimensions: tuple[str, ...]) -> GaugeHistogramMetricFamily:
    """A histogram that may shrink, as a window does; its parts are called _bucket, _gcount and _gsum."""
    return GaugeHistogramMetricFamily(name, GAUGES[name].help, labels=(*GAUGES[name].labels, *dimensions))
