"""What the local stack keeps on disk, and who may use it."""

import fcntl
import os
import shutil
from pathlib import Path
from typing import IO, Final

from deploy.local.process import StartError

_PREVIOUS: Final = "previous"


class DataDir:
    """``DIR``: clickhouse/, kafka/, logs/, endpoints.json; used by one stack at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.clickhouse = self.path / "clickhouse"
        self.kafka = self.path / "kafka"
        self.logs = self.path / "logs"
        self.endpoints = self.path / "endpoints.json"
        self._lock: IO[str] | None = None

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def claim(self) -> None:
        """Makes it ours until `release` or the end of this process, however it ends.

        Raises:
            StartError: another stack runs there.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        lock = (self.path / "lock").open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            owner = lock.read().strip() or "unknown"
            lock.close()
            raise StartError(
                f"another local stack (process {owner}) uses {self.path}; stop it or give another --data-dir"
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        self._lock = lock

    def release(self) -> None:
        self.endpoints.unlink(missing_ok=True)
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def set_aside(self) -> Path | None:
        """Moves the rows of a log that is gone to ``previous/``, in place of older ones; where they are now, if any.

        Rows belong to a log: next to the rows of a new log that holds the same events again they would count twice.
        """
        if not self.clickhouse.exists():
            return None
        previous = self.path / _PREVIOUS
        shutil.rmtree(previous, ignore_errors=True)
        previous.mkdir()
        self.clickhouse.rename(previous / "clickhouse")
        return previous
