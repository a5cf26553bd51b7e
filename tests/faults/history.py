"""An hour of mixed events in the order in which their sources publish them: the same seed, the same bytes."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from operator import attrgetter
from random import Random
from typing import Final, NamedTuple

import msgspec

from deploy.local.simulator import simulate
from streams.publishing.event_files import Topics

HOUR_MS: Final = 3_600_000
START: Final = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
"""Fixed, as are the records' timestamps: even which events come from the future follows from the seed."""

_BAD: Final = 0.01
"""Share of events that come with a bad record."""
_AGAIN: Final = 0.01
"""Share of events that are published again at some time within the hour."""
_HELD_BACK: Final = 0.02
"""Share of events that are published much later than they happened, at some time within the hour: out of order, and
late wherever `Settings.lateness` is shorter. The simulator adds revised and withdrawn answers and reopened cases."""


class Published(NamedTuple):
    """A record as its source publishes it."""

    after: float
    """Share of the hour that has passed by then, 0 to 1."""
    topic: str
    key: bytes
    value: bytes | None
    timestamp_ms: int | None
    """None: when it is sent."""
    partition: int | None = None
    """None: as the key says."""


def history(seed: int, events: int, topics: Topics) -> list[Published]:
    """About so many records. Histories of two seeds share no event, case or response."""
    start_ms = int(START.timestamp() * 1_000)
    traffic = simulate(seed, start_ms, rate=events / (HOUR_MS / 1_000))
    chance = Random(seed)
    records = []
    for emission in takewhile(lambda each: each.at_ms < start_ms + HOUR_MS, traffic):
        event = msgspec.json.decode(emission.value)
        topic, key = topics.of(event["type"]), (event["data"].get("customer") or event["subject"]).encode()
        for at_ms, value in _sent(emission.value, emission.at_ms, start_ms + HOUR_MS, chance):
            after = max(0.0, (at_ms - start_ms) / HOUR_MS)
            records.append(Published(after, topic, key, value, at_ms))
    return sorted(records, key=attrgetter("timestamp_ms"))


def _sent(value: bytes, at_ms: int, end_ms: int, chance: Random) -> Iterator[tuple[int, bytes | None]]:
    """When (ms since 1970) an event is published, and what else is with it."""
    yield chance.randrange(at_ms, end_ms) if chance.random() < _HELD_BACK else at_ms, value
    if chance.random() < _AGAIN:
        yield chance.randrange(at_ms, end_ms), value
    if chance.random() < _BAD:
        yield at_ms, chance.choice(SPOILT)(value, at_ms)


def _from_the_future(value: bytes, at_ms: int) -> bytes:
    event = msgspec.json.decode(value)
    event["time"] = (datetime.fromtimestamp(at_ms / 1_000, UTC) + timedelta(minutes=20)).isoformat()
    event["id"] += "-future"
    return msgspec.json.encode(event)


SPOILT: Final[tuple[Callable[[bytes, int], bytes | None], ...]] = (
    lambda value, _: value[:-9],
    lambda value, _: value.replace(b'"subject":"', b'"subject":"\xff'),
    lambda value, _: value.replace(b'"type":"cx.', b'"type":"cx.unheard-of.'),
    lambda value, _: value.replace(b'"id":', b'"ident":'),
    lambda value, _: value.replace(b'Z","subject"', b'","subject"'),
    lambda value, _: None,
    _from_the_future,
)
"""Cut off, no UTF-8, of an unknown type, without id, without time zone, empty, from the future."""
