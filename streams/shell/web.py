"""What a worker serves over HTTP: metrics, health, status, live windows, and who waits longest.

With TLS and a CA for clients only whoever shows a certificate of that CA may read; the two probes answer everybody,
since platforms show none.
"""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from ssl import CERT_NONE, SSLContext
from time import monotonic
from typing import Final, NamedTuple

import msgspec
import structlog
from aiohttp import web
from aiohttp.typedefs import Handler
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from streams.shell.bounded_runner import BoundedRunner
from streams.shell.waiting_list import Unanswerable, waiting_list
from streams.shell.watchdog import Watchdog
from streams.shell.worker import Worker

_ANY_PORT: Final = 0
_JSON: Final = "application/json"
_PROBES: Final = ("/livez", "/readyz")

log = structlog.get_logger()


class Listening(NamedTuple):
    """A server and where it listens."""

    runner: web.AppRunner
    host: str
    port: int
    tls: bool

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://{self.host}:{self.port}"


async def serve(
    worker: Worker,
    watchdog: Watchdog,
    registry: CollectorRegistry,
    host: str,
    port: int,
    tls: SSLContext | None,
    endpoints_file: Path | None,
) -> Listening:
    """Serves until the runner is cleaned up; takes another port when ``port`` is busy, and says so.

    Raises OSError when it cannot listen on the host at all or cannot write the file.
    """
    application = _application(worker, watchdog, registry)
    if tls is not None and tls.verify_mode is not CERT_NONE:
        application.middlewares.append(_known_clients_only)
    runner = BoundedRunner(application)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port, ssl_context=tls).start()
    except OSError as error:
        log.warning("metrics port is busy, taking another one", host=host, port=port, error=str(error))
        await web.TCPSite(runner, host, _ANY_PORT, ssl_context=tls).start()
    listening = Listening(runner, host, runner.addresses[0][1], tls is not None)
    log.info("listening", url=listening.url)
    if endpoints_file is not None:
        _tell(endpoints_file, listening)
    return listening


@web.middleware
async def _known_clients_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    # Whether a certificate is a good one, the handshake has found out.
    if request.path in _PROBES or request.get_extra_info("peercert"):
        return await handler(request)
    return web.Response(status=403, text="a client certificate is needed (CX_METRICS_CLIENT_CA_FILE)\n")


def _tell(endpoints_file: Path, listening: Listening) -> None:
    # Whole or not at all: somebody polls for this file.
    draft = endpoints_file.with_suffix(".part")
    draft.write_text(json.dumps({"worker": listening.url, "port": listening.port}))
    draft.replace(endpoints_file)


def _application(worker: Worker, watchdog: Watchdog, registry: CollectorRegistry) -> web.Application:
    exposition = _Rendering(lambda: generate_latest(registry))
    view = _Rendering(lambda: msgspec.json.encode(worker.live.view))
    one_list = asyncio.Lock()  # answers differ by what is asked, so a crowd has to queue

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(body=await exposition.text(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def livez(_: web.Request) -> web.Response:
        """503 when only a new start helps."""
        # Looks itself: whatever else hangs, this answers by what is so now, or not at all.
        stalled = watchdog.look(monotonic())
        return _answer(not stalled, "; ".join(stalled) or "ok")

    async def readyz(_: web.Request) -> web.Response:
        """503 while what this worker shows does not follow the log."""
        return _answer(worker.health.ready, str(worker.health.condition))

    async def status(_: web.Request) -> web.Response:
        return web.Response(body=msgspec.json.encode(worker.status()), content_type=_JSON)

    async def live(_: web.Request) -> web.Response:
        return web.Response(body=await view.text(), content_type=_JSON)

    async def waiting(request: web.Request) -> web.Response:
        """400 for what is no dimension."""
        try:
            async with one_list:
                found = await asyncio.to_thread(waiting_list, worker.live.looks, worker.live.view.as_of, request.query)
        except Unanswerable as error:
            return web.Response(status=400, text=f"{error}\n")
        return web.Response(body=msgspec.json.encode(found), content_type=_JSON)

    application = web.Application()
    application.router.add_get("/metrics", metrics)
    application.router.add_get("/livez", livez)
    application.router.add_get("/readyz", readyz)
    application.router.add_get("/status", status)
    application.router.add_get("/live", live)
    application.router.add_get("/waiting", waiting)
    return application


class _Rendering:
    """A large text, made in a thread; whoever asks meanwhile gets the same one, so that no crowd fills the threads
    that checkpoints and inserts need."""

    def __init__(self, render: Callable[[], bytes]) -> None:
        self._render = render
        self._current: asyncio.Future[bytes] | None = None

    async def text(self) -> bytes:
        if self._current is None or self._current.done():
            self._current = asyncio.ensure_future(asyncio.to_thread(self._render))
        return await asyncio.shield(self._current)


def _answer(good: bool, text: str) -> web.Response:
    return web.Response(status=200 if good else 503, text=f"{text}\n")
