"""What a client may expect of an HTTP server before it sends a body: leave to go on, and nothing else."""

from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

Handle = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]

_CONTINUE: Final = "100-continue"


def refuse_expectations(server: web.Server) -> None:
    """From now on it answers 417 to any other; aiohttp repeats theirs, and fails where it is no UTF-8."""
    handle: Handle = server.request_handler

    async def handled(request: web.BaseRequest) -> web.StreamResponse:
        if request.headers.get("Expect", _CONTINUE).lower() != _CONTINUE:
            return web.Response(status=417, text=f"only {_CONTINUE} can be expected\n")
        return await handle(request)

    server.request_handler = handled
