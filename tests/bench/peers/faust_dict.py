"""Stock Faust, the way most teams keep counts that are not a table: an agent, a dict, and a timer that stores it.

As the documentation has it: a topic of JSON values, one agent, ``async for event in stream``, `app.timer`. Tuned:
orjson is installed, which Faust's JSON codec takes; values are plain dicts, since a `Record` costs another 20 us; no
web server; and a stream buffer that holds the whole slice, because at the default of 4 096 Faust sleeps for a second
whenever it is full. The dict is lost with the process, so a crash or a rebalance loses or repeats events.
"""

from typing import Any

import faust

from tests.bench.job import COLUMNS, Segment, observe
from tests.bench.peers.storing import Storage
from tests.bench.task import Task

STORE_SECONDS = 2.0
"""As cxstream's ``CX_FLUSH_SECONDS``."""

task = Task.from_argument()
storage = Storage(task)
app = faust.App(
    f"bench-{task.database}",
    broker=f"kafka://{task.bootstrap}",
    store="memory://",
    datadir=task.directory,
    stream_buffer_maxsize=task.records,
    topic_allow_declare=False,
    topic_disable_leader=True,
    web_enabled=False,
)
events = app.topic(task.topic, value_serializer="json")

cells: dict[tuple[int, Segment], list[int]] = {}
changed: set[tuple[int, Segment]] = set()


@app.agent(events)  # type: ignore[untyped-decorator]
async def count(stream: Any) -> None:
    """Counts every event and stores the rest after the last one."""
    seen = 0
    async for event in stream:
        if not seen:
            task.begin()
        seen += 1
        observation = observe(event)
        if observation is not None:
            key = observation.pane, observation.segment
            cells.setdefault(key, [0] * len(COLUMNS))[observation.column] += 1
            changed.add(key)
        if seen == task.records:
            store()
            task.end()


@app.timer(STORE_SECONDS)  # type: ignore[untyped-decorator]
async def store_changed() -> None:
    """In between, so that rows are fresh."""
    store()


def store() -> None:
    storage.store((pane, segment, cells[pane, segment]) for pane, segment in changed)
    changed.clear()


if __name__ == "__main__":
    faust.Worker(app, loglevel="warning").execute_from_commandline()
