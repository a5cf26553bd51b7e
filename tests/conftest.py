"""Real servers for the tests. Nothing here skips: a server that cannot start fails its test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.kafka import Kafka
from deploy.local.ports import Ports
from deploy.local.tansu import Tansu
from tests.clickhouse_engine import ClickHouseEngine


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of tests/faults; pytest reads them only here, where every run begins."""
    faults = parser.getgroup("faults", "cxstream under faults")
    faults.addoption("--fault-seed", type=int, default=1, help="seed of history and faults (default: %(default)s)")
    faults.addoption("--fault-report", type=Path, metavar="FILE", help="write what became of each fault there, as JSON")


@pytest.fixture(scope="session")
def ports() -> Ports:
    """Free ports of this machine, each handed out once."""
    return Ports()


@pytest.fixture(scope="session")
def tansu(tmp_path_factory: pytest.TempPathFactory, ports: Ports) -> Iterator[Tansu]:
    """A Tansu shared by the session: use topic and group names of your own; to kill one, start your own."""
    broker = Tansu(ports.any(), tmp_path_factory.mktemp("tansu") / "broker.log")
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory, ports: Ports) -> Iterator[Kafka]:
    """An Apache Kafka shared by the session, for tests marked ``kafka``; to kill one, start your own."""
    directory: Path = tmp_path_factory.mktemp("kafka")
    broker = Kafka(ports.any(), ports.any(), directory / "data", directory / "broker.log")
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture(scope="session")
def clickhouse(tmp_path_factory: pytest.TempPathFactory, ports: Ports) -> Iterator[ClickHouseEngine]:
    """A ClickHouse engine shared by the session: use a database of your own; to kill one, start your own."""
    engine = ClickHouseEngine(ports.any(), tmp_path_factory.mktemp("clickhouse"))
    engine.start()
    yield engine
    engine.stop()


_COSTLY = ("real_events", "some_events", "real_run")
"""Fixtures of minutes: tests that use one run in one process, so that each is made once."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if any(name in getattr(item, "fixturenames", ()) for name in _COSTLY):
            item.add_marker(pytest.mark.xdist_group("real data"))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A test that was skipped or is expected to fail is a test nobody runs: it fails the run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    unrun = [kind for kind in ("skipped", "xfailed", "xpassed") if reporter and reporter.stats.get(kind)]
    if unrun and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
