"""The servers of a run: a real Apache Kafka and the ClickHouse engine, each a process of this machine."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from deploy.local.kafka import Kafka
from deploy.local.ports import Ports
from tests.clickhouse_engine import ClickHouseEngine


class Servers(NamedTuple):
    """Both run, empty, until the end of the run."""

    kafka: Kafka
    clickhouse: ClickHouseEngine
    directory: Path
    """For files of the run: logs, settings, marks."""


@contextmanager
def servers() -> Iterator[Servers]:
    """Starts both and stops them at the end; their data go with them."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(TemporaryDirectory(prefix="cxstream-bench-")))
        ports = Ports()
        kafka = Kafka(ports.any(), ports.any(), directory / "kafka", directory / "kafka.log")
        stack.callback(kafka.stop)
        kafka.start()
        clickhouse = ClickHouseEngine(ports.any(), directory)
        stack.callback(clickhouse.stop)
        clickhouse.start()
        yield Servers(kafka, clickhouse, directory)
