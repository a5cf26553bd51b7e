"""A TLS server that only shakes hands, for handshakes that fail: what a client makes of them is what is looked at."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from socket import SHUT_WR, create_server, socket
from ssl import SSLContext
from threading import Thread

from deploy.local.ports import LOOPBACK


@contextmanager
def handshakes(context: SSLContext) -> Iterator[str]:
    """Its ``host:port``."""
    with closing(create_server((LOOPBACK, 0))) as listener:
        Thread(target=_serve, args=(listener, context), daemon=True).start()
        yield f"{LOOPBACK}:{listener.getsockname()[1]}"


def _serve(listener: socket, context: SSLContext) -> None:
    while True:
        try:
            accepted, _ = listener.accept()
        except OSError:
            return  # the end of the test
        with context.wrap_socket(accepted, server_side=True, do_handshake_on_connect=False) as connection:
            connection.settimeout(10)
            try:
                connection.do_handshake()
                continue
            except OSError:
                pass
            # Its reason is on its way to the client, and would be lost if what the client sent stayed unread.
            try:
                connection.shutdown(SHUT_WR)
                connection.setblocking(True)
                while os.read(connection.fileno(), 4_096):
                    pass
            except OSError:
                pass
