"""An event loop that a test moves step by step: nothing in it takes time, and nothing happens by chance."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any


class _Here(ThreadPoolExecutor):
    """Runs what is meant for a thread at once."""

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(function(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


class SteppedLoop(asyncio.SelectorEventLoop):
    """Sleeping takes no time here, and threads run at once; what is left to wait for is what the test answers."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0
        """Callbacks scheduled so far."""
        self.set_default_executor(_Here())

    def call_soon(self, callback: Any, *args: Any, context: Any = None) -> asyncio.Handle:  # type: ignore[override]
        self.calls += 1
        return super().call_soon(callback, *args, context=context)

    def call_soon_threadsafe(self, callback: Any, *args: Any, context: Any = None) -> asyncio.Handle:  # type: ignore[override]
        return self.call_soon(callback, *args, context=context)

    def call_later(self, delay: float, callback: Any, *args: Any, context: Any = None) -> Any:  # type: ignore[override]
        return self.call_soon(callback, *args, context=context)

    def run_until_idle(self) -> None:
        """Runs every task until each is done or waits for an answer."""
        self.run_until_complete(self._idle())

    async def _idle(self) -> None:
        quiet = 0
        while quiet < 2:
            before = self.calls
            await asyncio.sleep(0)  # which schedules nothing but the rest of this
            quiet = quiet + 1 if self.calls == before + 1 else 0
