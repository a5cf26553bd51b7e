"""Tells a story: its lives set into time, given to customers, and published the way sources publish."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import cycle
from random import Random
from typing import Final

from deploy.local.simulator.happening import Happening, Value, cloud_event
from deploy.local.simulator.industries.story import SETTLED, Chapter, Story

_CUSTOMERS: Final = 600
"""Of a chapter, who take turns: so many that nobody is asked more than three times, the weekly cap of surveys."""
_OPENS_HOUR, _CLOSES_HOUR = 8, 18
"""Everything begins in these hours of a day, UTC."""
_HOUR_MS: Final = 3_600_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SLOW: Final = 0.1
"""Events that come some minutes late, hence out of order."""
_OFFLINE: Final = 0.03
"""Events that come later than cxstream's lateness of an hour, when others have taken their time for past."""
_REPEATED: Final = 0.03
"""Events that are delivered twice."""
_STATEMENT_MS: Final = 90_000
"""How long the way of a statement took: any time does."""


def tell(name: str, story: Story, seed: int) -> Iterator[bytes]:
    """The events of the story in the order of their publishing. The same arguments give the same bytes.

    Ids are those of story and seed, so that a story published twice counts once, and two of them never mix.
    """
    random = Random(f"{name} {seed}")
    for number, chapter in enumerate(story.chapters):
        published: list[tuple[int, int, bytes]] = []  # ms since the chapter began, running number (ties keep it), event
        start_ms = _since_epoch_ms(chapter.begins)
        for running, happening in enumerate(_happenings(random, chapter, f"{name}-{seed}-{number}")):
            event = cloud_event(happening, f"/story/{name}/{seed}", f"{number}-{running}", start_ms)
            moments = _publications(random, round(happening.second * 1_000))
            published += ((at_ms, running, event) for at_ms in moments)
        yield from (event for _, _, event in sorted(published))


def _happenings(random: Random, chapter: Chapter, prefix: str) -> Iterator[Happening]:
    customers = [f"{prefix}-customer-{number:03}" for number in range(_CUSTOMERS)]
    random.shuffle(customers)
    turns, met = cycle(customers), set()
    for number, block in enumerate(chapter.blocks):
        for subject, life in enumerate(block.lives(random)):
            customer = next(turns)
            met.add(customer)
            begins_ms = _some_moment(random, chapter.days)
            for at_ms, kind, data, due_ms in life:
                yield Happening(
                    (begins_ms + at_ms) / 1_000,
                    kind,
                    f"{prefix}-{number}-{subject}",
                    {"customer": customer, **block.place, **data},
                    None if due_ms is None else (begins_ms + due_ms) / 1_000,
                )
    yield from _statements(sorted(met), chapter)


def _statements(customers: list[str], chapter: Chapter) -> Iterator[Happening]:
    """A letter to each customer, long after. It is of no KPI; but it tells wherever the customer's events are that time
    has passed: what has not been answered, met or reopened by now was not."""
    second = (chapter.ends + SETTLED - chapter.begins).total_seconds()
    data: dict[str, Value] = {"measure": "statement", "duration_ms": _STATEMENT_MS}
    for customer in customers:
        yield Happening(second, "cx.touchpoint.measured.v1", f"{customer}-statement", {**data, "customer": customer})


def _some_moment(random: Random, days: int) -> int:
    """Ms since the chapter began."""
    return random.randrange(days) * 24 * _HOUR_MS + random.randrange(_OPENS_HOUR * _HOUR_MS, _CLOSES_HOUR * _HOUR_MS)


def _publications(random: Random, at_ms: int) -> Iterator[int]:
    """When an event is published; usually once, as it happens."""
    chance = random.random()
    if chance < _OFFLINE:
        at_ms += random.randrange(_HOUR_MS, 4 * _HOUR_MS)
    elif chance < _OFFLINE + _SLOW:
        at_ms += random.randrange(_HOUR_MS // 2)
    yield at_ms
    if random.random() < _REPEATED:
        yield at_ms + random.randrange(2 * _HOUR_MS)


def _since_epoch_ms(day: date) -> int:
    """At its first moment, UTC."""
    return (datetime.combine(day, time(), UTC) - _EPOCH) // timedelta(milliseconds=1)
