from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.local.broker import Broker
from deploy.local.kafka import Kafka
from deploy.local.tansu import Tansu
from tests.clickhouse_engine import ClickHouseEngine
from tests.integration.replay.replaying import fill
from tests.integration.worker.deployment import Deployment


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        servers = {"broker", "still"}.intersection(getattr(item, "fixturenames", ()))
        if servers and "tansu" not in item.name:
            item.add_marker(pytest.mark.kafka)


@pytest.fixture
def broker(request: pytest.FixtureRequest) -> Broker:
    """Apache Kafka; Tansu for tests whose name says so."""
    running: Kafka | Tansu = request.getfixturevalue("tansu" if "tansu" in request.node.name else "kafka")
    return running


@pytest.fixture
def live(deployment: Deployment) -> Deployment:
    """A deployment whose worker has stored a history of all kinds of events, bad ones among them."""
    fill(deployment)
    return deployment


@pytest.fixture(scope="module")
def still(kafka: Kafka, clickhouse: ClickHouseEngine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """As ``live``, once for all tests that change neither its topics nor its rows."""
    deployment = Deployment(kafka, clickhouse, tmp_path_factory.mktemp("still"))
    deployment.prepare()
    fill(deployment)
    yield deployment
    deployment.close()


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    return tmp_path / "plan.json"


@pytest.fixture
def prompt(new_deployment: Callable[..., Deployment]) -> Deployment:
    """A deployment whose panes close soon."""
    return new_deployment(lateness="5m", late_part_shift=4)
