"""Trouble at random: which fault strikes when, and how long the system takes to be whole again."""

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

from tests.clickhouse_engine import ClickHouseEngine
from tests.faults import strikes
from tests.faults.cluster import KafkaCluster
from tests.faults.proxy import Proxy
from tests.faults.strikes import Strike
from tests.faults.system import System
from tests.integration.worker.deployment import RunningWorker
from tests.soak.estimators import Span
from tests.soak.watch import Watch

DEADLY: Final[tuple[Strike, ...]] = (strikes.kill_any_worker, strikes.terminate_any_worker)
"""They end one worker."""

EARLY: Final[tuple[Strike, ...]] = (
    strikes.restart_all_workers_in_turn,
    strikes.set_offsets_by_hand,
    strikes.delete_offsets,
)
"""They end every worker, and with it what could be learned about its memory: only while that is not judged yet."""

ANYTIME: Final[tuple[Strike, ...]] = (
    *DEADLY,
    strikes.freeze_any_worker,
    strikes.kill_a_leader,
    strikes.kill_the_coordinator,
    strikes.move_all_leaders,
    strikes.kill_clickhouse,
    strikes.refuse_connections,
    strikes.hang,
    strikes.fail_after_storing,
    strikes.cut_answers,
    strikes.slow_down,
)

_CALM_SECONDS: Final = (15.0, 35.0)
"""Between the end of one trouble and the next: long enough to see how fresh numbers are when nothing is wrong."""

_LAST_CALM_SECONDS: Final = 60.0
"""No fault begins so shortly before the end."""


class Trouble(NamedTuple):
    """One fault and what came of it."""

    name: str
    span: Span
    """From its beginning until the system was whole again."""
    healed: float
    """When the fault itself was over."""
    failure: str = ""
    """Why the system did not become whole, if it did not."""


class Mortals(System):
    """A system that shows each worker it starts to a watch, and may spare the oldest one."""

    def __init__(
        self,
        cluster: KafkaCluster,
        engine: ClickHouseEngine,
        proxy: Proxy,
        directory: Path,
        seed: int,
        **settings: object,
    ) -> None:
        super().__init__(cluster, engine, proxy, directory, seed, **settings)
        self.watch: Watch | None = None
        self.spares_oldest = False
        """Whether `any_worker` is any but the one that has lived longest."""
        self.born: list[RunningWorker] = []
        """All workers there ever were, in the order of their beginning."""

    def add_worker(self, **settings: object) -> RunningWorker:
        worker = super().add_worker(**settings)
        self.born.append(worker)
        if self.watch is not None:
            self.watch.follow(worker)
        return worker

    def any_worker(self) -> RunningWorker:
        living = [worker for worker in self.born if worker in self.workers]
        return self.random.choice(living[1:] if self.spares_oldest else living)


def calm_seconds(random: Random, seconds: float) -> float:
    """How long it stays calm now, in a soak of so many seconds; a short one has no time for long calms."""
    return min(random.uniform(*_CALM_SECONDS), seconds / 8)


def last_fault(seconds: float) -> float:
    """When no fault begins any more, in a soak of so many seconds."""
    return seconds - min(_LAST_CALM_SECONDS, seconds / 3)


def deck(random: Random, early: Callable[[], bool]) -> Iterator[Strike]:
    """Endless faults in a random order, in which each comes before any comes again."""
    while True:
        cards = [*ANYTIME, *EARLY]
        random.shuffle(cards)
        yield from (card for card in cards if card not in EARLY or early())


def endure(system: Mortals, strike: Strike, now: Callable[[], float]) -> Trouble:
    """Strikes, and waits until all workers share all partitions and all that was published is stored."""
    began, healed, failure = now(), None, ""
    try:
        strike(system)
        healed = now()
        system.await_shared()
        system.recover()
    except Exception as error:  # whatever it is: the soak goes on, and its report tells
        failure = f"{type(error).__name__}: {error}"
    return Trouble(title(strike), Span(began, now()), healed or now(), failure)


def title(strike: Strike) -> str:
    return strike.__name__.replace("_", " ")
