"""The records of one partition, made one by one from a seed."""

from collections.abc import Callable, Iterator
from random import Random
from typing import Final, NamedTuple
from zlib import crc32

from tests.bench.load import texts
from tests.bench.load.lifecycles import Lifecycles
from tests.bench.load.plan import BASE_MS, CLOSING_MS, LATE_MS, Load

CUSTOMERS: Final = 60_000

DISORDER: Final = 0.1
"""Share of events that arrive out of order, up to `DISORDER_MS` after they happened, as several producers give."""
DISORDER_MS: Final = 20_000

_REMEMBERED: Final = 1_000
"""A repeated record is one of the last so many of its partition."""
_CUT_BYTES: Final = 9
"""What a malformed record lacks at its end."""


class Record(NamedTuple):
    """One Kafka record."""

    key: bytes
    value: bytes
    timestamp: int
    """When it reached the log, ms since 1970."""


Maker = Callable[[int, int, bool], tuple[bytes, bytes]]
"""Key and value of the event with a number, at a time (ms), and whether it is to be late."""


def records(load: Load, partition: int) -> Iterator[Record]:
    """Every record of a partition, in order: the events of the mix, and one that closes its windows."""
    random = Random(f"{load.mix} {partition}")
    draw = random.random
    make = _maker(load, partition, random)
    recent: list[Record] = []
    spread = load.partitions * 1000 / load.per_second
    malformed, late = load.twice + load.malformed, load.twice + load.malformed + load.late
    for index in range(load.events // load.partitions):
        now = BASE_MS + int(index * spread)
        lot = draw()
        if lot < load.twice and recent:
            yield recent[int(draw() * len(recent))]._replace(timestamp=now)
            continue
        delay = int(draw() * DISORDER_MS) if draw() < DISORDER else 0
        key, value = make(index, now - delay, malformed <= lot < late)
        record = Record(key, value[:-_CUT_BYTES] if lot < malformed else value, now)
        if len(recent) < _REMEMBERED:
            recent.append(record)
        else:
            recent[index % _REMEMBERED] = record
        yield record
    yield _closing(load, partition)


def _maker(load: Load, partition: int, random: Random) -> Maker:
    segments = range(load.segments)
    customers = [name for name in map(_customer, range(CUSTOMERS)) if _lies_at(name, load, partition)]
    if load.mix == "cases":
        return Lifecycles(load, partition, random, segments, customers).next
    by_segment = load.keyed_by == "segment"
    own = [number for number in segments if not by_segment or _lies_at(_segment_key(number), load, partition)]
    dimensions = {number: texts.segment(number) for number in own}
    kinds = {"surveys": (_answer, _answer), "measured": (_measure, _measure), "mixed": (_answer, _measure)}[load.mix]
    draw = random.random

    def make(index: int, time: int, late: bool) -> tuple[bytes, bytes]:
        segment = own[int(draw() * len(own))]
        customer = customers[int(draw() * len(customers))]
        happened = texts.iso(time - LATE_MS if late else time)
        name, lot = f"{partition}-{index:07}", random.getrandbits(12)
        value = kinds[index & 1](name, happened, dimensions[segment], customer, lot)
        return (_segment_key(segment) if by_segment else customer).encode(), value.encode()

    return make


def _lies_at(key: str, load: Load, partition: int) -> bool:
    return crc32(key.encode()) % load.partitions == partition


def _customer(number: int) -> str:
    return f"customer-{number:06}"


def _segment_key(number: int) -> str:
    return f"segment-{number:06}"


def _answer(name: str, time: str, segment: str, customer: str, lot: int) -> str:
    return (
        f'{{"specversion":"1.0","id":"answer-{name}","source":"/bench/surveys","type":"cx.survey.answered.v1",'
        f'"time":"{time}","subject":"response-{name}","data":{{"metric":"nps","score":{texts.SCORES[lot & 15]},'
        f'{segment},"customer":"{customer}","agent":"agent-{lot & 255:04}","touchpoint":"after-contact"}}}}'
    )


def _measure(name: str, time: str, segment: str, customer: str, lot: int) -> str:
    return (
        f'{{"specversion":"1.0","id":"contact-{name}","source":"/bench/telephony","type":"cx.touchpoint.measured.v1",'
        f'"time":"{time}","subject":"contact-{name}",'
        f'"data":{{"measure":"response","duration_ms":{texts.DURATIONS_MS[lot]},'
        f'{segment},"customer":"{customer}","agent":"agent-{lot & 255:04}","touchpoint":"callback"}}}}'
    )


def _closing(load: Load, partition: int) -> Record:
    """An event past all others, of a measure nobody asks for: with it in the log, every window may close."""
    time = BASE_MS + load.events * 1000 // load.per_second + CLOSING_MS
    name = f"closing-{partition}"
    value = (
        f'{{"specversion":"1.0","id":"{name}","source":"/bench/telephony","type":"cx.touchpoint.measured.v1",'
        f'"time":"{texts.iso(time)}","subject":"{name}",'
        f'"data":{{"measure":"closing","duration_ms":0,{texts.segment(0)}}}}}'
    )
    return Record(name.encode(), value.encode(), time)
