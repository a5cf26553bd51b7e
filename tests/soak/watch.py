"""Looks at a running soak from outside, twice a second: workers, logs, stored rows, live gauges."""

import os
import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

from clickhouse_connect.driver.exceptions import ClickHouseError

from schemas.status import WorkerStatus
from tests.integration.worker.deployment import RunningWorker
from tests.soak.estimators import Look, Reach

LOOK_SECONDS: Final = 0.5
"""Between two looks of one kind, and hence how exactly a pause or the age of a number is known."""

_OLDEST_WAIT: Final = re.compile(rb'^cx_oldest_wait_seconds\{.*?team="(probe-[^"]+)"[^}]*\} (\S+)$', re.MULTILINE)
_AS_OF: Final = re.compile(rb'^cx_window_end_timestamp_seconds\{window="5m"\} (\S+)$', re.MULTILINE)

Partition = tuple[str, int]


class Sight(NamedTuple):
    """One worker at one moment."""

    look: Look
    pid: int
    memory: int
    """Resident bytes."""
    status: WorkerStatus | None
    """None while it does not answer."""


class Sighting(NamedTuple):
    """How far numbers had come at one moment, by the team of a probe: offsets of rows, event times (ms) of gauges."""

    at: float
    reached: Mapping[str, int]


class Watch:
    """What was seen of the workers, the logs, the rows and the gauges, each in the order of time."""

    def __init__(self, clickhouse: Any, database: str, places: Iterable[Partition]) -> None:
        """Begins now. ``clickhouse``: a client that no fault comes between; ``places``: the partitions of events."""
        self.began = time.time()
        """When the soak did, seconds since 1970; all other times count from it."""
        self.sights: list[Sight] = []
        self.reaches: dict[Partition, list[Reach]] = {place: [] for place in places}
        self.rows: list[Sighting] = []
        self.gauges: list[Sighting] = []
        self.loads: list[float] = []
        """Processes of the machine that wanted to run, mean of the last minute."""
        self.blindness = ""
        """Why something is not seen any more: a soak that nobody watches has shown nothing."""
        self._clickhouse = clickhouse
        self._cells = f"{database}.cells"
        self._ends: Mapping[Partition, int] = {}
        self._applied = dict.fromkeys(self.reaches, 0)
        self._ended = threading.Event()
        self._threads: list[threading.Thread] = []

    def now(self) -> float:
        """Seconds since the soak began."""
        return time.time() - self.began

    def start(self, ends: Mapping[Partition, int], workers: Iterable[RunningWorker]) -> None:
        """``ends``: of the logs, as they grow."""
        self._ends = ends
        self._repeat("logs", self._look_at_logs)
        self._repeat("rows", self._look_at_rows)
        for worker in workers:
            self.follow(worker)

    def follow(self, worker: RunningWorker) -> None:
        """Watches one more worker, until its process ends."""
        # A thread for each question: a worker that does not answer one must not delay the other, or other workers.
        self._repeat("status", partial(self._look_at_worker, worker), worker)
        self._repeat("gauges", partial(self._look_at_gauges, worker), worker)

    def end(self) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _repeat(self, name: str, look: Callable[[], None], worker: RunningWorker | None = None) -> None:
        def run() -> None:
            try:
                while not self._ended.wait(LOOK_SECONDS) and (worker is None or worker.process.alive):
                    look()
            except Exception as error:
                self.blindness = f"{name}: {type(error).__name__}: {error}"

        self._threads.append(threading.Thread(target=run, name=name, daemon=True))
        self._threads[-1].start()

    def _look_at_worker(self, worker: RunningWorker) -> None:
        pid, asked = worker.process.pid, self.now()
        memory = resident_bytes(pid)
        status = worker.status()
        if pid is None or memory is None:
            return
        self.sights.append(Sight(Look(asked, self.now(), status is not None), pid, memory, status))
        for each in status.partitions if status else ():
            place = (each.topic, each.partition)
            self._applied[place] = max(self._applied[place], each.applied + 1)

    def _look_at_logs(self) -> None:
        at = self.now()
        self.loads.append(os.getloadavg()[0])
        for place, reaches in self.reaches.items():
            # In this order: what was applied was published before.
            applied = self._applied[place]
            reaches.append(Reach(at, applied, max(applied, self._ends.get(place, 0))))

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
            return  # it is away, as a fault wants it
        self.rows.append(Sighting(self.now(), dict(found.result_rows)))


def resident_bytes(pid: int | None) -> int | None:
    """Memory that a process really has; None when it has ended."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") or None
    except (FileNotFoundError, ProcessLookupError):
        return None
