"""How far a long run is: one moving line on a terminal, otherwise a line every few seconds; on standard error."""

import json
import time
from types import TracebackType
from typing import Final, Self

from rich.console import Console

_LINE_SECONDS: Final = 5
"""Between two lines where nobody watches: frequent enough for a log, rare enough to keep it readable."""


class Progress:
    """Shows a count of events and its speed; use as a context manager and call `show` as often as you like."""

    def __init__(self, doing: str, total: int | None = None, as_json: bool = False) -> None:
        """``total``: how many there will be, where that is known; ``as_json``: lines are objects, for programs."""
        self._doing = doing
        self._total = total
        self._as_json = as_json
        self._console = Console(stderr=True)
        self._status = self._console.status(f"{doing} ...") if self._console.is_terminal else None
        self._began = self._shown = time.monotonic()

    def __enter__(self) -> Self:
        if self._status:
            self._status.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._status:
            self._status.stop()

    def show(self, count: int) -> None:
        """Show that ``count`` events are done."""
        now = time.monotonic()
        rate = count / max(now - self._began, 0.001)
        left = max(0, self._total - count) / rate if self._total and count else None
        text = f"{self._doing}: {count:,} events, {rate:,.0f}/s"
        if self._total and left is not None:
            text += f", {count / self._total:.0%}, {left:,.0f} s left"
        if self._status:
            self._status.update(text)
        elif now - self._shown >= _LINE_SECONDS:
            self._shown = now
            if self._as_json:
                told = {"doing": self._doing, "events": count, "total": self._total, "rate": rate, "seconds_left": left}
                text = json.dumps(told)
            self._console.print(text, highlight=False, soft_wrap=True)
