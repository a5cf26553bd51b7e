"""Real servers for the tests. Nothing here skips: a server that cannot start fails its test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.kafka import Kafka
from deploy.local.ports import Ports
from deploy.local.tansu import Tansu


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
