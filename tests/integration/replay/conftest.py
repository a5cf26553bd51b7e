import pytest

from deploy.local.broker import Broker
from deploy.local.kafka import Kafka
from deploy.local.tansu import Tansu


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "broker" in getattr(item, "fixturenames", ()) and "tansu" not in item.name:
            item.add_marker(pytest.mark.kafka)


@pytest.fixture
def broker(request: pytest.FixtureRequest) -> Broker:
    """Apache Kafka; Tansu for tests whose name says so."""
    running: Kafka | Tansu = request.getfixturevalue("tansu" if "tansu" in request.node.name else "kafka")
    return running
