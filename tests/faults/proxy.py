"""An HTTP proxy in front of a ClickHouse endpoint, which misbehaves as a test tells it to."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, Final

import aiohttp
from aiohttp import web
from yarl import URL

from deploy.local.ports import LOOPBACK

_LARGEST_BODY: Final = 1 << 28
_DEADLINE_SECONDS: Final = 60
_LOOK_SECONDS: Final = 0.05

Forward = Callable[[], Awaitable[web.Response]]
"""Sends the request on and returns the endpoint's whole answer."""

Behaviour = Callable[[web.Request, Forward], Awaitable[web.StreamResponse]]


async def _passing(_: web.Request, forward: Forward) -> web.StreamResponse:
    return await forward()


async def hanging(request: web.Request, _: Forward) -> web.StreamResponse:
    """Takes the request and answers nothing as long as there is a client; one that nobody waits for is over."""
    while request.transport is not None:  # noqa: ASYNC110
        await asyncio.sleep(_LOOK_SECONDS)
    return web.Response(status=502)


async def failing_after_storing(_: web.Request, forward: Forward) -> web.StreamResponse:
    """The endpoint has done what it was asked for, and the client is told that it has not."""
    await forward()
    return web.Response(status=500, text="Code: 1002. DB::Exception: as the test wants it. (UNKNOWN_EXCEPTION)\n")


async def cutting_the_answer(request: web.Request, forward: Forward) -> web.StreamResponse:
    """The connection ends in the middle of an answer, after the endpoint has done what it was asked for."""
    done = await forward()
    answer = web.StreamResponse(status=done.status, headers={**done.headers, "Content-Length": "1000"})
    await answer.prepare(request)
    await answer.write(b"half")
    assert request.transport is not None
    request.transport.abort()
    return answer


def slow(seconds: float) -> Behaviour:
    """Each request reaches the endpoint only after so long, though its client may have given it up by then."""

    async def behave(_: web.Request, forward: Forward) -> web.StreamResponse:
        await asyncio.sleep(seconds)
        return await forward()

    return behave


class Proxy:
    """Passes everything on until it is told otherwise."""

    def __init__(self, port: int, target: str) -> None:
        self.url = f"http://{LOOPBACK}:{port}"
        self.touched = 0
        """Requests that have met a misbehaviour."""
        self._port = port
        self._target = target
        self._behaviour: Behaviour = _passing
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._met: set[asyncio.Task[Any]] = set()
        self._runner: web.AppRunner
        self._session: aiohttp.ClientSession

    def start(self) -> None:
        self._thread.start()
        self._call(self._start())

    def stop(self) -> None:
        self._call(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def under_way(self) -> int:
        """Requests that are not answered yet, those that nobody waits for any more among them."""
        return len(self._met)

    @contextmanager
    def misbehaving(self, behaviour: Behaviour) -> Iterator[None]:
        """Meets requests so inside the block; those that have begun are met so to their end."""
        self._behaviour = behaviour
        try:
            yield
        finally:
            self._behaviour = _passing

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Nobody listens inside the block, and open connections are cut."""
        self._call(self._close())
        try:
            yield
        finally:
            self._call(self._listen())

    async def _start(self) -> None:
        # What is packed stays packed.
        self._session = aiohttp.ClientSession(auto_decompress=False)
        await self._listen()

    async def _stop(self) -> None:
        await self._close()
        await self._session.close()

    async def _listen(self) -> None:
        app = web.Application(client_max_size=_LARGEST_BODY)
        app.router.add_route("*", "/{path:.*}", self._meet)
        # A client that gives up must not end its request: that is what makes a late arrival possible.
        self._runner = web.AppRunner(
            app, auto_decompress=False, access_log=None, shutdown_timeout=0, handler_cancellation=False
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, LOOPBACK, self._port, reuse_address=True).start()

    async def _close(self) -> None:
        for request in self._met:
            request.cancel()
        await self._runner.cleanup()

    async def _meet(self, request: web.Request) -> web.StreamResponse:
        task = asyncio.current_task()
        assert task is not None
        self._met.add(task)
        try:
            return await self._answer(request)
        finally:
            self._met.discard(task)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        behaviour = self._behaviour
        self.touched += behaviour is not _passing

        async def forward() -> web.Response:
            headers = {name: value for name, value in request.headers.items() if name.lower() not in _OF_A_CONNECTION}
            url = URL(self._target + request.raw_path, encoded=True)
            async with self._session.request(request.method, url, data=body, headers=headers) as answer:
                kept = {name: value for name, value in answer.headers.items() if name.lower() not in _OF_A_CONNECTION}
                return web.Response(status=answer.status, body=await answer.read(), headers=kept)

        try:
            return await behaviour(request, forward)
        except aiohttp.ClientError:
            # The endpoint is gone: what a client sees of it is a connection that ends without an answer.
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=502)

    def _call(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(_DEADLINE_SECONDS)


_OF_A_CONNECTION: Final = frozenset({"connection", "content-length", "host", "keep-alive", "transfer-encoding"})
"""Headers that hold between two neighbours and are not passed on."""
