"""One cluster, one engine and one undisturbed run for all faults."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from deploy.local.ports import Ports
from tests.clickhouse_engine import ClickHouseEngine
from tests.faults.cluster import KafkaCluster
from tests.faults.outcomes import PROPERTY, Outcome
from tests.faults.proxy import Proxy
from tests.faults.strikes import Strike
from tests.faults.system import Contents, System

STRIKES_AT = 0.3
"""Share of the history that is published by then."""

NewSystem = Callable[..., System]
Record = Callable[[System, float, bool], None]
Survives = Callable[..., System]


@pytest.hookimpl(tryfirst=True)  # before xdist looks for groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All in one process: they share their servers, and each process would start its own."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.kafka)
            item.add_marker(pytest.mark.timeout(900))
            item.add_marker(pytest.mark.xdist_group("faults"))


@pytest.fixture(scope="session")
def seed(pytestconfig: pytest.Config) -> int:
    value: int = pytestconfig.getoption("--fault-seed")
    return value


@pytest.fixture(scope="package")
def cluster(tmp_path_factory: pytest.TempPathFactory, ports: Ports) -> Iterator[KafkaCluster]:
    """Three brokers; a test that breaks one mends it."""
    cluster = KafkaCluster(tmp_path_factory.mktemp("cluster"), ports)
    cluster.start()
    yield cluster
    cluster.stop()


@pytest.fixture(scope="package")
def engine(tmp_path_factory: pytest.TempPathFactory, ports: Ports) -> Iterator[ClickHouseEngine]:
    """One of our own, since it is killed."""
    engine = ClickHouseEngine(ports.any(), tmp_path_factory.mktemp("engine"))
    engine.start()
    yield engine
    engine.stop()


@pytest.fixture(scope="package")
def proxy(engine: ClickHouseEngine, ports: Ports) -> Iterator[Proxy]:
    proxy = Proxy(ports.any(), engine.url)
    proxy.start()
    yield proxy
    proxy.stop()


@pytest.fixture(scope="package")
def undisturbed(
    cluster: KafkaCluster,
    engine: ClickHouseEngine,
    proxy: Proxy,
    tmp_path_factory: pytest.TempPathFactory,
    seed: int,
) -> Contents:
    """What the history of this seed becomes when nothing goes wrong."""
    system = System(cluster, engine, proxy, tmp_path_factory.mktemp("undisturbed"), seed)
    try:
        system.start(workers=2)
        system.publish()
        system.settle()
        contents = system.contents()
        assert contents.digest == system.reference(system.logs()), "nothing is compared with a run that is wrong itself"
        return contents
    finally:
        system.close()


@pytest.fixture
def new_system(
    cluster: KafkaCluster, engine: ClickHouseEngine, proxy: Proxy, tmp_path: Path, seed: int
) -> Iterator[NewSystem]:
    """Makes systems with settings of their own, also on another engine; they are gone after the test."""
    made: list[System] = []

    def make(engine: ClickHouseEngine = engine, **settings: object) -> System:
        made.append(System(cluster, engine, proxy, tmp_path, seed, **settings))
        return made[-1]

    yield make
    for system in made:
        system.close()


@pytest.fixture
def record(request: pytest.FixtureRequest) -> Record:
    """Puts what became of this test's fault into the table at the end."""
    fault = request.node.get_closest_marker("fault").args[0]

    def write(system: System, recovered: float, equal: bool) -> None:
        outcome = Outcome(fault, equal, system.published, round(recovered, 1), system.observer.worst_lag)
        request.node.user_properties.append((PROPERTY, list(outcome)))

    return write


@pytest.fixture
def survives(new_system: NewSystem, undisturbed: Contents, record: Record) -> Survives:
    """Runs a system through a fault under way, and compares what has become of the log with the undisturbed run.

    ``sees``: looks at the system while the fault lasts.
    """

    def run(
        strike: Strike,
        sees: Callable[[System], None] | None = None,
        workers: int = 2,
        engine: ClickHouseEngine | None = None,
        **settings: object,
    ) -> System:
        system = new_system(**({"engine": engine} if engine else {}), **settings)
        if sees is not None:
            system.sees = partial(sees, system)
        system.start(workers)
        system.publish()
        system.await_progress(STRIKES_AT)
        strike(system)
        recovered = system.recover()
        system.settle()
        contents = system.contents()
        record(system, recovered, contents == undisturbed)
        assert contents == undisturbed
        return system

    return run
