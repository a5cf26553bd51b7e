"""Real servers for the tests. Nothing here skips: a server that cannot start fails its test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.kafka import Kafka
from deploy.local.ports import Ports
from deploy.local.tansu import Tansu
from tests.clickhouse_engine import ClickHouseEngine

pytest_plugins = ("tests.faults.outcomes",)
"""Here, where every run begins: options are read before tests are collected, and the table is printed after all."""


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


@pytest.hookimpl(tryfirst=True)  # before xdist looks for groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if any(name in getattr(item, "fixturenames", ()) for name in _COSTLY):
            item.add_marker(pytest.mark.xdist_group("real data"))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Groups that are not seen cost no test and half of the time: each process starts all servers."""
    unseen = [item for item in session.items if item.get_closest_marker("xdist_group") and "@" not in item.nodeid]
    if unseen and getattr(session.config.option, "loadgroup", False):  # set by xdist in its processes
        raise pytest.UsageError(f"xdist does not see the group of {unseen[0].nodeid}: do pytest and xdist fit?")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A test that was skipped or is expected to fail is a test nobody runs: it fails the run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    unrun = [kind for kind in ("skipped", "xfailed", "xpassed") if reporter and reporter.stats.get(kind)]
    if unrun and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
