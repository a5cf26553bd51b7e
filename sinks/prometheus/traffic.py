"""Traffic counters of this process, from the partitions' counts."""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple, get_args

from prometheus_client.core import CounterMetricFamily

from schemas.rejects import Reason
from schemas.status import PartitionStatus, WorkerStatus
from sinks.prometheus.families import counter
from sinks.prometheus.names import CounterName


class _Key(NamedTuple):
    name: CounterName
    labels: tuple[str, ...]


class Traffic:
    """Adds up what each partition counted while this worker had it.

    A partition's own counts are functions of the log: after a crash they go back to the checkpoint. Exposed
    as they are, Prometheus would take that for a restart at 0 and show all events of the log as one burst.
    """

    def __init__(self) -> None:
        self._totals: Counter[_Key] = Counter()
        self._seen: dict[tuple[str, int], Counter[_Key]] = {}

    def add(self, status: WorkerStatus) -> None:
        """Count what is new since the last status; a partition counts from its first restored status on."""
        restored = {(p.topic_id, p.partition): p for p in status.partitions if p.restored}
        for key, partition in restored.items():
            counts = _counts(partition)
            before = self._seen.get(key)
            if before is None or any(counts[name] < before[name] for name in before):
                before = counts.copy()
                # Only a loss is counted from the worker's own start, so all of it is new.
                before[_Key("cx_events_expired_total", (partition.topic,))] = 0
            # `update` keeps zeros: a counter that appears with its first event has no increase for
            # Prometheus.
            self._totals.update({name: count - before[name] for name, count in counts.items()})
            self._seen[key] = counts
        self._seen = {key: counts for key, counts in self._seen.items() if key in restored}

    def families(self) -> Iterator[CounterMetricFamily]:
        """All traffic counters."""
        families: dict[CounterName, CounterMetricFamily] = {}
        for (name, labels), total in sorted(self._totals.items()):
            families.setdefault(name, counter(name)).add_metric(labels, total)
        yield from families.values()


def _counts(partition: PartitionStatus) -> Counter[_Key]:
    topic, counts = partition.topic, partition.counts
    counted: Counter[_Key] = Counter(
        {
            _Key("cx_events_accepted_total", (topic,)): counts.accepted,
            _Key("cx_events_duplicate_total", (topic,)): counts.duplicates,
            _Key("cx_events_late_total", (topic,)): counts.late,
            _Key("cx_events_expired_total", (topic,)): partition.lost_to_retention,
            _Key("cx_facts_folded_total", (topic,)): counts.folded,
            _Key("cx_subjects_displaced_total", (topic,)): counts.displaced,
            _Key("cx_events_erased_total", (topic,)): counts.erased,
        }
    )
    for reason in get_args(Reason):
        counted[_Key("cx_events_rejected_total", (topic, reason))] = counts.rejected.get(reason, 0)
    return counted
