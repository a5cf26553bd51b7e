"""The worker's HTTP endpoint."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random
from typing import Final

from sinks.prometheus import PrometheusSink
from streams.shell.web import serve
from tests.fuzz.http_requests import Server, hostile_request, statuses
from tests.unit.shell.workers import Surroundings

_PATHS: Final = (
    *(b"/livez", b"/readyz", b"/status", b"/live", b"/metrics", b"/waiting?team=\xff&limit=0", b"/"),
    *(b"/livez?x=\xff", b"/../status"),
)
_BODIES: Final = (b"hello", b"5\r\nhello\r\n0\r\n\r\n", b"ffffffffffffffff\r\n", b"\x1f\x8b\x08garbage", b"x" * 70_000)
_PROBE: Final = b"GET /livez HTTP/1.1\r\nHost: w\r\nConnection: close\r\n\r\n"


@asynccontextmanager
async def _serving() -> AsyncIterator[int]:
    around = Surroundings()
    listening = await serve(around.worker, around.watchdog, PrometheusSink().registry, "127.0.0.1", 0, None, None)
    yield listening.port
    await listening.runner.cleanup()
    await around.worker.stop()


class WorkerEndpoint:
    """After each request a probe has to be answered."""

    def __init__(self) -> None:
        self._server = Server(_serving)

    def make(self, choose: Random) -> bytes:
        return hostile_request(choose, _PATHS, _BODIES)

    def allowance(self, case: bytes) -> int:
        return 32 * 2**20 + 64 * len(case)

    def check(self, case: bytes) -> None:
        found = statuses(self._server.send(case))
        assert all(status in (100, 200, 503) or 400 <= status < 500 for status in found), found
        assert statuses(self._server.send(_PROBE, end=False)) == [200]
        assert self._server.errors == [], self._server.errors[0]

    def close(self) -> None:
        self._server.close()
