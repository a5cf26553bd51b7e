"""Calls that wait in a queue, promises of an answer and follow-up calls, in time and not."""

from collections.abc import Iterator
from random import Random
from typing import Final

from deploy.local.simulator.happening import Happening, Value

_PATIENCE_SECONDS: Final = 40.0
"""Mean time a caller stays in the queue: in the outage many give up, otherwise hardly anybody."""
_PROMISE_SECONDS: Final = 30.0
"""From an agent's first reply to the time by which the solution is promised."""
_FORGOTTEN: Final = 0.05
"""Promises and follow-ups that nobody remembers."""
_FOLLOW_UP_SECONDS: Final = 60.0
"""From a complaint's resolution to when the customer has to be called."""


def call(random: Random, asked: float, answered: float, subject: str, place: dict[str, Value]) -> Iterator[Happening]:
    """A caller in the queue from `asked` until an agent takes the call at `answered`, or the caller gives up."""
    yield Happening(asked, "cx.wait.started.v1", subject, {**place, "queue": f"{place['team']}-line"})
    gives_up = asked + random.expovariate(1 / _PATIENCE_SECONDS)
    if gives_up < answered:
        yield Happening(gives_up, "cx.wait.abandoned.v1", subject, place)
    else:
        yield Happening(answered, "cx.wait.served.v1", subject, place)


def promise(random: Random, made: float, solved: float, subject: str, place: dict[str, Value]) -> Iterator[Happening]:
    """The promise of a solution, kept with the solution, however late that is."""
    yield Happening(made, "cx.promise.made.v1", subject, place, due=made + _PROMISE_SECONDS)
    if random.random() >= _FORGOTTEN:
        yield Happening(solved, "cx.promise.kept.v1", subject, place)


def follow_up(random: Random, resolved: float, subject: str, place: dict[str, Value]) -> Iterator[Happening]:
    """A call to the customer some time after a complaint; one in ten is late."""
    yield Happening(resolved, "cx.followup.due.v1", subject, place, due=resolved + _FOLLOW_UP_SECONDS)
    if random.random() >= _FORGOTTEN:
        done = resolved + _FOLLOW_UP_SECONDS * random.uniform(0.2, 1.1)
        yield Happening(done, "cx.followup.done.v1", subject, place)
