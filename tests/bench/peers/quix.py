"""Quix Streams: a tumbling window per message key, closed by its partition, into a batching sink.

As the documentation has it: `Application`, ``sdf.tumbling_window(...).agg(...).final()``, a `BatchingSink` of one's own
(there is none for ClickHouse). Tuned: the records are keyed by segment already, so nothing is repartitioned; one
aggregator keeps all counts of a window instead of one per column; windows close by partition, which needs less state
than by key; its JSON deserializer uses orjson; at-least-once and commits every 5 s, as by default.
"""

from datetime import timedelta
from typing import Any

from quixstreams import Application
from quixstreams.dataframe.windows.aggregations import Aggregator
from quixstreams.sinks import BatchingSink, SinkBatch

from tests.bench.job import COLUMNS, LATENESS_SECONDS, PANE_SECONDS, Segment, observe
from tests.bench.peers.storing import Storage
from tests.bench.task import Task

UNCOUNTED: tuple[Segment, int] = (("", "", ""), 0)
"""The closing event of a partition: it has to move the time on, and its own window stays open to the end."""


class Counts(Aggregator):  # type: ignore[misc]
    """Segment and counts of a window."""

    def initialize(self) -> list[Any]:
        return [None, [0] * len(COLUMNS)]

    def agg(self, old: list[Any], new: Any, timestamp: int) -> list[Any]:
        segment, column = new
        old[0] = segment
        old[1][column] += 1
        return old

    def result(self, value: list[Any]) -> list[Any]:
        return value


class ClickHouse(BatchingSink):  # type: ignore[misc]
    """Inserts the closed windows of a checkpoint; flushed with every commit."""

    def __init__(self, storage: Storage) -> None:
        super().__init__()
        self._storage = storage

    def write(self, batch: SinkBatch) -> None:
        windows = (item.value for item in batch)
        self._storage.store(
            (window["start"] // 1000, tuple(segment), counts)
            for window in windows
            for segment, counts in [window["counts"]]
        )


def main() -> None:
    task = Task.from_argument()
    app = Application(
        broker_address=task.bootstrap,
        consumer_group=f"bench-{task.database}",
        auto_offset_reset="earliest",
        state_dir=f"{task.directory}/state",
        loglevel="WARNING",
    )
    events = app.topic(task.topic, value_deserializer="json", timestamp_extractor=event_time)
    seen = 0

    def observed(event: dict[str, Any]) -> tuple[Segment, int]:
        nonlocal seen
        if not seen:
            task.begin()
        seen += 1
        if seen == task.records:
            app.stop()  # after this record; on the way out it commits, which flushes the sink
        observation = observe(event)
        return (observation.segment, observation.column) if observation else UNCOUNTED

    windows = (
        app.dataframe(events)
        .apply(observed)
        .tumbling_window(timedelta(seconds=PANE_SECONDS), grace_ms=timedelta(seconds=LATENESS_SECONDS))
        .agg(counts=Counts())
    )
    windows.final(closing_strategy="partition").sink(ClickHouse(Storage(task)))
    app.run()
    task.end()


def event_time(value: Any, headers: Any, timestamp: float, timestamp_type: Any) -> int:
    """Event time instead of Kafka's, ms."""
    observation = observe(value)
    return int(observation.time.timestamp() * 1000) if observation else int(timestamp)


if __name__ == "__main__":
    main()
