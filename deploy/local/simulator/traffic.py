"""The traffic: cases, calls, promises, surveys and deliveries as events in the order in which they are published."""

import heapq
import math
from collections.abc import Iterator
from itertools import count
from random import Random
from typing import Final, NamedTuple

from deploy.local.simulator.cases import REGIONS, life_of_case
from deploy.local.simulator.happening import Happening, cloud_event
from deploy.local.simulator.story import SHORT, Story

EVENTS_PER_CASE: Final = 12.9
"""Mean number of emissions a case brings, with its surveys, delivery and duplicates; measured, a test holds it.
The rate divided by it is the number of cases per second."""
WARM_UP_SECONDS: Final = 60
"""Traffic from before the start, published at once, so that live numbers are there at first sight."""

_DELIVERY_HOURS: Final = 30.0
_OFFLINE: Final = 0.02
"""Deliveries whose scanner had no network for over an hour: later than the default lateness of one hour."""
_DUPLICATED: Final = 0.01
_DELAYED: Final = 0.02
"""Events that their source publishes some seconds late, hence out of order."""


class Emission(NamedTuple):
    """One event as its source publishes it."""

    at_ms: int
    """When, ms since 1970; never before the event's own time."""
    value: bytes


def simulate(seed: int, start_ms: int, rate: float, story: Story = SHORT) -> Iterator[Emission]:
    """Endless traffic of about `rate` events per second, in order of `Emission.at_ms`.

    The same arguments give the same bytes. `start_ms` also names the run: ids of two runs never collide.
    """
    random = Random(seed)
    run = f"{seed}-{start_ms}"
    pending: list[tuple[int, int, bytes]] = []  # at_ms, running number (ties keep their order), value
    numbers = count()
    arrival = -float(WARM_UP_SECONDS)
    for case in count():
        arrival += random.expovariate(rate / EVENTS_PER_CASE)
        happenings = life_of_case(random, arrival, f"{run}-{case}", story)
        happenings.append(_delivery(random, arrival, f"{run}-{case}"))
        for number, happening in enumerate(happenings):
            value = cloud_event(happening, f"/simulator/{run}", f"{case}-{number}", start_ms)
            for second in _published(random, max(happening.second, arrival)):
                at_ms = start_ms + math.ceil(second * 1_000)
                heapq.heappush(pending, (at_ms, next(numbers), value))
        # A later case publishes nothing before it arrives, so everything until here is in its final order.
        while pending and pending[0][0] <= start_ms + arrival * 1_000:
            at_ms, _, value = heapq.heappop(pending)
            yield Emission(at_ms, value)


def _delivery(random: Random, arrival: float, number: str) -> Happening:
    """A parcel's way as its carrier measured it; of a customer who need not have a case."""
    second = arrival
    if random.random() < _OFFLINE:
        second -= random.uniform(70 * 60, 110 * 60)
    hours = _DELIVERY_HOURS * random.lognormvariate(0, 0.4)
    return Happening(
        second,
        "cx.touchpoint.measured.v1",
        f"parcel-{number}",
        {
            "measure": "delivery",
            "duration_ms": round(hours * 3_600_000),
            "region": random.choice(REGIONS),
            "touchpoint": "parcel",
        },
    )


def _published(random: Random, second: float) -> Iterator[float]:
    """The seconds at which an event known at `second` is published; usually one."""
    if random.random() < _DELAYED:
        second += random.uniform(2, 15)
    yield second
    if random.random() < _DUPLICATED:
        yield second + random.uniform(1, 30)
