"""A whole running system of one test: topics, workers, a misbehaving way to ClickHouse, events on their way."""

import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from time import monotonic, sleep
from typing import Any, Final, NamedTuple

from schemas.status import PartitionStatus, WorkerStatus
from streams.core.records import Record, Source
from streams.digest import Digest, digest
from streams.publishing.event_files import Topics
from tests.clickhouse_engine import ClickHouseEngine
from tests.faults.cluster import KafkaCluster
from tests.faults.history import Published, history
from tests.faults.observer import Observer
from tests.faults.proxy import Proxy
from tests.faults.publication import Publication
from tests.faults.reference import Logs, digest_of
from tests.integration.worker.deployment import PARTITIONS, Deployment, RunningWorker, eventually

EVENTS: Final = 12_000
HOUR_SECONDS: Final = 10.0
"""What the hour of a history is squeezed into; a fault strikes within it."""

SESSION_SECONDS: Final = 6
"""The least that brokers allow; a worker that is silent for longer loses its partitions."""

_END_SECONDS: Final = 60
"""For the last flush and checkpoint and for leaving the group: twice the 20 s and 10 s that they may take."""

_DEADLINE_SECONDS: Final = 240
"""Far above what anything here takes on a busy machine with two cores."""


class Contents(NamedTuple):
    """What a log has become: equal whatever happened on the way."""

    digest: Digest
    counts: dict[str, int]
    """Records by what became of them, over all partitions."""


