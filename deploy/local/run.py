"""One run of the local stack: start it, publish, watch, reconcile, stop."""

import asyncio
import signal
from collections.abc import Callable
from time import monotonic
from typing import Final, NamedTuple, NoReturn

from rich.console import Console

from deploy.local.display import Display, LineDisplay, TerminalDisplay
from deploy.local.live_view import where_to_look
from deploy.local.observation import Observer
from deploy.local.reconciliation import Reconciliation, reconcile
from deploy.local.stack import Plan, Stack
from deploy.local.traffic import Publication, Traffic
from streams.connections import kafka_client
from streams.customers import customer_key
from streams.publishing.event_files import BadLine, Topics

_CHECK_SECONDS: Final = 0.2
_LOOK_SECONDS: Final = 1.0


class End(NamedTuple):
    """When a run is over; with neither it goes on until it is interrupted."""

    until_done: bool
    """Once everything published is applied, stored and checkpointed."""
    duration: float | None
    """Seconds from the moment the stack is up. It ends endless traffic, whose events are still waited for with
    `until_done`; a run of files it ends altogether."""


def run(plan: Plan, traffic: Callable[[], Traffic], end: End, console: Console) -> Reconciliation:
    """Runs to its end and leaves no process behind.

    Raises:
        StartError: a part did not come up. ProcessLost: one died for good. KafkaUnreachable: publishing failed.
        KeyboardInterrupt: Ctrl-C or SIGTERM.
    """
    terminated = signal.signal(signal.SIGTERM, _interrupt)
    say = Saying(console)
    stack = Stack(plan, say)
    try:
        stack.start()
        endpoints = stack.announce()
        console.print(where_to_look(endpoints), highlight=False, markup=False, soft_wrap=True)
        topics = Topics(stack.settings.touchpoints_topic, stack.settings.surveys_topic)
        publication = Publication(
            traffic(), kafka_client(stack.settings), topics, customer_key(stack.settings), say.bad_line
        )
        display: Display = TerminalDisplay(console, endpoints) if console.is_terminal else LineDisplay(console)
        with display, publication.going():
            return asyncio.run(
                _watch(stack, Observer(endpoints.workers, endpoints.alertmanager), publication, end, display)
            )
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None  # SIGTERM, while watching
    finally:
        say("stopping: workers store and checkpoint what they have")
        stack.stop()
        signal.signal(signal.SIGTERM, terminated)


class Saying:
    """Messages of the stack, each on its own line."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def __call__(self, message: str) -> None:
        self._console.print(message, style="yellow", highlight=False, markup=False, soft_wrap=True)

    def bad_line(self, bad: BadLine) -> None:
        self(f"{bad.file}:{bad.number}: not published: {bad.reason}")


async def _watch(
    stack: Stack, observer: Observer, publication: Publication, end: End, display: Display
) -> Reconciliation:
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    began = monotonic()
    async with observer:
        while True:
            observation = await observer.observe()
            display.show(observation, publication.headline)
            if publication.error:
                raise publication.error
            result = publication.result
            balance = reconcile(
                result.published if result else {},
                stack.earlier,
                observation.partitions,
                result.bad_lines if result else 0,
                monotonic() - began,
            )
            if end.until_done and result and balance.settled:
                return balance
            if end.duration is not None and monotonic() - began >= end.duration:
                publication.stop.set()
                drains = end.until_done and publication.endless
                if not drains and not publication.is_alive():
                    return balance
            await _supervise(stack, _LOOK_SECONDS)


async def _supervise(stack: Stack, seconds: float) -> None:
    until = monotonic() + seconds
    while (left := until - monotonic()) > 0:
        stack.check()
        await asyncio.sleep(min(left, _CHECK_SECONDS))


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt
