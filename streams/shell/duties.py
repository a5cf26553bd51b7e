"""The tasks of a worker: each ends when it is told to, or the worker does."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from time import monotonic
from typing import Any, Final

import structlog

LONGEST_PAUSE: Final = 15.0
"""Seconds that a duty which takes long may be put off: Prometheus scrapes every 15 s, more often nobody looks."""

log = structlog.get_logger()


class Duties:
    """Named tasks on the main event loop."""

    def __init__(self, failed: Callable[[BaseException], None]) -> None:
        """``failed`` is told the error of a duty that ended by itself."""
        self._failed = failed
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self.rounds: Counter[str] = Counter()
        """How often each duty of `every` was done; a round that hangs is never counted."""

    def start(self, name: str, duty: Coroutine[Any, Any, None]) -> None:
        """Runs a duty until it is done."""
        self._tasks[name] = asyncio.create_task(self._supervised(name, duty))

    def every(self, name: str, seconds: float, duty: Callable[[], Awaitable[None]], share: float = 0.5) -> None:
        """Runs a duty again and again, each time so many seconds after it began the time before.

        A duty that takes long pauses for longer, up to `LONGEST_PAUSE`, so that it takes ``share`` of the time at most:
        under load, events come before what nobody waits for.
        """

        async def rounds() -> None:
            pause = seconds
            while True:
                await asyncio.sleep(pause)
                begun = monotonic()
                await duty()
                self.rounds[name] += 1
                pause = pause_after(monotonic() - begun, seconds, share)

        self.start(name, rounds())

    async def end(self, *names: str) -> None:
        """Ends these duties and returns when they have ended; without names, all."""
        tasks = [self._tasks.pop(name) for name in names or tuple(self._tasks) if name in self._tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _supervised(self, name: str, duty: Coroutine[Any, Any, None]) -> None:
        try:
            await duty
        except asyncio.CancelledError:
            task = asyncio.current_task()
            # A future that somebody else has cancelled looks the same from here, and would end a duty in silence.
            if task is not None and not task.cancelling():
                self._failed(RuntimeError(f"{name} was cancelled by nobody of ours"))
            raise
        except Exception as error:
            self._failed(error)


def pause_after(took: float, seconds: float, share: float) -> float:
    """The pause after a round that took so many seconds, for a duty that is wanted every ``seconds``."""
    return max(seconds - took, min(LONGEST_PAUSE, took / share - took))


async def within(seconds: float, duty: Awaitable[None], otherwise: str) -> None:
    """Gives a duty up when its time has passed, and says what that means."""
    try:
        await asyncio.wait_for(duty, seconds)
    except TimeoutError:
        log.warning(otherwise, seconds=seconds)
