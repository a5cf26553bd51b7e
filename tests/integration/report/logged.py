"""A log of events as the core reads it, into a database of a test."""

import json
from typing import Any

from schemas.metrics import load_registry
from streams.core.configuration import Configuration
from streams.core.processor import PartitionProcessor
from streams.core.records import Source
from tests.integration.report.stored_rows import Database
from tests.unit.core.partition_log import LONG_AFTER, Record

CONFIGURATION = Configuration(registry=load_registry(), dimensions=("channel", "team"))
PARTITIONS = 3


class Log:
    """Topic of `PARTITIONS` partitions; what is published for all of them is in each."""

    def __init__(self) -> None:
        self._partitions: list[list[Record]] = [[] for _ in range(PARTITIONS)]
        self._events = 0

    def reference(self, kind: str, subject: str, time: str, **data: Any) -> None:
        """An event of the reference family."""
        self._append(range(PARTITIONS), f"cx.reference.{kind}.v1", subject, time, data)

    def answers(self, time: str, scores: dict[int, int], **data: Any) -> None:
        """So many satisfaction answers with each score, over all partitions."""
        for score in (score for score, count in scores.items() for _ in range(count)):
            event = {"metric": "csat", "score": score, **data}
            self._append([self._events % PARTITIONS], "cx.survey.answered.v1", f"r{self._events}", time, event)

    def _append(self, partitions: Any, kind: str, subject: str, time: str, data: dict[str, Any]) -> None:
        self._events += 1
        event = {
            "specversion": "1.0",
            "id": str(self._events),
            "source": "/log",
            "type": kind,
            "time": time,
            "subject": subject,
            "data": data,
        }
        for partition in partitions:
            records = self._partitions[partition]
            records.append(Record(len(records), LONG_AFTER, json.dumps(event).encode()))

    def replay(self, database: Database) -> None:
        """The whole log, read from its start."""
        for partition, records in enumerate(self._partitions):
            processor = PartitionProcessor(Source("cx.touchpoints", "topic-id", partition), CONFIGURATION)
            assert processor.apply(records) == []
            database.store(*processor.take_rows())
