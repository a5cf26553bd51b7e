"""What a running soak shows: a line that is kept up to date on a terminal, one every few seconds anywhere else."""

import threading
from collections.abc import Callable
from typing import Final, Self

from rich.console import Console
from rich.status import Status

_REFRESH_SECONDS: Final = 1.0
_LINE_SECONDS: Final = 5.0


class Progress:
    """Shows `line` inside the block, from a thread: whoever breaks things waits most of the time."""

    def __init__(self, console: Console, line: Callable[[], str]) -> None:
        self.line = line
        """How it goes; may be replaced."""
        self._console = console
        self._status = Status("", console=console) if console.is_terminal else None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="progress", daemon=True)

    def __enter__(self) -> Self:
        if self._status is not None:
            self._status.start()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        if self._status is not None:
            self._status.stop()

    def say(self, text: str) -> None:
        """One more line, that stays."""
        self._console.print(text, highlight=False, markup=False, soft_wrap=True)

    def _run(self) -> None:
        while not self._ended.wait(_LINE_SECONDS if self._status is None else _REFRESH_SECONDS):
            if self._status is None:
                self.say(self.line())
            else:
                self._status.update(self.line())
