"""The local ClickHouse endpoint: statements, parameters, encodings and forms around the real engine."""

import gzip
import shutil
import tempfile
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Final, NamedTuple
from urllib.parse import quote_from_bytes

import cramjam
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from deploy.local.embedded import Engine
from deploy.local.engine import set_up
from tests.fuzz.http_requests import Server, hostile_request, statuses
from tests.fuzz.mutation import mutated_bytes

_STATEMENTS: Final = (
    b"SELECT 1",
    b"SELECT number, toString(number) FROM numbers(3) FORMAT Native",
    b"SELECT {x:UInt32} + 1",
    b'INSERT INTO t FORMAT JSONEachRow\n{"n": 1}\n',
    b"INSERT INTO t VALUES (1), (2)",
    b"INSERT INTO t (n) FORMAT TabSeparated\n1\n2\n",
    b"SELECT throwIf(1)",
    b"",
    b";",
)
_NAMES: Final = (
    b"database",
    b"default_format",
    b"param_x",
    b"max_threads",
    b"compress",
    b"client_protocol_version",
    b"query_id",
    b"\xff",
    b"",
)
_VALUES: Final = (
    b"1",
    b"",
    b"Native",
    b"JSON",
    b"54460",
    b"-1",
    b"x' OR '1",
    b"\\'",
    b"\n\r",
    b"\0",
    b"\xff",
    b"9" * 50,
    b"default",
)
_ENCODINGS: Final = (b"gzip", b"deflate", b"lz4", b"zstd", b"br", b"identity", b"rot13", b"gzip, gzip", b"")
_PROBE: Final = b"GET /?query=SELECT%2042 HTTP/1.1\r\nHost: c\r\nConnection: close\r\n\r\n"


class Request(NamedTuple):
    sent: bytes
    framed: bool
    """It ends where it says, so that an answer has to come."""


class EngineEndpoint:
    """After each request the engine has to answer another one rightly."""

    def __init__(self) -> None:
        self._directory = Path(tempfile.mkdtemp(prefix="fuzz-engine-"))
        self._engine = Engine(self._directory)
        self._engine.run(b"CREATE TABLE IF NOT EXISTS t (n UInt64) ENGINE = Null", default_format="Null")
        self._server = Server(self._serving, (HttpProcessingError, web.RequestPayloadError, ConnectionError))

    @asynccontextmanager
    async def _serving(self) -> AsyncIterator[int]:
        with ThreadPoolExecutor(2) as threads:
            runner = await set_up(self._engine, threads)
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            yield runner.addresses[0][1]
            await runner.cleanup()

    def make(self, choose: Random) -> Request:
        statement = choose.choice(_STATEMENTS)
        if choose.random() < 0.3:
            statement = mutated_bytes(choose, statement)
        if choose.random() < 0.3:
            bodies = (statement, _form(choose, statement))
            return Request(hostile_request(choose, (b"/", b"/ping", b"/?query=SELECT+1"), bodies), False)
        return Request(_request(choose, statement), True)

    def allowance(self, case: Request) -> int:
        return 64 * 2**20 + 64 * len(case.sent)

    def check(self, case: Request) -> None:
        found = statuses(self._server.send(case.sent, end=not case.framed))
        assert all(status in (100, 200) or status >= 400 for status in found), found
        assert found or not case.framed
        answer = self._server.send(_PROBE, end=False)
        assert answer.endswith(b"\r\n\r\n42\n"), answer
        assert self._server.errors == [], self._server.errors[0]

    def close(self) -> None:
        self._server.close()
        self._engine.close()
        shutil.rmtree(self._directory)


def _request(choose: Random, statement: bytes) -> bytes:
    """A request that is framed as it should be."""
    parameters = [(choose.choice(_NAMES), choose.choice(_VALUES)) for _ in range(choose.choice((0, 1, 2, 5)))]
    body, encoding, kind = statement, choose.choice(_ENCODINGS), b"text/plain"
    match choose.randrange(6):
        case 0:
            parameters.append((b"query", statement))
            body = choose.choice((b"", b"1\n"))
        case 1:
            body, kind, encoding = _form(choose, statement), b"multipart/form-data; boundary=b", b""
        case _:
            body = _squeezed(encoding, statement)
            if choose.random() < 0.3:
                body = mutated_bytes(choose, body)
    query = b"&".join(
        quote_from_bytes(name).encode() + b"=" + quote_from_bytes(value).encode() for name, value in parameters
    )
    method = choose.choice((b"GET", b"POST", b"POST"))
    headers = (
        b"Host: c",
        b"Connection: close",
        b"Content-Encoding: " + encoding,
        b"Content-Type: " + kind,
        b"Content-Length: %d" % len(body),
    )
    return b"\r\n".join((method + b" /?" + query + b" HTTP/1.1", *headers, b"", body))


def _squeezed(encoding: bytes, body: bytes) -> bytes:
    match encoding:
        case b"gzip":
            return gzip.compress(body)
        case b"deflate":
            return bytes(cramjam.zlib.compress(body))
        case b"lz4":
            return bytes(cramjam.lz4.compress(body))
        case b"zstd":
            return bytes(cramjam.zstd.compress(body))
        case b"br":
            return bytes(cramjam.brotli.compress(body))
        case _:
            return body


def _form(choose: Random, statement: bytes) -> bytes:
    name = choose.choice((b'name="query"', b'name="query"; filename="f"', b"name=param_x", b""))
    return b"--b\r\nContent-Disposition: form-data; " + name + b"\r\n\r\n" + statement + b"\r\n--b--\r\n"
