"""``cxstream worker`` of which a part breaks on demand: ``python -m tests.integration.worker.breaking TRIGGER``.

The part that is named in the file TRIGGER breaks when it is used next, and takes the file away: the worker that is
started then is whole again.
"""

import asyncio
import sys
import time
from asyncio import CancelledError
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Final

from aiokafka.consumer.fetcher import Fetcher
from faust.agents.agent import Agent

from streams.commands.worker import worker
from streams.shell.checkpoint_log import CheckpointLog
from streams.shell.consumer import Consumer
from streams.shell.consumer_thread import ConsumerThread
from streams.shell.flushing import Flushing
from streams.shell.worker import Worker


class Dies(BaseException):
    """Ends an agent's task, unseen by whoever would start it again."""


async def hang(*_: object) -> None:
    await asyncio.Event().wait()


async def block(*_: object) -> None:
    time.sleep(3_600)  # noqa: ASYNC251


async def cancel(*_: object) -> None:
    raise CancelledError


async def die(*_: object) -> None:
    raise Dies


async def do_nothing(*_: object) -> None:
    """Returns as if all were done."""


class Part:
    """An asynchronous method, and what it does instead of its work."""

    def __init__(self, owner: type, name: str, instead: Callable[..., Any]) -> None:
        self.owner = owner
        self.name = name
        self.instead = instead

    def arm(self, breaks: Callable[[], bool]) -> None:
        whole = getattr(self.owner, self.name)

        async def armed(*arguments: Any) -> Any:
            return await (self.instead if breaks() else whole)(*arguments)

        setattr(self.owner, self.name, armed)


class Reading(Part):
    """As `Part`, for a method that is an asynchronous iterator."""

    def arm(self, breaks: Callable[[], bool]) -> None:
        whole = getattr(self.owner, self.name)

        async def armed(*arguments: Any) -> AsyncIterator[Any]:
            if breaks():
                await self.instead()
            async for each in whole(*arguments):
                yield each

        setattr(self.owner, self.name, armed)


PARTS: Final[dict[str, Part]] = {
    "fetch loop hangs": Part(Consumer, "_fetch", hang),
    "fetch loop dies": Part(Consumer, "_fetch", cancel),
    "requests to fetch hang": Part(Fetcher, "_proc_fetch_request", hang),
    "consumer thread hangs": Part(ConsumerThread, "_drain", block),
    "agent hangs": Part(Worker, "take", hang),
    "agent dies": Part(Worker, "take", die),
    "main loop is blocked": Part(Worker, "take", block),
    "tick hangs": Part(Worker, "_tick", hang),
    "flush dies": Part(Flushing, "flush", cancel),
    "restore hangs": Reading(CheckpointLog, "read", hang),
    "assignment is lost": Part(Worker, "assigned", do_nothing),
}


def breaks(part: str, trigger: Path) -> bool:
    """Whether it is this part's turn, which comes once."""
    try:
        if trigger.read_text() != part:
            return False
        trigger.unlink()
    except FileNotFoundError:  # there is none, or another thread was faster
        return False
    return True


def let_agents_die() -> None:
    """Faust starts an agent again that ends with an error; one whose task just ends stays dead."""
    execute = Agent._execute_actor

    async def dying(actor: Any) -> None:
        with suppress(Dies):
            await actor

    async def armed(agent: Any, actor: Any, reference: Any) -> None:
        await execute(agent, dying(actor), reference)

    Agent._execute_actor = armed


if __name__ == "__main__":
    let_agents_die()
    for name, part in PARTS.items():
        part.arm(partial(breaks, name, Path(sys.argv[1])))
    worker()
