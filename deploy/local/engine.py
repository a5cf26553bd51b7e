"""The local stack's ClickHouse: the embedded engine behind ClickHouse's HTTP interface.

`python -m deploy.local.engine --data-dir DIR --port P` answers clickhouse-connect, Grafana's plugin and curl like a
server: a statement in `query`, in the body or in both, settings and `param_*` in the query string, compressed bodies,
ClickHouse's headers and error codes. It listens on loopback and takes any name and password, unless `--users` names
those it knows; with `--certificate` it speaks https. SIGTERM lets running statements finish and closes the engine, so
that DIR can then be opened with a chdb:// DSN.
"""

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from ssl import CERT_REQUIRED, SSLContext
from typing import Any, Final, NamedTuple, cast
from uuid import uuid4

import cramjam
from aiohttp import web

from deploy.local import native
from deploy.local.embedded import Answer, DataDirectoryError, Engine, EngineError
from deploy.local.engine_users import Users
from sinks.tls import KeyPair, TlsError, server_context
from streams.decompression import Codec, DecompressionError, Decompressor
from streams.shell.expectations import refuse_expectations

_LARGEST_BODY: Final = 1 << 28
"""256 MiB, as it comes and decompressed: a body is held in memory; a flush of a worker is some ten MiB."""

_PARALLEL_STATEMENTS: Final = 8
"""More wait for their turn. The engine itself uses all cores for one statement."""

_TRANSPORT: Final = frozenset(
    {
        "buffer_size",
        "cancel_http_readonly_queries_on_client_close",
        "client_protocol_version",
        "compress",
        "database",
        "decompress",
        "default_format",
        "enable_http_compression",
        "http_headers_progress_interval_ms",
        "password",
        "query",
        "query_id",
        "quota_key",
        "role",
        "send_progress_in_http_headers",
        "session_check",
        "session_id",
        "session_timeout",
        "user",
        "wait_end_of_query",
    }
)
"""Parameters of the HTTP interface itself; every other one is a setting of the statement."""

_DEFAULT_FORMAT: Final = "TabSeparated"

_CODECS: Final[Mapping[str, Any]] = {
    "lz4": cramjam.lz4,
    "zstd": cramjam.zstd,
    "gzip": cramjam.gzip,
    "deflate": cramjam.zlib,
    "br": cramjam.brotli,
}

_CONTENT_TYPES: Final = {
    "TabSeparated": "text/tab-separated-values; charset=UTF-8",
    "TSV": "text/tab-separated-values; charset=UTF-8",
    "CSV": "text/csv; charset=UTF-8",
    "JSON": "application/json; charset=UTF-8",
    "Native": "application/octet-stream",
    "RowBinary": "application/octet-stream",
}

_STATUS: Final = {
    60: 404,  # unknown table
    81: 404,  # unknown database
    46: 404,  # unknown function
    47: 404,  # unknown identifier
    62: 400,  # syntax error
    36: 400,  # bad arguments
    115: 404,  # unknown setting
    48: 501,  # not implemented
    241: 507,  # memory limit
    516: 403,  # authentication failed
}
"""HTTP status by ClickHouse error number, as its server chooses; 500 for the others."""

_BAD_ARGUMENTS: Final = 36
_NOT_IMPLEMENTED: Final = 48
_INCORRECT_DATA: Final = 117


async def set_up(engine: Engine, threads: ThreadPoolExecutor, users: Users | None = None) -> web.AppRunner:
    """The HTTP interface of an open engine, which listens nowhere yet; statements run on `threads`, for anybody where
    `users` is None.
    """
    app = web.Application(client_max_size=_LARGEST_BODY)
    handler = partial(_statement, engine, threads, users)
    app.router.add_get("/ping", _ok)
    app.router.add_get("/replicas_status", _ok)
    app.router.add_get("/", handler)
    app.router.add_post("/", handler)
    # Bodies are decompressed here, because aiohttp does not know every encoding a client may choose.
    runner = web.AppRunner(app, auto_decompress=False, access_log=None, shutdown_timeout=10)
    await runner.setup()
    assert runner.server is not None  # `setup` has made it
    refuse_expectations(runner.server)
    return runner


