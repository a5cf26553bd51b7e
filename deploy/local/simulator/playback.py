"""Plays made-up traffic at the pace of the clock."""

from collections.abc import Callable, Iterable, Iterator
from threading import Event
from typing import Final

from deploy.local.simulator.traffic import Emission

_NAP_SECONDS: Final = 0.02
"""Events due within this time go out together; far below what anybody sees."""


def play(emissions: Iterable[Emission], now_ms: Callable[[], int], stop: Event) -> Iterator[bytes]:
    """The events' bytes, each no earlier than its time, until `stop` is set."""
    for emission in emissions:
        while (wait_ms := emission.at_ms - now_ms()) > 0:
            if stop.wait(max(wait_ms / 1_000, _NAP_SECONDS)):
                return
        if stop.is_set():
            return
        yield emission.value
