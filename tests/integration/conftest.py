"""What tests of several shells against real brokers share."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.local.broker import Broker
from tests.clickhouse_engine import ClickHouseEngine
from tests.integration.worker.deployment import Deployment


@pytest.fixture(params=["tansu", pytest.param("kafka", marks=pytest.mark.kafka)])
def broker(request: pytest.FixtureRequest) -> Broker:
    running: Broker = request.getfixturevalue(request.param)
    return running


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
