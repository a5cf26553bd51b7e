"""Keeps the processes of the local stack alive."""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Final

from deploy.local.probe import LivenessProbe
from deploy.local.process import ChildProcess, StartError

FIRST_PAUSE_SECONDS: Final = 0.5
LONGEST_PAUSE_SECONDS: Final = 10.0
STEADY_SECONDS: Final = 30.0
"""A process that has run this long is taken for healthy: its next death is met without a long pause."""


class ProcessLost(Exception):
    """A process died whose work cannot be taken up again; the message says what that means."""


@dataclass
class _Watched:
    child: ChildProcess
    fatal: str | None
    probe: LivenessProbe | None
    started: float
    pause: float = FIRST_PAUSE_SECONDS
    due: float | None = None
    """When to start it again; None while it lives."""


class Supervisor:
    """Starts a child again after its death, with growing pauses while it keeps dying.

    One that lives but fails its probe is killed first: whatever it hangs in cannot prevent that.
    It has no thread: call `check` a few times a second, from the thread that may own children.
    """

    def __init__(self, say: Callable[[str], None], clock: Callable[[], float] = monotonic) -> None:
        self._say = say
        self._clock = clock
        self._watched: list[_Watched] = []

    def watch(self, child: ChildProcess, fatal: str | None = None, probe: LivenessProbe | None = None) -> None:
        """From now on. With `fatal`, its death is the end and this says why."""
        self._watched.append(_Watched(child, fatal, probe, self._clock()))

    def check(self) -> None:
        """Sees who died, kills who is stuck and starts who is due.

        Raises:
            ProcessLost: a process died whose death is the end.
        """
        for watched in self._watched:
            if watched.child.alive:
                self._probe(watched)
                continue
            if watched.fatal is not None:
                raise ProcessLost(f"{_death(watched.child)}: {watched.fatal}; its log: {watched.child.log}")
            if watched.due is None:
                self._mourn(watched, _death(watched.child))
            elif self._clock() >= watched.due:
                self._start(watched)

    def _probe(self, watched: _Watched) -> None:
        failure = watched.probe.check() if watched.probe is not None else None
        if failure is not None:
            watched.child.kill()
            self._mourn(watched, f"{watched.child.name} was stuck and is killed ({failure})")

    def _start(self, watched: _Watched) -> None:
        try:
            watched.child.start()
        except StartError as error:  # somebody else may hold its port for a while
            self._mourn(watched, str(error))
        else:
            watched.started, watched.due = self._clock(), None
            if watched.probe is not None:
                watched.probe.begin()

    def _mourn(self, watched: _Watched, why: str) -> None:
        now = self._clock()
        if now - watched.started >= STEADY_SECONDS:
            watched.pause = FIRST_PAUSE_SECONDS
        watched.due = now + watched.pause
        self._say(f"{why}; starting it again in {watched.pause:g} s (log: {watched.child.log})")
        watched.pause = min(watched.pause * 2, LONGEST_PAUSE_SECONDS)


def _death(child: ChildProcess) -> str:
    code = child.exit_code or 0
    return f"{child.name} was killed by signal {-code}" if code < 0 else f"{child.name} ended with exit code {code}"
