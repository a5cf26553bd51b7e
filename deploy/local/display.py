"""Where the local stack shows itself: a live view on a terminal, a line every few seconds anywhere else."""

from collections import deque
from types import TracebackType
from typing import Final, Protocol, Self

from rich.console import Console
from rich.live import Live

from deploy.local.endpoints import Endpoints
from deploy.local.live_view import Scene, line, panel
from deploy.local.observation import Observation

_LINE_SECONDS: Final = 5.0
_SMOOTHED_LOOKS: Final = 5
"""Throughput is that of the last five looks, some seconds: of one second alone it would jump with every fetch."""


class Display(Protocol):
    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def show(self, observation: Observation, headline: str) -> None: ...


class Throughput:
    """Events applied per second, from successive observations."""

    def __init__(self) -> None:
        self._looks: deque[tuple[float, int]] = deque(maxlen=_SMOOTHED_LOOKS)

    def of(self, observation: Observation) -> float | None:
        """None while it cannot be told: at first, and after a worker vanished with its partitions."""
        if self._looks and observation.applied < self._looks[-1][1]:
            self._looks.clear()
        self._looks.append((observation.at, observation.applied))
        (before, then), (now, applied) = self._looks[0], self._looks[-1]
        return (applied - then) / (now - before) if now > before else None


class TerminalDisplay:
    """Redraws the live view in place; what the stack says scrolls above it."""

    def __init__(self, console: Console, endpoints: Endpoints) -> None:
        self._endpoints = endpoints
        self._throughput = Throughput()
        self._live = Live(console=console, auto_refresh=False)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def show(self, observation: Observation, headline: str) -> None:
        scene = Scene(observation, self._throughput.of(observation), headline)
        self._live.update(panel(scene, self._endpoints), refresh=True)


class LineDisplay:
    """Prints one line every few seconds."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._throughput = Throughput()
        self._printed = float("-inf")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def show(self, observation: Observation, headline: str) -> None:
        scene = Scene(observation, self._throughput.of(observation), headline)
        if observation.at - self._printed >= _LINE_SECONDS:
            self._printed = observation.at
            self._console.print(line(scene), soft_wrap=True, highlight=False, markup=False)
