"""A disk of its own for a process, small enough to be filled."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from deploy.local.process import ChildProcess

_CHUNK: Final = bytes(1 << 16)
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

    def fill(self, process: ChildProcess) -> None:
        """Nothing fits any more."""
        with suppress(OSError), self._ballast(process).open("wb", buffering=0) as file:
            while True:
                file.write(_CHUNK)

    def free(self, process: ChildProcess) -> None:
        self._ballast(process).unlink()

    def _ballast(self, process: ChildProcess) -> Path:
        return Path(f"/proc/{process.pid}/root{self._directory}/ballast")
