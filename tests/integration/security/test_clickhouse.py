"""ClickHouse over TLS, with users: what works, and how what is wrong is told."""

import asyncio
from collections.abc import Iterator
from uuid import uuid4

import pytest

from schemas.rows import Row
from sinks.clickhouse.store import ClickHouseStore, RowBatch
from sinks.tls import client_context
from tests.certificates import Authority
from tests.integration.security.commands import cxstream
from tests.integration.security.secured_clickhouse import CLICKHOUSE_PASSWORD, SecuredClickHouse

PASSPHRASE = "planted-passphrase"


@pytest.fixture
def settings(secured_clickhouse: SecuredClickHouse, authority: Authority) -> Iterator[dict[str, str]]:
    """Of a writer whose key is encrypted, and of a database that is not there yet."""
    own = authority.issue("writer", passphrase=PASSPHRASE)
    environment = {
        "CX_CLICKHOUSE_URL": secured_clickhouse.url,
        "CX_CLICKHOUSE_CA_FILE": str(authority.file),
        "CX_CLICKHOUSE_CERT_FILE": str(own.certificate),
        "CX_CLICKHOUSE_KEY_FILE": str(own.key),
        "CX_CLICKHOUSE_KEY_PASSWORD": PASSPHRASE,
        "CX_CLICKHOUSE_USER": "writer",
        "CX_CLICKHOUSE_PASSWORD": CLICKHOUSE_PASSWORD,
        "CX_CLICKHOUSE_DATABASE": f"secured_{uuid4().hex}",
    }
    yield environment
    client = secured_clickhouse.client()
    client.command(f"DROP DATABASE IF EXISTS {environment['CX_CLICKHOUSE_DATABASE']}")
    client.close()


def test_migrate_and_report_work_over_tls_with_user_password_and_certificate(settings: dict[str, str]) -> None:
    migrated = cxstream(settings, "migrate")
    assert (migrated.code, migrated.complaints) == (0, [])
    reported = cxstream(settings, "report", "--digest")
    assert reported.code == 0
    assert reported.out.startswith("sha256:")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"CX_CLICKHOUSE_PASSWORD": "wrong"}, "writer: Authentication failed"),
        ({"CX_CLICKHOUSE_USER": "nobody"}, "nobody: Authentication failed"),
        ({"CX_CLICKHOUSE_CA_FILE": "{stranger}"}, "an authority that is not trusted here: see CX_CLICKHOUSE_CA_FILE"),
        ({"CX_CLICKHOUSE_URL": "https://{expired}"}, "its certificate has expired: renew it there"),
        ({"CX_CLICKHOUSE_URL": "https://localhost:{port}"}, "its certificate is for another host"),
        (
            {
                "CX_CLICKHOUSE_URL": "https://{demanding}",
                "CX_CLICKHOUSE_CERT_FILE": "",
                "CX_CLICKHOUSE_KEY_FILE": "",
                "CX_CLICKHOUSE_KEY_PASSWORD": "",
            },
            "it wants another certificate than we show (certificate required): see CX_CLICKHOUSE_CERT_FILE",
        ),
        ({"CX_CLICKHOUSE_KEY_PASSWORD": "wrong"}, "is the passphrase of the key right?"),
        ({"CX_CLICKHOUSE_CA_FILE": "/no/such.pem"}, "/no/such.pem cannot be read: No such file or directory"),
    ],
    ids=["password", "user", "authority", "expired", "host", "certificate", "passphrase", "file"],
)
def test_what_is_wrong_is_told_in_one_line_and_ends_with_3(
    settings: dict[str, str],
    stranger: Authority,
    expired_server: str,
    demanding_server: str,
    wrong: dict[str, str],
    told: str,
) -> None:
    port = settings["CX_CLICKHOUSE_URL"].rpartition(":")[2]
    places = {"stranger": stranger.file, "expired": expired_server, "demanding": demanding_server, "port": port}
    changed = {name: value.format_map(places) for name, value in wrong.items()}
    ended = cxstream(settings | changed, "migrate")
    assert ended.code == 3, ended
    (line,) = ended.complaints
    assert line.startswith("error: ")
    assert told in line


def test_a_report_tells_it_the_same_way(settings: dict[str, str], stranger: Authority) -> None:
    for wrong, told in (
        ({"CX_CLICKHOUSE_PASSWORD": "wrong"}, "writer: Authentication failed"),
        ({"CX_CLICKHOUSE_CA_FILE": str(stranger.file)}, "an authority that is not trusted here"),
    ):
        ended = cxstream(settings | wrong, "report", "--digest")
        (line,) = ended.complaints
        assert (ended.code, told in line) == (3, True), line


async def test_a_store_that_is_refused_says_so_once_and_waits(
    secured_clickhouse: SecuredClickHouse, authority: Authority
) -> None:
    own = authority.issue("writer")
    tls = client_context(authority.file, None)
    tls.load_cert_chain(own.certificate, own.key)
    store = ClickHouseStore(secured_clickhouse.url, "writer", "wrong", tls=tls)
    row = Row("nps", "1", 0, ("",) * 15, "topic", 0, 0, 1, 1, 9, {9: 1}, {})
    try:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(store.store(RowBatch.of([row])), 5)
    finally:
        store.close()
    assert store.failures == 1
    assert store.permanent
    assert "writer: Authentication failed" in str(store.last_error)
