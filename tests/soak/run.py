"""One soak from the first broker to its results."""

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from itertools import chain
from pathlib import Path
from typing import Final, NamedTuple

from kafka.admin import ConfigResource
from rich.console import Console

from deploy.local.ports import Ports
from tests.clickhouse_engine import ClickHouseEngine
from tests.faults.cluster import KafkaCluster
from tests.faults.proxy import Proxy
from tests.faults.strikes import kill_any_worker
from tests.faults.system import Contents, System
from tests.integration.worker.deployment import PARTITIONS, eventually
from tests.soak.measuring import WARM_UP_SECONDS
from tests.soak.progress import Progress
from tests.soak.publication import ProbingPublication
from tests.soak.results import Results
from tests.soak.setup import setup
from tests.soak.summary import Seen, arrived, summary
from tests.soak.traffic import Traffic
from tests.soak.trouble import DEADLY, Mortals, Trouble, calm_seconds, deck, endure, last_fault, title
from tests.soak.watch import LOOK_SECONDS, Watch

WORKERS: Final = 2

SETTINGS: Final[Mapping[str, object]] = {
    # What a system under faults hurries is as in production here, but for a short session.
    "flush_seconds": 2,
    "checkpoint_seconds": 15,
    "lateness": "1h",
    "clickhouse_timeout_seconds": 10,
    # Event time is hurried.
    "live_clock": "event",
    # Bounds so small that they are reached within the warm-up, and memory has no reason to grow from then on.
    "case_horizon": "4h",
    "case_horizon_events": 2_000,
    "duplicate_memory": 2_000,
    # 1,024 records of a survey partition, which gets the fewest, come within three minutes.
    "late_part_shift": 10,
    # Few segments: scraping twice a second must not be what the workers are busy with.
    "dimensions": ("channel", "team"),
}

_CATCH_UP_SECONDS: Final = 1_800
"""Of the one worker that reads the logs of half an hour again."""
_LAST_PROBES_SECONDS: Final = 120
"""Far above what a flush, a window and a look take on a busy machine: a probe not seen by then is never seen."""
_DEATH_LOOK_SECONDS: Final = 1.0


class Plan(NamedTuple):
    """What soak is wanted."""

    minutes: float
    seed: int
    rate: float
    """Events per second of a steady stretch."""
    directory: Path
    """For data and logs."""


def soak(plan: Plan, console: Console) -> Results:
    """Runs a soak:

    1. brokers, engine and proxy start, then the workers, which share the partitions,
    2. traffic runs for its time, in which faults strike and the watch looks,
    3. all that was published is applied, stored, checkpointed and committed,
    4. the workers end, and one undisturbed worker makes rows of the same logs,
    5. what was seen becomes results.
    """
    with _servers(plan.directory) as (cluster, engine, proxy):
        system = Mortals(cluster, engine, proxy, _made(plan.directory / "workers"), plan.seed, **SETTINGS)
        try:
            return _soak(plan, console, system)
        finally:
            system.close()


