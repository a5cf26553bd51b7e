"""The local stack's ClickHouse: the embedded engine behind ClickHouse's HTTP interface.

`python -m deploy.local.engine --data-dir DIR --port P` answers clickhouse-connect, Grafana's plugin and curl like a
server: a statement in `query`, in the body or in both, settings and `param_*` in the query string, compressed bodies,
ClickHouse's headers and error codes. There are no users: it listens on loopback and takes any name and password.
SIGTERM lets running statements finish and closes the engine, so that DIR can then be opened with a chdb:// DSN.
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
from typing import Any, Final
from uuid import uuid4

import cramjam
from aiohttp import web

from deploy.local.embedded import Answer, DataDirectoryError, Engine, EngineError

_LARGEST_BODY: Final = 1 << 30
"""1 GiB: a body is held in memory; a flush of a worker is some ten MiB."""

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
}
"""HTTP status by ClickHouse error number, as its server chooses; 500 for the others."""

_NOT_IMPLEMENTED: Final = 48
_INCORRECT_DATA: Final = 117


def build(engine: Engine, threads: ThreadPoolExecutor) -> web.Application:
    """The HTTP interface of an open engine; statements run on `threads`."""
    app = web.Application(client_max_size=_LARGEST_BODY)
    handler = partial(_statement, engine, threads)
    app.router.add_get("/ping", _ok)
    app.router.add_get("/replicas_status", _ok)
    app.router.add_get("/", handler)
    app.router.add_post("/", handler)
    return app


async def _ok(_: web.Request) -> web.Response:
    return web.Response(text="Ok.\n")


async def _statement(engine: Engine, threads: ThreadPoolExecutor, request: web.Request) -> web.Response:
    query_id = request.query.get("query_id") or str(uuid4())
    headers = {
        "X-ClickHouse-Query-Id": query_id,
        "X-ClickHouse-Server-Display-Name": "cxstream-local",
        "X-ClickHouse-Timezone": "UTC",
    }
    try:
        statement, fields = await _read(request)
        if not statement.strip():
            return web.Response(text="Ok.\n", headers=headers)
        # As ClickHouse does: a GET may read and choose settings, but not write.
        settings = {"readonly": "2"} if request.method == "GET" else {}
        settings |= {k: v for k, v in fields.items() if k not in _TRANSPORT and not k.startswith("param_")}
        run = partial(
            engine.run,
            statement,
            database=fields.get("database") or request.headers.get("X-ClickHouse-Database"),
            settings=settings,
            parameters={k.removeprefix("param_"): v for k, v in fields.items() if k.startswith("param_")},
            default_format=fields.get("default_format")
            or request.headers.get("X-ClickHouse-Format")
            or _DEFAULT_FORMAT,
        )
        answer = await asyncio.get_running_loop().run_in_executor(threads, run)
    except EngineError as error:
        headers["X-ClickHouse-Exception-Code"] = str(error.code)
        return web.Response(status=_STATUS.get(error.code, 500), text=f"{error}\n", headers=headers)
    return _respond(request, answer, headers)


def _respond(request: web.Request, answer: Answer, headers: dict[str, str]) -> web.Response:
    headers["X-ClickHouse-Summary"] = json.dumps(
        {
            "read_rows": str(answer.read_rows),
            "written_rows": str(answer.written_rows),
            "result_bytes": str(len(answer.body)),
            "elapsed_ns": str(int(answer.seconds * 1e9)),
        }
    )
    body = answer.body
    if answer.format is not None:
        headers["X-ClickHouse-Format"] = answer.format
        headers["Content-Type"] = _CONTENT_TYPES.get(answer.format, "text/plain; charset=UTF-8")
    if request.query.get("enable_http_compression") == "1":
        accepted = request.headers.get("Accept-Encoding", "")
        for name, codec in _CODECS.items():
            if body and name in accepted:
                headers["Content-Encoding"] = name
                body = bytes(codec.compress(body))
                break
    return web.Response(body=body, headers=headers)


async def _read(request: web.Request) -> tuple[bytes, dict[str, str]]:
    """Statement with its data, and all parameters. Statement and body may come apart, as in `?query=INSERT ...`."""
    fields = dict(request.query)
    for blocks in ("compress", "decompress"):
        if fields.get(blocks) == "1":
            raise _refusal(_NOT_IMPLEMENTED, f"{blocks}=1 (ClickHouse's own blocks); use Content-Encoding instead")
    # Only multipart is a form: curl -d labels a plain statement as application/x-www-form-urlencoded.
    if request.content_type == "multipart/form-data":
        for name, value in (await request.post()).items():
            if not isinstance(value, str):
                raise _refusal(_NOT_IMPLEMENTED, f"external data in form field {name}")
            fields[name] = value
        body = b""
    else:
        body = _decompress(await request.read(), request.headers.get("Content-Encoding", ""))
    query = fields.get("query", "").encode()
    return (query + b"\n" + body if query and body else query or body), fields


def _decompress(body: bytes, encoding: str) -> bytes:
    if not body or encoding in ("", "identity"):
        return body
    if encoding not in _CODECS:
        raise _refusal(_NOT_IMPLEMENTED, f"Content-Encoding {encoding}; use one of {', '.join(_CODECS)}")
    try:
        return bytes(_CODECS[encoding].decompress(body))
    except cramjam.DecompressionError as error:
        raise _refusal(_INCORRECT_DATA, f"the body is not {encoding}: {error}") from error


def _refusal(code: int, what: str) -> EngineError:
    name = {_NOT_IMPLEMENTED: "NOT_IMPLEMENTED", _INCORRECT_DATA: "INCORRECT_DATA"}[code]
    return EngineError(f"Code: {code}. DB::Exception: {what}. ({name})", code)


async def serve(engine: Engine, host: str, port: int) -> None:
    """Answers until SIGTERM or SIGINT; statements that run by then are finished.

    Raises:
        OSError: the port is taken.
    """
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    with ThreadPoolExecutor(_PARALLEL_STATEMENTS, "statement") as threads:
        # Bodies are decompressed here, because aiohttp does not know every encoding a client may choose.
        runner = web.AppRunner(build(engine, threads), auto_decompress=False, access_log=None, shutdown_timeout=10)
        await runner.setup()
        try:
            site = web.TCPSite(runner, host, port)
            await site.start()
            print(f"ClickHouse engine on http://{host}:{runner.addresses[0][1]}", flush=True)
            await stop.wait()
        finally:
            await runner.cleanup()


def main() -> int:
    """0 stopped, 1 unexpected failure, 3 data directory or port not usable."""
    parser = argparse.ArgumentParser(prog="python -m deploy.local.engine", description=__doc__.split("\n\n")[0])
    parser.add_argument("--data-dir", type=Path, required=True, help="directory of the engine's files")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on; there are no passwords")
    parser.add_argument("--port", type=int, default=8123, help="0 takes a free one")
    arguments = parser.parse_args()
    try:
        engine = Engine(arguments.data_dir)
    except DataDirectoryError as error:
        print(f"error: {error}", file=sys.stderr)
        return 3
    try:
        asyncio.run(serve(engine, arguments.host, arguments.port))
    except OSError as error:
        print(f"error: cannot listen on {arguments.host}:{arguments.port}: {error}", file=sys.stderr)
        return 3
    finally:
        engine.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
