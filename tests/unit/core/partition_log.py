"""A partition and its log, written event by event in the words of the specification."""

import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any, NamedTuple

from schemas.dimensions import DIMENSIONS
from schemas.metrics import load_registry
from schemas.rejects import Reject
from schemas.rows import Row
from streams.core.checkpoint import Checkpoint
from streams.core.configuration import Configuration
from streams.core.processor import PartitionProcessor
from streams.core.records import Source

CONFIGURATION = Configuration(registry=load_registry(), dimensions=("channel", "team"))
LONG_AFTER = int(datetime(2100, 1, 1, tzinfo=UTC).timestamp() * 1000)


class Record(NamedTuple):
    offset: int
    timestamp: int
    value: bytes


class PartitionLog:
    """Appends events and shows what the partition makes of them."""

    def __init__(self, configuration: Configuration = CONFIGURATION) -> None:
        self.processor = PartitionProcessor(Source("cx.touchpoints", "topic-id", 3), configuration)
        self.offset = -1

    def add(
        self, kind: str, subject: str, time: str, /, event_id: str | None = None, source: str = "/desk", **data: Any
    ) -> list[Reject]:
        """Append ``cx.<kind>.v1`` at ``time``, such as ``2026-03-02T09:05:00Z``."""
        self.offset += 1
        document = {
            "specversion": "1.0",
            "id": event_id or f"event-{self.offset:06}",
            "source": source,
            "type": f"cx.{kind}.v1",
            "time": time,
            "subject": subject,
            "data": data,
        }
        return self.processor.apply([Record(self.offset, LONG_AFTER, json.dumps(document).encode())])

    def restart(self) -> None:
        """Go on as a worker that was restored from the checkpoint of now."""
        self.processor = self._restored()

    def rows(self) -> list[Row]:
        """Every row the partition holds: those of a copy restored from its checkpoint, which sends all of them."""
        return self._restored().take_rows()

    def _restored(self) -> PartitionProcessor:
        checkpoint = Checkpoint.decode(self.processor.checkpoint().encode())
        return PartitionProcessor.restore(self.processor.source, checkpoint)

    def contents(self, metric: str, *by: str) -> dict[tuple[str, ...], tuple[int, int, dict[int, int]]]:
        """(n, total, buckets) of a metric by the named dimensions, over all panes and parts; empty ones left out."""
        sums: dict[tuple[str, ...], tuple[int, int, Counter[int]]] = {}
        for row in self.rows():
            if row.metric == metric:
                key = tuple(row.segment[DIMENSIONS.index(name)] for name in by)
                n, total, buckets = sums.get(key, (0, 0, Counter()))
                buckets.update(row.buckets)
                sums[key] = n + row.n, total + row.total, buckets
        return {
            key: (n, total, {code: count for code, count in sorted(buckets.items()) if count})
            for key, (n, total, buckets) in sums.items()
            if any(buckets.values()) or n
        }

    def duration(self, metric: str) -> tuple[int, int]:
        """Number and sum in seconds of a duration metric."""
        n, total, _ = self.contents(metric).get((), (0, 0, {}))
        return n, total // 1000
