from collections.abc import Iterator
from ssl import CERT_REQUIRED

import pytest

from deploy.local.ports import Ports
from sinks.tls import KeyPair, server_context
from tests.certificates import Authority
from tests.integration.security.handshakes import handshakes
from tests.integration.security.secured_clickhouse import SecuredClickHouse
from tests.integration.security.secured_kafka import SecuredKafka


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The one that servers and clients trust."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """One that nobody trusts."""
    return Authority(tmp_path_factory.mktemp("stranger"))


@pytest.fixture(scope="session")
def secured_kafka(
    tmp_path_factory: pytest.TempPathFactory, ports: Ports, authority: Authority
) -> Iterator[SecuredKafka]:
    """Shared by the session: use topics, groups and users of your own."""
    broker = SecuredKafka(ports, tmp_path_factory.mktemp("secured"), authority, authority.issue(expired=True))
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture(scope="session")
def secured_clickhouse(
    tmp_path_factory: pytest.TempPathFactory, ports: Ports, authority: Authority
) -> Iterator[SecuredClickHouse]:
    """Shared by the session: use a database of your own."""
    engine = SecuredClickHouse(ports, tmp_path_factory.mktemp("secured-clickhouse"), authority)
    engine.start()
    yield engine
    engine.stop()


@pytest.fixture(scope="session")
def expired_server(authority: Authority) -> Iterator[str]:
    """``host:port`` of a TLS server whose certificate has expired."""
    own = authority.issue(expired=True)
    with handshakes(server_context(KeyPair(*own), None)) as address:
        yield address


@pytest.fixture(scope="session")
def demanding_server(authority: Authority) -> Iterator[str]:
    """``host:port`` of a TLS server that wants a certificate of its clients."""
    own = authority.issue()
    context = server_context(KeyPair(*own), authority.file)
    context.verify_mode = CERT_REQUIRED
    with handshakes(context) as address:
        yield address