async def _ok(_: web.Request) -> web.Response:
    return web.Response(text="Ok.\n")


class _Request(NamedTuple):
    """What a thread needs of a request once its body has arrived."""

    method: str
    fields: Mapping[str, str]
    """Query string and form."""
    headers: Mapping[str, str]
    body: bytes


async def _statement(
    engine: Engine, threads: ThreadPoolExecutor, users: Users | None, http: web.Request
) -> web.Response:
    named = http.query.get("query_id", "")
    headers = {
        "X-ClickHouse-Query-Id": named if named and named.isprintable() else str(uuid4()),
        "X-ClickHouse-Server-Display-Name": "cxstream-local",
        "X-ClickHouse-Timezone": "UTC",
    }
    try:
        if users is not None:
            users.check(http)
        request = await _received(http)
        body, more = await asyncio.get_running_loop().run_in_executor(threads, _answer, engine, request)
    except EngineError as error:
        headers["X-ClickHouse-Exception-Code"] = str(error.code)
        return web.Response(status=_STATUS.get(error.code, 500), text=f"{error}\n", headers=headers)
    return web.Response(body=body, headers=headers | more)


async def _received(http: web.Request) -> _Request:
    fields = dict(http.query)
    # Only multipart is a form: curl -d labels a plain statement as application/x-www-form-urlencoded.
    if http.content_type != "multipart/form-data":
        return _Request(http.method, fields, http.headers, await http.read())
    try:
        form = await http.post()
    except ValueError as error:
        raise _refusal(_BAD_ARGUMENTS, f"the form cannot be read: {error}") from error
    for name, value in form.items():
        if not isinstance(value, str):
            raise _refusal(_NOT_IMPLEMENTED, f"external data in form field {name}")
        fields[name] = value
    return _Request(http.method, fields, http.headers, b"")


def _answer(engine: Engine, request: _Request) -> tuple[bytes, dict[str, str]]:
    """Body and headers of the response."""
    fields, sent = request.fields, request.headers
    for blocks in ("compress", "decompress"):
        if fields.get(blocks) == "1":
            raise _refusal(_NOT_IMPLEMENTED, f"{blocks}=1 (ClickHouse's own blocks); use Content-Encoding instead")
    # Statement and data may come apart, as in `?query=INSERT ...`.
    pieces = (fields.get("query", "").encode(), _decompress(request.body, sent.get("Content-Encoding", "")))
    statement = b"\n".join(piece for piece in pieces if piece)
    if not statement.strip():
        return b"Ok.\n", {}
    # As ClickHouse does: a GET may read and choose settings, but not write.
    settings = {"readonly": "2"} if request.method == "GET" else {}
    settings |= {k: v for k, v in fields.items() if k not in _TRANSPORT and not k.startswith("param_")}
    answer = engine.run(
        statement,
        database=fields.get("database") or sent.get("X-ClickHouse-Database"),
        settings=settings,
        parameters={k.removeprefix("param_"): v for k, v in fields.items() if k.startswith("param_")},
        default_format=fields.get("default_format") or sent.get("X-ClickHouse-Format") or _DEFAULT_FORMAT,
    )
    body = answer.body
    if answer.format == "Native" and _revision(fields) >= native.FIRST_REVISION:
        body = native.framed(body)
    encoding = _agreed_encoding(request) if body else None
    if encoding:
        body = bytes(_CODECS[encoding].compress(body))
    return body, _describing(answer, encoding)


def _revision(fields: Mapping[str, str]) -> int:
    try:
        return int(fields.get("client_protocol_version", "0"))
    except ValueError as error:
        raise _refusal(_BAD_ARGUMENTS, f"client_protocol_version: {error}") from error


def _agreed_encoding(request: _Request) -> str | None:
    if request.fields.get("enable_http_compression") != "1":
        return None
    accepted = request.headers.get("Accept-Encoding", "")
    return next((name for name in _CODECS if name in accepted), None)


