from collections.abc import Iterator
from pathlib import Path
from ssl import CERT_REQUIRED

import pytest

from deploy.local.ports import Ports
from sinks.tls import KeyPair, server_context
from tests.certificates import Authority
from tests.integration.security.handshakes import handshakes
from tests.integration.security.secured_clickhouse import SecuredClickHouse
from tests.integration.security.secured_kafka import SecuredKafka


@pytest.hookimpl(tryfirst=True)  # before xdist looks for groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """In one process: each would start servers of its own."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("security"))


@pytest.fixture(scope="package")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The one that servers and clients trust."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="package")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """One that nobody trusts."""
    return Authority(tmp_path_factory.mktemp("stranger"))


@pytest.fixture(scope="package")
def secured_kafka(
    tmp_path_factory: pytest.TempPathFactory, ports: Ports, authority: Authority
) -> Iterator[SecuredKafka]:
    """Shared by all tests here: use topics, groups and users of your own."""
    broker = SecuredKafka(ports, tmp_path_factory.mktemp("secured"), authority, authority.issue(expired=True))
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture(scope="package")
def secured_clickhouse(
    tmp_path_factory: pytest.TempPathFactory, ports: Ports, authority: Authority
) -> Iterator[SecuredClickHouse]:
    """Shared by all tests here: use a database of your own."""
    engine = SecuredClickHouse(ports, tmp_path_factory.mktemp("secured-clickhouse"), authority)
    engine.start()
    yield engine
    engine.stop()


@pytest.fixture(scope="package")
def expired_server(authority: Authority) -> Iterator[str]:
    """``host:port`` of a TLS server whose certificate has expired."""
    own = authority.issue(expired=True)
    with handshakes(server_context(KeyPair(*own), None)) as address:
        yield address


@pytest.fixture(scope="package")
def demanding_server(authority: Authority) -> Iterator[str]:
    """``host:port`` of a TLS server that wants a certificate of its clients."""
    own = authority.issue()
    context = server_context(KeyPair(*own), authority.file)
    context.verify_mode = CERT_REQUIRED
    with handshakes(context) as address:
        yield address
