"""Looks at a running soak from outside, a few times a second: workers, stored rows, live gauges."""

import os
import re
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

from clickhouse_connect.driver.exceptions import ClickHouseError

from schemas.status import WorkerStatus
from tests.integration.worker.deployment import RunningWorker
from tests.soak.estimators import Look

LOOK_SECONDS: Final = 0.5
"""Between two looks of one kind, and hence how exactly a pause or the age of a number is known."""

_OLDEST_WAIT: Final = re.compile(rb'^cx_oldest_wait_seconds\{.*?team="(probe-[^"]+)"[^}]*\} (\S+)$', re.MULTILINE)
_AS_OF: Final = re.compile(rb'^cx_window_end_timestamp_seconds\{window="5m"\} (\S+)$', re.MULTILINE)


class Sight(NamedTuple):
    """One worker at one moment."""

    look: Look
    worker: int
    pid: int
    memory: int
    """Resident bytes."""
    status: WorkerStatus | None
    """None while it does not answer."""


class Sighting(NamedTuple):
    """How far numbers had come at one moment, by the team of a probe: offsets of rows, event times (ms) of gauges."""

    at: float
    reached: Mapping[str, int]


class Monitor(threading.Thread):
    """Looks every `LOOK_SECONDS` until it is stopped."""

    def __init__(self, name: str, look: Callable[[], None]) -> None:
        super().__init__(name=name, daemon=True)
        self.failure: Exception | None = None
        """Why it sees nothing any more: a soak without its monitors has shown nothing."""
        self._look = look
        self._stop_it = threading.Event()

    def run(self) -> None:
        while not self._stop_it.wait(LOOK_SECONDS):
            try:
                self._look()
            except Exception as error:
                self.failure = error
                return

    def end(self) -> None:
        self._stop_it.set()
        self.join()


class Watch:
    """What was seen of the workers, the rows and the gauges, in the order of time."""

    def __init__(self, workers: list[RunningWorker], clickhouse: Any, database: str, began: float) -> None:
        """``clickhouse``: a client that no fault comes between. ``began``: seconds since 1970."""
        self.sights: list[Sight] = []
        self.rows: list[Sighting] = []
        self.gauges: list[Sighting] = []
        self._clickhouse = clickhouse
        self._cells = f"{database}.cells"
        self._began = began
        # One thread each: a worker that does not answer must not delay the look at another.
        self.monitors = [Monitor("rows", self._look_at_rows)]
        for number, worker in enumerate(workers, start=1):
            self.monitors += [
                Monitor(f"status of worker {number}", partial(self._look_at_worker, number, worker)),
                Monitor(f"gauges of worker {number}", partial(self._look_at_gauges, worker)),
            ]

    def start(self) -> None:
        for monitor in self.monitors:
            monitor.start()

    def end(self) -> None:
        for monitor in self.monitors:
            monitor.end()

    def now(self) -> float:
        """Seconds since the soak began."""
        return time.time() - self._began

    def _look_at_worker(self, number: int, worker: RunningWorker) -> None:
        pid, asked = worker.process.pid, self.now()
        memory = resident_bytes(pid)
        status = worker.status()
        if pid is not None and memory is not None and pid == worker.process.pid:
            self.sights.append(Sight(Look(asked, self.now(), status is not None), number, pid, memory, status))

    def _look_at_gauges(self, worker: RunningWorker) -> None:
        answer = worker.get("/metrics")
        if answer is not None and (as_of := _AS_OF.search(answer.data)):
            waits = _OLDEST_WAIT.findall(answer.data)
            reached = {team.decode(): round((float(as_of[1]) - float(wait)) * 1_000) for team, wait in waits}
            self.gauges.append(Sighting(self.now(), reached))

    def _look_at_rows(self) -> None:
        try:
            found = self._clickhouse.query(
                f"SELECT team, max(version) FROM {self._cells} "
                "WHERE metric = 'cases_opened' AND startsWith(team, 'probe-') GROUP BY team"
            )
        except (ClickHouseError, OSError):
            return  # it is away, which is what a fault is about
        self.rows.append(Sighting(self.now(), dict(found.result_rows)))


def resident_bytes(pid: int | None) -> int | None:
    """Memory that a process really has; None when it has ended."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (FileNotFoundError, ProcessLookupError):
        return None