def _soak(plan: Plan, console: Console, system: Mortals) -> Results:
    about = setup(plan.minutes, plan.seed, plan.rate, system.deployment.settings)
    system.start(WORKERS)
    _stamp_on_arrival(system)
    places = [(topic, number) for topic in system.topics for number in range(PARTITIONS)]
    database = system.deployment.settings.clickhouse_database
    clickhouse = system.engine.client()
    system.watch = watch = Watch(clickhouse, database, places)
    traffic = Traffic(plan.seed, plan.minutes * 60, plan.rate, time.time_ns() // 1_000_000, system.topics, PARTITIONS)
    system.publication = publication = ProbingPublication(system.cluster.bootstrap, traffic, watch.began)
    publication.start()
    watch.start(publication.ends, system.workers)
    with Progress(console, lambda: _line(system, watch)) as progress:
        troubles, deaths = _trouble(system, watch, traffic.seconds, progress)
        progress.say("waiting until all that was published is stored, checkpointed and committed")
        system.settle()
        _await_probes(watch, publication)
        watch.end()
        contents = system.contents()
        system.terminate(*system.workers)
        progress.say("an undisturbed worker reads the same logs")
        undisturbed = _undisturbed(plan, system, progress)
    rows = clickhouse.query(f"SELECT count() FROM {database}.cells FINAL").first_row[0]
    seen = Seen(
        watch, publication, tuple(troubles), tuple(deaths), len(system.born) - WORKERS, rows, contents, undisturbed
    )
    return summary(about, seen)


def _stamp_on_arrival(system: System) -> None:
    """Records get their timestamp from the broker: how long a producer waits for a leader is no age of ours."""
    stamped = {"message.timestamp.type": "LogAppendTime"}
    with system.cluster.admin() as admin:
        admin.alter_configs([ConfigResource("TOPIC", topic, stamped) for topic in system.topics])


def _trouble(system: Mortals, watch: Watch, seconds: float, progress: Progress) -> tuple[list[Trouble], list[str]]:
    """Faults until the traffic is near its end, and quiet from then on; returns the last words of workers, too."""
    troubles: list[Trouble] = []
    deaths: list[str] = []

    def rest(seconds: float) -> None:
        """A worker that ends by itself is replaced."""
        until = watch.now() + seconds
        while watch.now() < until:
            deaths.extend(system.replace_dead())
            time.sleep(_DEATH_LOOK_SECONDS)

    def warm() -> bool:
        return watch.now() >= WARM_UP_SECONDS

    drawn = deck(system.random, early=lambda: not warm())
    heir = False
    """Whether the worker whose memory is judged has taken over all partitions."""
    rest(calm_seconds(system.random, seconds))
    while watch.now() < last_fault(seconds):
        strike = next(drawn)
        if warm() and not heir:
            strike, heir = kill_any_worker, True
        system.spares_oldest = strike in DEADLY and warm()
        progress.say(f"{watch.now():,.0f} s: {title(strike)}")
        troubles.append(endure(system, strike, watch.now))
        progress.say(f"{watch.now():,.0f} s: {'NOT ' if troubles[-1].failure else ''}whole again")
        rest(calm_seconds(system.random, seconds))
    rest(seconds - watch.now())
    return troubles, deaths


def _await_probes(watch: Watch, publication: ProbingPublication) -> None:
    """Returns once each probe was seen in a row and in a gauge, or too late: its freshness says so."""
    deadline = watch.now() + _LAST_PROBES_SECONDS
    while watch.now() < deadline and any(each.at is None for each in chain(*arrived(watch, publication.probes))):
        time.sleep(LOOK_SECONDS)


def _undisturbed(plan: Plan, system: System, progress: Progress) -> Contents:
    """What one worker makes of the same logs when nothing goes wrong."""
    topics = {"touchpoints_topic": system.topics.touchpoints, "surveys_topic": system.topics.surveys}
    direct = {"clickhouse_url": system.engine.url, "clickhouse_timeout_seconds": 30}
    directory = _made(plan.directory / "undisturbed")
    twin = System(system.cluster, system.engine, system.proxy, directory, plan.seed, **{**SETTINGS, **topics, **direct})
    try:
        twin.start(1)
        twin.publication = system.publication
        (worker,) = twin.workers
        progress.line = lambda: f"{worker.applied():,} of {system.publication.sent:,} events applied"
        eventually(lambda: worker.applied() == system.publication.sent, _CATCH_UP_SECONDS, "all is applied")
        twin.settle()
        return twin.contents()
    finally:
        twin.close()


def _line(system: Mortals, watch: Watch) -> str:
    """How it goes, in a line."""
    lag = sum(reaches[-1].published - reaches[-1].applied for reaches in watch.reaches.values() if reaches)
    memory = {sight.pid: sight.memory for sight in watch.sights[-8:]}
    sizes = ", ".join(f"{size >> 20} MiB" for size in memory.values())
    return f"{watch.now():,.0f} s: {system.publication.sent:,} events, lag {lag:,}, workers {sizes}"


@contextmanager
def _servers(directory: Path) -> Iterator[tuple[KafkaCluster, ClickHouseEngine, Proxy]]:
    ports = Ports()
    cluster, engine = KafkaCluster(directory, ports), ClickHouseEngine(ports.any(), directory)
    proxy = Proxy(ports.any(), engine.url)
    with ExitStack() as running:
        for server in (cluster, engine, proxy):
            running.callback(server.stop)
            server.start()
        yield cluster, engine, proxy


def _made(directory: Path) -> Path:
    directory.mkdir(parents=True)
    return directory
