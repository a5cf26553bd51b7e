"""What the local stack publishes: made-up traffic or event files; in a thread, the way `cxstream publish` does it."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import takewhile
from typing import Any, Final, Protocol

from deploy.local.simulator import play, simulate
from deploy.local.simulator.story import SLOW_TEAM, Scene, Story
from streams.customers import CustomerKey
from streams.publishing.event_files import BadLine, Line, PublishResult, Topics, publish_lines, read_lines

_SEED: Final = 1
_LAST_DELIVERY_SECONDS: Final = 5.0
"""Milliseconds suffice; a broker that died would never take it."""
_STORY: Final[dict[Scene, str]] = {
    "calm": "calm",
    "slow team": f"team {SLOW_TEAM} has become slow",
    "outage": "outage: nobody answers, customers wait",
    "recovery": "recovery: the backlog is answered",
}


class Traffic(Protocol):
    """Where events come from."""

    @property
    def rate(self) -> float | None:
        """Events per second at most; None as fast as they come."""

    @property
    def endless(self) -> bool:
        """Whether only `stop` ends it."""

    def lines(self, stop: threading.Event) -> Iterator[Line | BadLine]:
        """The events in their order, until the end or until `stop` is set."""

    def headline(self, sent: int) -> str:
        """What is going on, for the live view."""


class Simulation:
    """Endless made-up traffic of `rate` events per second that tells `story`, beginning now."""

    endless = True

    def __init__(self, rate: float, story: Story) -> None:
        self.rate = None  # the simulator itself keeps the time
        self._rate = rate
        self._story = story
        self._start_ms = _now_ms()

    def lines(self, stop: threading.Event) -> Iterator[Line | BadLine]:
        events = play(simulate(_SEED, self._start_ms, self._rate, self._story), _now_ms, stop)
        return (Line("simulator", number, event) for number, event in enumerate(events, start=1))

    def headline(self, sent: int) -> str:
        scene = self._story.scene_at((_now_ms() - self._start_ms) / 1_000)
        return f"simulated story: {_STORY[scene]}"


class Files:
    """Event files, JSON Lines of CloudEvents."""

    endless = False

    def __init__(self, files: Sequence[str], rate: float | None) -> None:
        self.rate = rate
        self._files = files

    def lines(self, stop: threading.Event) -> Iterator[Line | BadLine]:
        return takewhile(lambda _: not stop.is_set(), read_lines(self._files))

    def headline(self, sent: int) -> str:
        return f"{sent:,} events of {len(self._files)} files sent"


class Publication(threading.Thread):
    """Publishes the traffic; ends with it, or soon after `stop` is set."""

    def __init__(
        self,
        traffic: Traffic,
        client: Mapping[str, Any],
        topics: Topics,
        customers: CustomerKey | None,
        report: Callable[[BadLine], None],
    ) -> None:
        # A daemon: a broker that died must not keep the stack from stopping until the last delivery has timed out.
        super().__init__(name="publication", daemon=True)
        self.stop = threading.Event()
        self.result: PublishResult | None = None
        """What was published; None until everything is acknowledged."""
        self.error: Exception | None = None
        """Why it ended early."""
        self.endless = traffic.endless
        self._traffic = traffic
        self._sent = 0
        self._publish: Callable[[], PublishResult] = lambda: publish_lines(
            traffic.lines(self.stop),
            client,
            topics,
            customers=customers,
            rate=traffic.rate,
            report=report,
            progress=self._progress,
        )

    @contextmanager
    def going(self) -> Iterator[None]:
        """Runs it inside the block and lets what is on its way arrive."""
        self.start()
        try:
            yield
        finally:
            self.stop.set()
            self.join(_LAST_DELIVERY_SECONDS)

    @property
    def headline(self) -> str:
        return self._traffic.headline(self._sent)

    def run(self) -> None:
        try:
            self.result = self._publish()
        except Exception as error:
            self.error = error

    def _progress(self, sent: int) -> None:
        self._sent = sent


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
