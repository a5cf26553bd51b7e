"""When probes become visible: as rows in ClickHouse, and in a gauge that is scraped."""

import re
from collections.abc import Callable, Sequence
from statistics import quantiles
from threading import Event, Thread
from time import sleep, time
from typing import Any, Final

from tests.bench.freshness.traffic import PROBE
from tests.bench.servers import Servers
from tests.bench.worker import BenchWorker

ROW_POLL_SECONDS: Final = 0.1
SCRAPE_SECONDS: Final = 2.0
"""A page of 200 segments has some 80 000 lines; scraping it more often would measure the scraping."""

_GAUGE: Final = re.compile(
    rf'^cx_window_observations{{[^}}]*metric="measured\.{PROBE}"[^}}]*window="1h"[^}}]*}} (\S+)$'.encode(), re.MULTILINE
)


class Sightings:
    """How many probes could be seen when; probes of one partition become visible in order."""

    def __init__(self, look: Callable[[], int], every: float) -> None:
        self._look = look
        self._every = every
        self._over = Event()
        self._seen: list[float] = []
        """When each probe was first seen, s since 1970."""
        self._before = 0
        self._thread = Thread(target=self._watch, daemon=True)

    def start(self) -> None:
        """From here on; what can be seen already are probes of earlier loads and does not count."""
        self._before = self._look()
        self._thread.start()

    def stop(self) -> list[float]:
        """When each probe was first seen."""
        self._over.set()
        self._thread.join()
        return self._seen

    def _watch(self) -> None:
        while not self._over.is_set():
            began = time()
            count = self._look() - self._before
            now = time()
            self._seen += [now] * (count - len(self._seen))
            sleep(max(0.0, began + self._every - now))


def rows(servers: Servers, database: str) -> Sightings:
    """Watches the table."""
    client: Any = servers.clickhouse.client()
    query = f"SELECT sum(n) FROM {database}.cells FINAL WHERE metric = 'measured.{PROBE}'"
    return Sightings(lambda: int(client.query(query).result_rows[0][0]), ROW_POLL_SECONDS)


def gauge(worker: BenchWorker) -> Sightings:
    """Scrapes the worker. The window of an hour forgets no probe of a run."""
    return Sightings(
        lambda: sum(int(float(each)) for each in _GAUGE.findall(worker.get("/metrics") or b"")), SCRAPE_SECONDS
    )


def percentiles(published_ms: Sequence[int], seen: Sequence[float], skip: int) -> tuple[float, float] | None:
    """p50 and p99, s from Kafka timestamp to first sight, without the first ``skip`` probes; None without any."""
    latencies = [at - stamp / 1000 for stamp, at in list(zip(published_ms, seen, strict=False))[skip:]]
    if len(latencies) < 2:
        return None
    cuts = quantiles(latencies, n=100, method="inclusive")
    return cuts[49], cuts[98]
