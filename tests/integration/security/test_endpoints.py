"""The worker's own endpoints over TLS, with and without certificates of clients."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from ssl import SSLContext
from typing import Any

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from schemas.metrics import load_registry
from sinks.prometheus import PrometheusSink
from sinks.tls import KeyPair, TlsError, client_context
from streams.connections import endpoints_tls
from streams.settings import Settings
from streams.shell.web import Listening, serve
from tests.certificates import Authority
from tests.unit.shell.workers import Surroundings

GUARDED = ("/metrics", "/status", "/live", "/waiting")
PROBES = ("/livez", "/readyz")


@asynccontextmanager
async def listening(**settings: Any) -> AsyncIterator[Listening]:
    """A worker that listens under these settings."""
    surroundings = Surroundings(metrics_port=0, **settings)
    sink = PrometheusSink(metrics=load_registry(), segments_shown=10)
    own = surroundings.settings
    server = await serve(
        surroundings.worker, surroundings.watchdog, sink.registry, own.metrics_host, 0, endpoints_tls(own), None
    )
    try:
        yield server
    finally:
        await server.runner.cleanup()
        await surroundings.worker.stop()


async def get(server: Listening, path: str, tls: SSLContext | None) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(server.url + path, ssl=tls or True) as answer:
        return answer.status, await answer.text()


def shown(authority: Authority, own: KeyPair | None = None) -> SSLContext:
    return client_context(authority.file, own)


async def test_without_a_certificate_they_speak_http() -> None:
    async with listening() as server:
        assert server.url.startswith("http://")
        status, text = await get(server, "/metrics", None)
    assert status == 200
    assert {family.name for family in text_string_to_metric_families(text)}


async def test_with_a_certificate_they_speak_https_to_everybody_and_nothing_else(authority: Authority) -> None:
    own = authority.issue(passphrase="planted-passphrase")
    settings = {"metrics_cert_file": own.certificate, "metrics_key_file": own.key}
    async with listening(**settings, metrics_key_password="planted-passphrase") as server:
        for path in GUARDED:
            assert (await get(server, path, shown(authority)))[0] == 200
        plain = server.url.replace("https:", "http:")
        with pytest.raises(aiohttp.ClientError):
            async with aiohttp.ClientSession() as session:
                await session.get(plain + "/metrics")


async def test_with_a_ca_for_clients_only_they_may_read_and_probes_answer_everybody(
    authority: Authority, stranger: Authority
) -> None:
    own = authority.issue()
    settings = {"metrics_cert_file": own.certificate, "metrics_key_file": own.key}
    prometheus, other = authority.issue("prometheus"), stranger.issue("prometheus")
    async with listening(**settings, metrics_client_ca_file=authority.file) as server:
        for path in GUARDED:
            assert (await get(server, path, shown(authority, KeyPair(*prometheus))))[0] == 200
            status, text = await get(server, path, shown(authority))
            assert status == 403
            assert text == "a client certificate is needed (CX_METRICS_CLIENT_CA_FILE)\n"
        for path in PROBES:
            assert (await get(server, path, shown(authority)))[0] in (200, 503)
        for path in GUARDED + PROBES:
            with pytest.raises((aiohttp.ClientError, ConnectionError)):
                await get(server, path, shown(authority, KeyPair(*other)))


def without_its_file(own: KeyPair) -> dict[str, object]:
    return {"metrics_cert_file": Path("/no/such.pem"), "metrics_key_file": own.key}


def with_a_wrong_passphrase(own: KeyPair) -> dict[str, object]:
    return {"metrics_cert_file": own.certificate, "metrics_key_file": own.key, "metrics_key_password": "wrong"}


def without_a_passphrase(own: KeyPair) -> dict[str, object]:
    return {"metrics_cert_file": own.certificate, "metrics_key_file": own.key}


def with_another_key(own: KeyPair) -> dict[str, object]:
    other = Authority(own.certificate.parent / "other").issue()
    return {"metrics_cert_file": own.certificate, "metrics_key_file": other.key}


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (without_its_file, "/no/such.pem cannot be read: No such file or directory"),
        (with_a_wrong_passphrase, "is the passphrase of the key right?"),
        (without_a_passphrase, "is the key encrypted"),
        (with_another_key, "does not belong to the certificate"),
    ],
)
def test_a_certificate_that_cannot_be_used_is_named(
    authority: Authority, settings: Callable[[KeyPair], dict[str, object]], told: str
) -> None:
    pair = authority.issue(passphrase="right")
    with pytest.raises(TlsError, match=r"^TLS of endpoints: ") as error:
        endpoints_tls(Settings(**settings(KeyPair(*pair))))  # type: ignore[arg-type]
    assert told in str(error.value)
    assert "\n" not in str(error.value)


async def test_the_handshake_does_not_wait_for_a_passphrase_on_the_terminal(authority: Authority) -> None:
    pair = authority.issue(passphrase="right")
    settings = Settings(metrics_cert_file=pair.certificate, metrics_key_file=pair.key)
    with pytest.raises(TlsError):
        await asyncio.wait_for(asyncio.to_thread(endpoints_tls, settings), 10)
