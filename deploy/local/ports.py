"""TCP ports of the loopback interface: the preferred one if it is free, another one if not."""

import fcntl
import socket
import tempfile
from pathlib import Path
from typing import IO, Final

LOOPBACK: Final = "127.0.0.1"


class Ports:
    """Hands out each port once, so that two services chosen in one breath never get the same."""

    def __init__(self) -> None:
        self._given: set[int] = set()
        self._claims: list[IO[str]] = []
        """Locked files, until this object or its process ends."""
        self.moved: dict[int, int] = {}
        """Preferred port that was busy -> port given instead."""

    def near(self, preferred: int) -> int:
        """`preferred`, or, when somebody uses it, any free port."""
        if preferred not in self._given and self._claim(preferred) and is_free(preferred):
            self._given.add(preferred)
            return preferred
        port = self.any()
        self.moved[preferred] = port
        return port

    def _claim(self, port: int) -> bool:
        """False when another stack of this machine has chosen the port.

        It may not listen there yet: a broker takes seconds to start, in which a second stack would find the port free
        and take the first one's server for its own.
        """
        try:
            claim = Path(tempfile.gettempdir(), f"cxstream-port-{port}.lock").open("a")  # noqa: SIM115  held on purpose
        except OSError:
            return True  # a file of another user, which we cannot lock
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            claim.close()
            return False
        self._claims.append(claim)
        return True

    def any(self) -> int:
        while True:
            with socket.socket() as probe:
                probe.bind((LOOPBACK, 0))
                port: int = probe.getsockname()[1]
            if port not in self._given:
                self._given.add(port)
                return port


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do: a connection that lingers after its server's end does not make the port busy.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def accepts(port: int) -> bool:
    """Whether a server listens there."""
    try:
        socket.create_connection((LOOPBACK, port), timeout=0.2).close()
    except OSError:
        return False
    return True
