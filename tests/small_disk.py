"""A disk of its own for a process, small enough to be filled."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import Final

from deploy.local.process import ChildProcess

_CHUNK: Final = bytes(1 << 16)
_REFILL_SECONDS: Final = 0.05
"""A process that deletes files of its own has room again for no longer than this."""

_ALONE: Final = () if os.geteuid() == 0 else ("--map-root-user",)


class SmallDisk:
    """A memory file system in a mount namespace of one process: nobody else sees it, and it goes with the process."""

    def __init__(self, directory: Path, megabytes: int) -> None:
        """``directory`` is where the process will find it."""
        directory.mkdir(parents=True)
        self._directory = directory
        mount = f'mount -t tmpfs -o size={megabytes}m tmpfs "$1" && shift && exec "$@"'
        self.prefix = ("unshare", "--mount", *_ALONE, "sh", "-c", mount, "sh", str(directory))
        """What a command begins with that is to have the disk."""

    @contextmanager
    def full(self, process: ChildProcess) -> Iterator[None]:
        """Nothing fits any more until the end of the block, whatever the process deletes meanwhile."""
        ballast = self._ballast(process)
        over = Event()

        def keep_full() -> None:
            while not over.wait(_REFILL_SECONDS):
                _fill(ballast)

        _fill(ballast)
        keeper = Thread(target=keep_full, name="small disk", daemon=True)
        keeper.start()
        try:
            yield
        finally:
            over.set()
            keeper.join()
            ballast.unlink()

    def _ballast(self, process: ChildProcess) -> Path:
        return Path(f"/proc/{process.pid}/root{self._directory}/ballast")


def _fill(ballast: Path) -> None:
    with suppress(OSError), ballast.open("ab", buffering=0) as file:
        while True:
            file.write(_CHUNK)
