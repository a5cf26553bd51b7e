"""Bytewax: a folding tumbling window by event time per segment, into a sink of one's own.

As the documentation has it: `KafkaSource`, `op.key_on`, `fold_window` with an `EventClock` and a `TumblingWindower`, a
`DynamicSink` with batches. Tuned: batches of 1 000 from Kafka, orjson, values folded in the order they come
(``ordered=False``), one worker as everybody here has one process, and windows are collected into batches for the sink.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import bytewax.operators as op
import orjson
from bytewax.connectors.kafka import KafkaSource
from bytewax.dataflow import Dataflow
from bytewax.operators.windowing import EventClock, TumblingWindower, fold_window
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from bytewax.testing import run_main

from tests.bench.job import COLUMNS, LATENESS_SECONDS, PANE_SECONDS, Observation, Segment, observe
from tests.bench.peers.storing import Storage
from tests.bench.task import Task

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BATCH_WINDOWS = 5_000

Window = tuple[int, Segment, list[int]]


class ClickHousePartition(StatelessSinkPartition[Window]):  # type: ignore[misc]
    """Inserts windows in batches; closed at the end of the input."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._windows: list[Window] = []

    def write_batch(self, items: list[Window]) -> None:
        self._windows += items
        if len(self._windows) >= BATCH_WINDOWS:
            self.close()

    def close(self) -> None:
        self._storage.store(self._windows)
        self._windows = []


class ClickHouse(DynamicSink[Window]):  # type: ignore[misc]
    """One connection per worker."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def build(self, step_id: str, worker_index: int, worker_count: int) -> ClickHousePartition:
        return ClickHousePartition(self._storage)


def main() -> None:
    task = Task.from_argument()
    begun = False

    def observed(message: Any) -> Iterator[tuple[str, Observation]]:
        nonlocal begun
        if not begun:
            task.begin()
            begun = True
        observation = observe(orjson.loads(message.value))
        if observation is not None:
            yield "/".join(observation.segment), observation

    def window_of(item: tuple[str, tuple[int, list[int]]]) -> Window:
        segment, (number, counts) = item
        channel, region, team = segment.split("/")
        return number * PANE_SECONDS, (channel, region, team), counts

    flow = Dataflow("bench")
    source = KafkaSource([task.bootstrap], [task.topic], tail=False, batch_size=1_000)
    keyed = op.flat_map("observe", op.input("kafka", flow, source), observed)
    windows = fold_window(
        "minutes",
        keyed,
        EventClock(lambda each: each.time, wait_for_system_duration=timedelta(seconds=LATENESS_SECONDS)),
        TumblingWindower(length=timedelta(seconds=PANE_SECONDS), align_to=EPOCH),
        builder=lambda: [0] * len(COLUMNS),
        folder=_count,
        merger=lambda one, other: [a + b for a, b in zip(one, other, strict=True)],
        ordered=False,
    )
    op.output("clickhouse", op.map("window", windows.down, window_of), ClickHouse(Storage(task)))
    run_main(flow)
    task.end()


def _count(counts: list[int], observation: Observation) -> list[int]:
    counts[observation.column] += 1
    return counts


if __name__ == "__main__":
    main()
