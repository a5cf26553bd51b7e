"""One cluster, one engine and one undisturbed run for all faults."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.local.ports import Ports
from tests.clickhouse_engine import ClickHouseEngine
from tests.faults.cluster import KafkaCluster
from tests.faults.outcomes import Outcome, as_json, table
from tests.faults.proxy import Proxy
from tests.faults.strikes import Strike
from tests.faults.system import Contents, System

_OUTCOMES = pytest.StashKey[list[Outcome]]()

STRIKES_AT = 0.3
"""Share of the history that is published by then."""


@pytest.fixture(scope="session")
def seed(pytestconfig: pytest.Config) -> int:
    value: int = pytestconfig.getoption("--fault-seed")
    return value


@pytest.fixture(scope="session")
def outcomes(pytestconfig: pytest.Config) -> list[Outcome]:
    return pytestconfig.stash.setdefault(_OUTCOMES, [])


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory, ports: Ports) -> Iterator[KafkaCluster]:
    """Three brokers; a test that breaks one mends it."""
    cluster = KafkaCluster(tmp_path_factory.mktemp("cluster"), ports)
    cluster.start()
    yield cluster
    cluster.stop()


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory, ports: Ports) -> Iterator[ClickHouseEngine]:
    """One of our own, since it is killed."""
    engine = ClickHouseEngine(ports.any(), tmp_path_factory.mktemp("engine"))
    engine.start()
    yield engine
    engine.stop()


@pytest.fixture(scope="session")
def proxy(engine: ClickHouseEngine, ports: Ports) -> Iterator[Proxy]:
    proxy = Proxy(ports.any(), engine.url)
    proxy.start()
    yield proxy
    proxy.stop()


NewSystem = Callable[..., System]


@pytest.fixture
def new_system(
    cluster: KafkaCluster, engine: ClickHouseEngine, proxy: Proxy, tmp_path: Path, seed: int
) -> Iterator[NewSystem]:
    """Makes systems with settings of their own; they are gone after the test."""
    made: list[System] = []

    def make(engine: ClickHouseEngine = engine, proxy: Proxy = proxy, **settings: object) -> System:
        made.append(System(cluster, engine, proxy, tmp_path, seed, **settings))
        return made[-1]

    yield make
    for system in made:
        system.close()


@pytest.fixture(scope="session")
def undisturbed(
    cluster: KafkaCluster,
    engine: ClickHouseEngine,
    proxy: Proxy,
    tmp_path_factory: pytest.TempPathFactory,
    seed: int,
    outcomes: list[Outcome],
) -> Contents:
    """What the history of this seed becomes when nothing goes wrong."""
    system = System(cluster, engine, proxy, tmp_path_factory.mktemp("undisturbed"), seed)
    try:
        system.start(workers=2)
        system.publish()
        system.await_progress(STRIKES_AT)
        recovered = system.recover()
        system.settle()
        contents = system.contents()
        assert system.deployment.stored() == system.deployment.expected(), "as one pass of the core over the logs"
        outcomes.append(Outcome("nothing", True, system.publication.sent, recovered, system.observer.worst_lag))
        return contents
    finally:
        system.close()


Survives = Callable[..., System]


@pytest.fixture
def survives(new_system: NewSystem, undisturbed: Contents, outcomes: list[Outcome]) -> Survives:
    """Runs a system through a fault under way, and compares what has become of the log with the undisturbed run."""

    def run(fault: str, strike: Strike, workers: int = 2, **settings: object) -> System:
        system = new_system(**settings)
        system.start(workers)
        system.publish()
        system.await_progress(STRIKES_AT)
        strike(system)
        recovered = system.recover()
        system.settle()
        contents = system.contents()
        outcomes.append(
            Outcome(
                fault,
                contents == undisturbed,
                system.publication.sent,
                recovered,
                system.observer.worst_lag,
            )
        )
        assert contents == undisturbed
        return system

    return run


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    outcomes = config.stash.get(_OUTCOMES, [])
    if not outcomes:
        return
    seed = config.getoption("--fault-seed")
    terminalreporter.section(f"faults, seed {seed}")
    for line in table(outcomes):
        terminalreporter.write_line(line)
    report = config.getoption("--fault-report")
    if report is not None:
        report.write_bytes(as_json(seed, outcomes))
