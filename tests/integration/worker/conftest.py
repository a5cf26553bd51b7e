from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.kafka import Kafka
from deploy.local.ports import Ports


@pytest.fixture
def own_kafka(tmp_path: Path, ports: Ports) -> Iterator[Kafka]:
    """A Kafka that the test may kill."""
    broker = Kafka(ports.any(), ports.any(), tmp_path / "kafka", tmp_path / "broker.log")
    broker.start()
    yield broker
    broker.stop()
