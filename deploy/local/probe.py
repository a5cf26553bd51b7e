"""Asks a worker again and again whether it still works, as Kubernetes would, and never waits for the answer."""

import json
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from threading import Thread
from time import monotonic
from typing import Final, NamedTuple
from urllib.parse import urlsplit

_LONGEST_REASON: Final = 300
"""Characters: a reason has to fit into a line."""


class Patience(NamedTuple):
    """When a process is given up; seconds, and a number."""

    period: float = 2.0
    """Between an answer and the next question."""
    answer: float = 5.0
    """An answer that takes longer is none: its main loop is blocked, or it was stopped."""
    failures: int = 3
    """So many one after the other; a single one may be a busy machine."""
    start: float = 60.0
    """Until the first good answer after a start it is given this long: it has to connect first."""


PATIENCE: Final = Patience()
"""A worker that hangs is killed within some 20 s of the moment it says so, or says nothing any more."""


class LivenessProbe:
    """Asks ``/livez`` of the worker that tells its address in a file; call `check` a few times a second."""

    def __init__(self, endpoints: Path, patience: Patience = PATIENCE, clock: Callable[[], float] = monotonic) -> None:
        """``endpoints``: what the worker writes to ``CX_ENDPOINTS_FILE``, for it may have had to take another port."""
        self._endpoints = endpoints
        self._patience = patience
        self._clock = clock
        self.begin()

    def begin(self) -> None:
        """The process was started just now: forget the one before."""
        self._began = self._clock()
        self._due = self._began
        self._question: _Question | None = None
        self.well_once = False
        """Whether it has given a good answer since."""
        self._failures = 0

    def check(self) -> str | None:
        """Why the process has to be started again; None as long as there is no reason."""
        now, patience = self._clock(), self._patience
        if self._question is None:
            if now >= self._due:
                self._question = _Question(self._endpoints, patience.answer)
                self._due = now + patience.answer
            return None
        if self._question.is_alive() and now < self._due:
            return None
        failure = f"no answer within {patience.answer:g} s" if self._question.is_alive() else self._question.failure
        self._question, self._due = None, now + patience.period
        self.well_once = self.well_once or failure is None
        starts = not self.well_once and now < self._began + patience.start
        self._failures = 0 if failure is None or starts else self._failures + 1
        return failure if self._failures >= patience.failures else None


class _Question(Thread):
    """One request; a thread, so that nobody has to wait for it, and a daemon, so that no exit does."""

    def __init__(self, endpoints: Path, seconds: float) -> None:
        super().__init__(name="liveness-probe", daemon=True)
        self._endpoints = endpoints
        self._seconds = seconds
        self.failure: str | None = None
        """What was wrong with the answer, once the thread has ended."""
        self.start()

    def run(self) -> None:
        try:
            address = urlsplit(json.loads(self._endpoints.read_bytes())["worker"])
            connection = HTTPConnection(address.hostname or "", address.port, timeout=self._seconds)
            try:
                connection.request("GET", "/livez")
                response = connection.getresponse()
                text = response.read(_LONGEST_REASON).decode(errors="replace").strip()
            finally:
                connection.close()
        except (OSError, HTTPException, ValueError, KeyError) as error:
            self.failure = f"no answer: {error or type(error).__name__}"
        else:
            self.failure = None if response.status == 200 else text or f"status {response.status}"
