"""What a worker serves over HTTP: metrics, health, status and live windows.

With TLS and a CA for clients only whoever shows a certificate of that CA may read; the two probes answer everybody,
since platforms show none.
"""

import asyncio
import json
from pathlib import Path
from ssl import CERT_NONE, SSLContext
from typing import Final, NamedTuple

import msgspec
import structlog
from aiohttp import web
from aiohttp.typedefs import Handler
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from streams.shell.health import stalled
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
    registry: CollectorRegistry,
    host: str,
    port: int,
    tls: SSLContext | None,
    endpoints_file: Path | None,
) -> Listening:
    """Serves until the runner is cleaned up; takes another port when ``port`` is busy, and says so.

    Raises OSError when it cannot listen on the host at all or cannot write the file.
    """
    application = _application(worker, registry)
    if tls is not None and tls.verify_mode is not CERT_NONE:
        application.middlewares.append(_known_clients_only)
    runner = web.AppRunner(application, access_log=None)
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


def _application(worker: Worker, registry: CollectorRegistry) -> web.Application:
    async def metrics(_: web.Request) -> web.Response:
        text = await asyncio.to_thread(generate_latest, registry)
        return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def livez(_: web.Request) -> web.Response:
        """503 when only a new start helps."""
        condition = worker.health.condition
        if condition.state == "failed":
            return _answer(False, condition.reason)
        stuck = stalled(worker.partitions.values()) if condition.state == "running" else []
        return _answer(not stuck, f"records wait and none is applied: {', '.join(stuck)}")

    async def readyz(_: web.Request) -> web.Response:
        """503 while what this worker shows does not follow the log."""
        condition = worker.health.condition
        return _answer(worker.health.ready, f"{condition.state}: {condition.reason}")

    async def status(_: web.Request) -> web.Response:
        return web.Response(body=msgspec.json.encode(worker.status()), content_type=_JSON)

    async def live(_: web.Request) -> web.Response:
        body = await asyncio.to_thread(msgspec.json.encode, worker.view)
        return web.Response(body=body, content_type=_JSON)

    application = web.Application()
    application.router.add_get("/metrics", metrics)
    application.router.add_get("/livez", livez)
    application.router.add_get("/readyz", readyz)
    application.router.add_get("/status", status)
    application.router.add_get("/live", live)
    return application


def _answer(good: bool, otherwise: str) -> web.Response:
    return web.Response(text="ok\n") if good else web.Response(status=503, text=f"{otherwise}\n")
