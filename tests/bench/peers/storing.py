"""How every program stores its result: inserts of absolute rows through clickhouse-connect."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import clickhouse_connect

from tests.bench.job import COLUMNS, Segment
from tests.bench.task import Task

NAMES = ("pane", "channel", "region", "team", *COLUMNS, "version")


class Storage:
    """The table ``cells`` of the task's database; of equal pane and segment the highest version is true."""

    def __init__(self, task: Task) -> None:
        self._client = clickhouse_connect.get_client(dsn=task.clickhouse, autogenerate_session_id=False)
        self._database = task.database
        self._version = 0

    def store(self, cells: Iterable[tuple[int, Segment, Sequence[int]]]) -> None:
        """Inserts panes (s since 1970), segments and counts; later calls replace earlier ones."""
        self._version += 1
        rows: list[list[Any]] = [
            [datetime.fromtimestamp(pane, UTC), *segment, *counts, self._version] for pane, segment, counts in cells
        ]
        if rows:
            self._client.insert("cells", rows, column_names=NAMES, database=self._database)