class System:
    """Workers on a cluster and an engine that others use as well; names are its own."""

    def __init__(
        self,
        cluster: KafkaCluster,
        engine: ClickHouseEngine,
        proxy: Proxy,
        directory: Path,
        seed: int,
        **settings: object,
    ) -> None:
        """``seed``: of the history and of every choice a fault makes."""
        self.cluster = cluster
        self.engine = engine
        self.proxy = proxy
        self.random = Random(seed)
        defaults: dict[str, object] = {
            "clickhouse_url": proxy.url,
            "clickhouse_timeout_seconds": 3,
            "session_timeout_seconds": SESSION_SECONDS,
            "flush_seconds": 0.5,
            "checkpoint_seconds": 1,
            "lateness": "10m",
        }
        self.deployment = Deployment(cluster, engine, directory, **defaults | settings)
        self.topics = Topics(*self.deployment.topics)
        self.workers: list[RunningWorker] = []
        """Those that should be there; one that was killed or told to end is not."""
        self.publication: Publication
        """The newest one."""
        self.published = 0
        """Records of all publications."""
        self.sees: Callable[[], None] = lambda: None
        """Called by a fault while it lasts: looks whether users see what they are said to see. See `signs`."""
        self._seed = seed
        self._acted_at = monotonic()
        self.observer = Observer(self.statuses, lambda: self.publication.ends)

    @property
    def all_topics(self) -> set[str]:
        """Of events, checkpoints and dead letters."""
        settings = self.deployment.settings
        return {*self.topics, settings.checkpoints_topic, settings.dead_letters_topic}

    # What a test does with it.

    def start(self, workers: int) -> None:
        """Topics, schema and workers, which have shared the partitions when this returns."""
        self.deployment.prepare()
        self.add_workers(workers)
        self.await_shared()

    def history(self, seed: int | None = None, events: int = EVENTS) -> list[Published]:
        """By default the history of this system's seed."""
        return history(self._seed if seed is None else seed, events, self.topics)

    def publish(self, records: Sequence[Published] | None = None, seconds: float = HOUR_SECONDS) -> None:
        """Begins to publish a history, by default `history`."""
        records = records or self.history()
        self.published += len(records)
        self.publication = Publication(self.cluster.bootstrap, records, seconds)
        self.publication.start()
        if not self.observer.is_alive():
            self.observer.start()

    def await_progress(self, share: float) -> None:
        """Returns once this share of the history is on its way, 0 to 1."""
        publication = self.publication
        self.await_that(lambda: publication.progress >= share or not publication.is_alive(), f"{share:.0%} is sent")

    def recover(self) -> float:
        """Waits until everything that is published now is applied and its rows are stored.

        Returns the seconds since the fault's last act: whatever it waits for itself after that is part of the recovery.
        """
        self.observer.await_stored(dict(self.publication.ends), _DEADLINE_SECONDS)
        return monotonic() - self._acted_at

    def settle(self) -> None:
        """Waits for the rest of the history, and until everything of it is stored, durable and committed."""
        self.publication.finish()
        ends = dict(self.publication.ends)
        self.await_that(lambda: self._is_settled(ends), "all is applied, stored and checkpointed")
        self.await_that(lambda: self.deployment.committed() == ends, "the group's offsets are at the log's ends")
        assert self.deployment.durable() == ends

    def contents(self) -> Contents:
        """Of a system that is settled."""
        counts: Counter[str] = Counter()
        for each in self.partitions():
            counts.update(accepted=each.counts.accepted, duplicates=each.counts.duplicates, late=each.counts.late)
            counts.update(each.counts.rejected)
        return Contents(self.digest(), dict(counts))

    def digest(self) -> Digest:
        """Of the rows that are stored now."""
        client = self.engine.client()
        try:
            return digest(client, self.deployment.settings.clickhouse_database)
        finally:
            client.close()

    def logs(self) -> dict[Source, list[Record]]:
        """All records the topics have now."""
        records = {topic: self.deployment.records(topic) for topic in self.topics}
        return {source: records[source.topic][source.partition] for source in self.deployment.sources()}

    def reference(self, logs: Logs) -> Digest:
        """Of the rows that an undisturbed worker would leave that has had these logs."""
        return digest_of(logs, self.deployment.settings.configuration(), self.engine)

    def close(self) -> None:
        if self.observer.is_alive():
            self.observer.stop()
            self.publication.stop()
        self.deployment.close()
        with self.cluster.admin() as admin:
            admin.delete_topics(sorted(self.all_topics & set(admin.list_topics())))

    # What a fault does with it.

    def acts(self) -> None:
        """A fault strikes here, or puts back what it broke. Those that follow tell it by themselves."""
        self._acted_at = monotonic()

    def add_worker(self, **settings: Any) -> RunningWorker:
        """Starts a worker and does not wait for it; ``settings`` in place of the system's own."""
        self.acts()
        worker = self.deployment.worker(**settings)
        self.workers.append(worker)
        return worker

    def add_workers(self, number: int, **settings: Any) -> None:
        """As `add_worker`, several of them."""
        for _ in range(number):
            self.add_worker(**settings)

    def replace_dead(self) -> list[str]:
        """Starts another worker for each that has ended by itself, and returns their last words."""
        dead = [worker for worker in self.workers if not worker.process.alive]
        for worker in dead:
            self.workers.remove(worker)
            self.add_worker()
        return [f"exit code {worker.process.exit_code}: {worker.process.log_tail()}" for worker in dead]

    def partitions(self) -> list[PartitionStatus]:
        """Those that are restored, of all workers."""
        return [each for worker in self.workers for each in worker.partitions()]

    def any_worker(self) -> RunningWorker:
        return self.random.choice(self.workers)

    def kill(self, worker: RunningWorker) -> None:
        """SIGKILL."""
        self.acts()
        self.workers.remove(worker)
        worker.process.kill()

    def terminate(self, *workers: RunningWorker) -> None:
        """SIGTERM to all of them at once; returns when they have ended, by themselves and well."""
        self.acts()
        for worker in workers:
            self.workers.remove(worker)
            worker.process.terminate()
        for worker in workers:
            assert worker.process.wait(_END_SECONDS), worker.process.log_tail()
            assert worker.process.exit_code == 0, worker.process.log_tail()

    @contextmanager
    def frozen(self, worker: RunningWorker) -> Iterator[None]:
        """SIGSTOP until the end of the block, in which it does not count among `workers`."""
        assert worker.process.pid is not None
        self.workers.remove(worker)
        os.kill(worker.process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            self.acts()
            os.kill(worker.process.pid, signal.SIGCONT)
            self.workers.append(worker)

    def await_shared(self) -> None:
        """Returns once all workers run and have all partitions among them."""
        self.await_that(self._is_shared, "all workers run and share all partitions")

    def await_that(self, holds: Callable[[], bool], what: str) -> None:
        """Polls until it holds; fails after a deadline far above what anything here takes, with what workers say."""
        try:
            eventually(holds, _DEADLINE_SECONDS, what)
        except AssertionError as failure:
            for each in self.statuses():
                failure.add_note(f"{each.worker} {each.state}, flush error: {each.flush_error}")
            raise

    def pause(self, least: float, most: float) -> None:
        """Lets a random time pass, in seconds."""
        sleep(self.random.uniform(least, most))

    def _is_shared(self) -> bool:
        owned = Counter((each.topic, each.partition) for each in self.partitions())
        return all(worker.is_running() for worker in self.workers) and owned == Counter(
            (topic, number) for topic in self.topics for number in range(PARTITIONS)
        )

    def _is_settled(self, ends: dict[tuple[str, int], int]) -> bool:
        partitions = self.partitions()
        return (
            self._is_shared()
            and {(each.topic, each.partition): each.applied + 1 for each in partitions} == ends
            and all(each.unstored == 0 and each.checkpointed == each.applied for each in partitions)
        )

    def statuses(self) -> list[WorkerStatus]:
        """Of the workers that answer now."""
        statuses = [worker.status() for worker in list(self.workers)]
        return [status for status in statuses if status is not None]
