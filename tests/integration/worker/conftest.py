from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.local.broker import Broker
from deploy.local.kafka import Kafka
from deploy.local.ports import Ports
from tests.clickhouse_engine import ClickHouseEngine
from tests.integration.worker.deployment import Deployment


@pytest.fixture
def new_deployment(
    broker: Broker,
    clickhouse: ClickHouseEngine,
    tmp_path: Path,
) -> Iterator[Callable[..., Deployment]]:
    """Makes deployments with settings of their own; their workers are killed after the test."""
    made: list[Deployment] = []

    def make(**settings: object) -> Deployment:
        made.append(Deployment(broker, clickhouse, tmp_path, **settings))
        made[-1].prepare()
        return made[-1]

    yield make
    for deployment in made:
        deployment.close()


@pytest.fixture
def deployment(new_deployment: Callable[..., Deployment]) -> Deployment:
    return new_deployment()


@pytest.fixture
def own_kafka(tmp_path: Path, ports: Ports) -> Iterator[Kafka]:
    """A Kafka that the test may kill."""
    broker = Kafka(ports.any(), ports.any(), tmp_path / "kafka", tmp_path / "broker.log")
    broker.start()
    yield broker
    broker.stop()
