import signal
from collections.abc import Iterator

import pytest

from streams.settings import Settings
from streams.shell.admin import connected_admin
from tests.docs.workplace import Workplace
from tests.integration.local.stack_process import stack


@pytest.hookimpl(tryfirst=True)  # before xdist looks for groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """In one process, those that need the stack: each process would start its own."""
    for item in items:
        if "workplace" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("documents"))
            item.add_marker(pytest.mark.timeout(600))


def make_topic(place: Workplace, name: str) -> None:
    """As its owner does with the tools of Kafka."""
    with connected_admin(Settings(brokers=(place.endpoints.broker,))) as admin:
        admin.create_topics({name: {"num_partitions": 1, "replication_factor": 1}})


@pytest.fixture(scope="package")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    directory = tmp_path_factory.mktemp("documents")
    with stack(directory / "stack", "--rate", "20") as running:
        endpoints = running.await_up()
        (directory / ".cxstream").symlink_to(running.data_dir)
        running.await_that(lambda: running.applied() > 0, "the worker works")
        place = Workplace(directory, endpoints)
        make_topic(place, "rehearsal")
        yield place
        running.process.send_signal(signal.SIGTERM)
        running.end()
