"""The connections of an HTTP server, bounded: a probe is answered however many others are open and silent."""

import logging
from typing import Any, Final

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from streams.shell.expectations import refuse_expectations

MOST_CONNECTIONS: Final = 64
"""Some scrapers, probes and people at once; each may hold an answer of some MB and a file descriptor."""

_IDLE_SECONDS: Final = 75.0
"""A connection that sends no whole request for so long is closed; Prometheus asks at least once a minute."""

_log: Final = logging.getLogger("aiohttp.server.worker")
"""Without what is the client's fault: aiohttp writes a traceback of it, as often as somebody likes."""

_FAULTS_OF_CLIENTS: Final = (HttpProcessingError, web.RequestPayloadError, ConnectionError)


def _is_a_fault_of_ours(record: logging.LogRecord) -> bool:
    return record.exc_info is None or not isinstance(record.exc_info[1], _FAULTS_OF_CLIENTS)


_log.addFilter(_is_a_fault_of_ours)


class BoundedRunner(web.AppRunner):
    """Serves on at most `MOST_CONNECTIONS`: past that a new one replaces the oldest that waits for a request."""

    def __init__(self, application: web.Application) -> None:
        # Nobody here reads a body, so none is decompressed.
        super().__init__(
            application, access_log=None, keepalive_timeout=_IDLE_SECONDS, logger=_log, auto_decompress=False
        )

    async def setup(self) -> None:
        await super().setup()
        server = super().server
        assert server is not None  # `setup` has made it
        refuse_expectations(server)

    @property
    def server(self) -> Any:
        """What a site calls for each new connection."""
        return self._connect

    def _connect(self) -> Any:
        server = super().server
        assert server is not None  # a site starts after `setup`
        connected = [each for each in server.connections if each.transport is not None]
        waiting = [each for each in connected if each._current_request is None]
        surplus = max(0, len(connected) + 1 - MOST_CONNECTIONS)
        for oldest in waiting[:surplus]:
            oldest.force_close()
        return server()