def _describing(answer: Answer, encoding: str | None) -> dict[str, str]:
    summary = {
        "read_rows": str(answer.read_rows),
        "written_rows": str(answer.written_rows),
        "result_bytes": str(len(answer.body)),
        "elapsed_ns": str(int(answer.seconds * 1e9)),
    }
    headers = {"X-ClickHouse-Summary": json.dumps(summary)}
    if answer.format is not None:
        headers["X-ClickHouse-Format"] = answer.format
        headers["Content-Type"] = _CONTENT_TYPES.get(answer.format, "text/plain; charset=UTF-8")
    if encoding:
        headers["Content-Encoding"] = encoding
    return headers


def _decompress(body: bytes, encoding: str) -> bytes:
    if not body or encoding in ("", "identity"):
        return body
    if encoding not in _CODECS:
        raise _refusal(_NOT_IMPLEMENTED, f"Content-Encoding {encoding}; use one of {', '.join(_CODECS)}")
    try:
        return Decompressor(_LARGEST_BODY).decompress(cast(Codec, encoding), body)
    except DecompressionError as error:
        raise _refusal(_INCORRECT_DATA, f"the body cannot be decompressed: {error}") from error


def _refusal(code: int, what: str) -> EngineError:
    name = {
        _BAD_ARGUMENTS: "BAD_ARGUMENTS",
        _NOT_IMPLEMENTED: "NOT_IMPLEMENTED",
        _INCORRECT_DATA: "INCORRECT_DATA",
    }[code]
    return EngineError(f"Code: {code}. DB::Exception: {what}. ({name})", code)


async def serve(
    engine: Engine, host: str, port: int, users: Users | None = None, tls: SSLContext | None = None
) -> None:
    """Answers until SIGTERM or SIGINT; statements that run by then are finished.

    Raises:
        OSError: the port is taken.
    """
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    with ThreadPoolExecutor(_PARALLEL_STATEMENTS, "statement") as threads:
        runner = await set_up(engine, threads, users)
        try:
            site = web.TCPSite(runner, host, port, ssl_context=tls)
            await site.start()
            scheme = "https" if tls else "http"
            print(f"ClickHouse engine on {scheme}://{host}:{runner.addresses[0][1]}", flush=True)
            await stop.wait()
        finally:
            await runner.cleanup()


def _tls(certificate: Path, key: Path | None, client_ca: Path | None) -> SSLContext:
    context = server_context(KeyPair(certificate, key), client_ca)
    if client_ca is not None:
        context.verify_mode = CERT_REQUIRED
    return context


def main() -> int:
    """0 stopped, 1 unexpected failure, 3 data directory, port, certificate or file of users not usable."""
    parser = argparse.ArgumentParser(prog="python -m deploy.local.engine", description=__doc__.split("\n\n")[0])
    parser.add_argument("--data-dir", type=Path, required=True, help="directory of the engine's files")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8123, help="0 takes a free one")
    parser.add_argument("--users", type=Path, help="file of lines NAME:PASSWORD; without it anybody may ask")
    parser.add_argument("--certificate", type=Path, help="PEM; with it the endpoint speaks https")
    parser.add_argument("--key", type=Path, help="PEM of the certificate's key")
    parser.add_argument("--client-ca", type=Path, help="PEM of the CA that clients need a certificate of")
    arguments = parser.parse_args()
    try:
        users = Users.read(arguments.users) if arguments.users else None
        tls = _tls(arguments.certificate, arguments.key, arguments.client_ca) if arguments.certificate else None
        engine = Engine(arguments.data_dir)
    except (DataDirectoryError, TlsError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 3
    try:
        asyncio.run(serve(engine, arguments.host, arguments.port, users, tls))
    except OSError as error:
        print(f"error: cannot listen on {arguments.host}:{arguments.port}: {error}", file=sys.stderr)
        return 3
    finally:
        engine.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
