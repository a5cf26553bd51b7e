"""Requests over a raw socket, and a server on a thread of its own to send them to."""

import asyncio
import contextlib
import logging
import socket
import threading
from collections.abc import Callable
from random import Random
from typing import Final

from tests.fuzz.mutation import mutated_bytes

_SECONDS: Final = 20
_HEADERS: Final = (
    b"Accept-Encoding: gzip, br",
    b"Connection: close",
    b"Connection: upgrade",
    b"Content-Encoding: gzip",
    b"Content-Length: 5",
    b"Content-Length: -1",
    b"Content-Length: 99999999999999999999",
    b"Content-Type: multipart/form-data; boundary=b",
    b"Content-Type: \xff",
    b"Cookie: a=b; c",
    b"Expect: 100-continue",
    b"Host: w",
    b"Range: bytes=0-",
    b"Transfer-Encoding: chunked",
    b"Transfer-Encoding: gzip, chunked",
    b"X: " + b"y" * 9_000,
)


def hostile_request(choose: Random, paths: tuple[bytes, ...], bodies: tuple[bytes, ...]) -> bytes:
    """A request, or two in a row, of which a few bytes may be anything."""
    method = choose.choice((b"GET", b"GET", b"GET", b"POST", b"HEAD", b"OPTIONS", b"PUT", b"BREW", b"\xff"))
    version = choose.choice((b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.0", b"HTTP/2.0", b""))
    headers = [choose.choice(_HEADERS) for _ in range(choose.choice((0, 1, 2, 4, 200)))]
    body = choose.choice((b"", *bodies))
    if choose.random() < 0.5:
        headers.append(b"Content-Length: %d" % len(body))
    line = b" ".join((method, choose.choice((*paths, b"*", b"http://w/", b"/%00%ff", b"/" * 300)), version))
    request = b"\r\n".join((line, *headers, b"", body))
    if choose.random() < 0.6:
        request = mutated_bytes(choose, request)
    return request * choose.choice((1, 1, 1, 2))


class Server:
    """Runs ``serving`` (which yields the port) on an event loop of its own, and keeps what it logs as an error."""

    def __init__(
        self,
        serving: Callable[[], contextlib.AbstractAsyncContextManager[int]],
        ignoring: tuple[type[Exception], ...] = (),
    ) -> None:
        self.errors: list[str] = []
        self._ignoring = ignoring
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._serving = serving
        self._ready = threading.Event()
        self.port = 0
        handler = logging.Handler(logging.ERROR)
        handler.emit = self._note  # type: ignore[method-assign]
        logging.getLogger("aiohttp.server").addHandler(handler)
        logging.getLogger("asyncio").addHandler(handler)
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._run(),))
        self._thread.start()
        assert self._ready.wait(_SECONDS)

    def send(self, request: bytes, end: bool = True) -> bytes:
        """All that comes back until the server ends the connection; to ``end`` ours makes it do so at once."""
        with socket.create_connection(("127.0.0.1", self.port), _SECONDS) as connection:
            with contextlib.suppress(OSError):
                connection.sendall(request)
                if end:
                    connection.shutdown(socket.SHUT_WR)
            answer = b""
            with contextlib.suppress(OSError):
                while piece := connection.recv(65_536):
                    answer += piece
            return answer

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(_SECONDS)

    def _note(self, record: logging.LogRecord) -> None:
        if not (record.exc_info and isinstance(record.exc_info[1], self._ignoring)):
            self.errors.append(logging.Formatter().format(record))

    async def _run(self) -> None:
        async with self._serving() as self.port:
            self._ready.set()
            await self._stop.wait()


def statuses(answer: bytes) -> list[int]:
    """Of the answers in what a server has sent, as far as they begin a line."""
    lines = [line.split(b" ") for line in answer.split(b"\r\n") if line.startswith(b"HTTP/1.")]
    return [int(line[1]) for line in lines if len(line) > 1 and line[1].isdigit()]
