"""One child process of the local stack: its command, its log file, its end."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import monotonic, sleep
from typing import Final

from deploy.local.ports import is_free

LEASH: Final = Path(__file__).with_name("leash.py")

_POLL_SECONDS: Final = 0.05
_LOG_TAIL_BYTES: Final = 4_000
"""How much of a log a failure shows: enough for the end of a Java stack trace, little enough to read."""


class StartError(Exception):
    """A process did not come up; the message names it, says why and where its log is."""


class ChildProcess:
    """A program that can be started, stopped, killed and started again, and that never outlives this process.

    Start it from a thread that lives as long as the child should (the main thread): the kernel's
    parent-death signal follows the thread that forked.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        log: Path,
        environment: Mapping[str, str] | None = None,
        port: int | None = None,
    ) -> None:
        self.name = name
        self.command = tuple(command)
        self.log = log
        self.environment = dict(environment or {})
        """Added to the environment of this process."""
        self.port = port
        """Where it will listen, if that is fixed."""
        self.starts = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """How it ended: negative is the number of a signal; None while it runs or before it was started."""
        return self._process.poll() if self._process else None

    def start(self) -> None:
        if self.alive:
            raise StartError(f"{self.name} already runs as process {self.pid}")
        if self.port is not None and not is_free(self.port):
            # Otherwise the stranger's answers would pass for this process being ready.
            raise StartError(f"{self.name} cannot start: port {self.port} is used by another program")
        self.log.parent.mkdir(parents=True, exist_ok=True)
        leashed = [sys.executable, "-I", str(LEASH), str(os.getpid()), *self.command]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                leashed,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **self.environment},
                # An own session: Ctrl-C on the terminal reaches the stack alone, which stops its children in
                # order.
                start_new_session=True,
            )
        self.starts += 1

    def await_ready(self, answers: Callable[[], bool], seconds: float) -> None:
        """Polls `answers` until it is true.

        Raises:
            StartError: the process ended or the time passed first; with the end of its log.
        """
        deadline = monotonic() + seconds
        while not answers():
            if not self.alive:
                raise StartError(f"{self.name} ended with exit code {self.exit_code} while starting{self._why()}")
            if monotonic() > deadline:
                raise StartError(f"{self.name} did not answer within {seconds:.0f} s{self._why()}")
            sleep(_POLL_SECONDS)

    def terminate(self) -> None:
        self._signal(signal.SIGTERM)

    def stop(self, grace_seconds: float) -> None:
        """Asks it to end, waits, and kills it when the grace has passed."""
        self.terminate()
        self.wait(grace_seconds)
        self.kill()

    def kill(self) -> None:
        self._signal(signal.SIGKILL)
        self.wait(None)

    def wait(self, seconds: float | None) -> bool:
        """Whether it has ended within `seconds`; None waits for ever."""
        if self._process is None:
            return True
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def log_tail(self) -> str:
        try:
            with self.log.open("rb") as log:
                log.seek(max(0, self.log.stat().st_size - _LOG_TAIL_BYTES))
                return log.read().decode(errors="replace").strip()
        except FileNotFoundError:
            return ""

    def _signal(self, number: signal.Signals) -> None:
        # `poll` first: the pid of a child that was reaped may belong to somebody else by now.
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)

    def _why(self) -> str:
        tail = self.log_tail()
        return f"; the end of {self.log}:\n{tail}" if tail else f"; its log {self.log} is empty"
