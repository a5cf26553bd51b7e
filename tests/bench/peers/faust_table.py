"""Stock Faust with its own windows: a tumbling table keyed by segment, its changelog topic included.

As the documentation has it: a `Record`, ``app.Table(...).tumbling(...).relative_to_field(...)``, one update per event,
which also goes to the changelog. Tuned as `faust_dict`. Two departures, both in Faust's favour: rows are stored when a
window has changed, because ``on_window_close`` runs for one partition only and by the wall clock, which would close
windows of the past while they fill; for the same reason windows expire after ten years, so that none is lost.
"""

from datetime import timedelta
from typing import Any

import faust

from tests.bench.job import COLUMNS, PANE_SECONDS, Segment, observe
from tests.bench.peers.storing import Storage
from tests.bench.task import Task

STORE_SECONDS = 2.0
"""As cxstream's ``CX_FLUSH_SECONDS``."""


class Event(faust.Record, serializer="json"):  # type: ignore[call-arg,misc]
    """What the job needs of an event."""

    type: str
    time: str
    data: dict[str, Any]


task = Task.from_argument()
storage = Storage(task)
app = faust.App(
    f"bench-{task.database}",
    broker=f"kafka://{task.bootstrap}",
    store="memory://",
    datadir=task.directory,
    stream_buffer_maxsize=task.records,
    topic_partitions=task.partitions,
    topic_replication_factor=1,
    web_enabled=False,
)
events = app.topic(task.topic, value_type=Event)
cells = (
    app.Table("cells", default=lambda: [0] * len(COLUMNS), key_type=str, value_type=list)
    .tumbling(timedelta(seconds=PANE_SECONDS), expires=timedelta(days=3_650))
    .relative_to_field(Event.time)
)
changed: dict[tuple[int, Segment], list[int]] = {}


@app.agent(events)  # type: ignore[untyped-decorator]
async def count(stream: Any) -> None:
    """Counts every event and stores the rest after the last one."""
    seen = 0
    async for event in stream:
        if not seen:
            task.begin()
        seen += 1
        observation = observe({"type": event.type, "time": event.time, "data": event.data})
        if observation is not None:
            key = "/".join(observation.segment)
            counts = list(cells[key].value())
            counts[observation.column] += 1
            cells[key] = counts
            changed[observation.pane, observation.segment] = counts
        if seen == task.records:
            store()
            task.end()


@app.timer(STORE_SECONDS)  # type: ignore[untyped-decorator]
async def store_changed() -> None:
    """In between, so that rows are fresh."""
    store()


def store() -> None:
    storage.store((pane, segment, counts) for (pane, segment), counts in changed.items())
    changed.clear()


if __name__ == "__main__":
    faust.Worker(app, loglevel="warning").execute_from_commandline()
