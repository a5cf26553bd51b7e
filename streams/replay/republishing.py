"""The records of a plan published again, to another topic, with the distances in time they had: for load tests, and for
rehearsals of an incident.

Partitions are merged by Kafka timestamp. Within one partition the order of its log is kept whatever the timestamps are,
so the records of a key stay in their order.
"""

import asyncio
import heapq
import sys
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing
from time import monotonic
from typing import Any, Final, NamedTuple

from kafka.errors import KafkaError

from schemas.decoder import DECODE_ERRORS, decode_event
from schemas.events import REFERENCE_PREFIX, TouchpointMeasured
from streams.core.admission import milliseconds
from streams.core.erasures import Erased, Erasures, digest
from streams.core.records import Unreadable
from streams.kafka_access import KafkaRefused, KafkaUnreachable, refusal
from streams.publishing.producing import new_producer
from streams.replay.log import read
from streams.replay.plan import Stretch

_UNACKNOWLEDGED: Final = 20_000
"""Records on their way, some 10 MB: enough to keep a broker busy, and few enough to say soon that one takes none."""

_REFERENCE: Final = REFERENCE_PREFIX.encode()
_WORTH_WAITING_SECONDS: Final = 0.005
"""Records that come sooner than this after one another are published at once: no sleep is more exact."""


class Wanted(NamedTuple):
    """Which records, and what becomes of them."""

    stretches: Sequence[Stretch]
    topic: str
    """Where they go."""
    speed: float | None
    """1 keeps their distances in time, 10 makes them a tenth; None: as fast as it goes."""
    headers: Collection[str]
    """Names of those that a record keeps; others may lead elsewhere, or tell what is nobody's business there."""
    first_ms: int | None = None
    """Records from this Kafka timestamp on, ms since 1970; None: from the first."""
    last_ms: int | None = None
    """And before this one; None: to the last."""

    def holds(self, record: Any) -> bool:
        """Whether the record is one of them. A batch that cannot be read cannot be published again either."""
        at = record.timestamp
        inside = (self.first_ms is None or at >= self.first_ms) and (self.last_ms is None or at < self.last_ms)
        return inside and not isinstance(record.value, Unreadable)


async def republish(
    wanted: Wanted, erased: Sequence[Erased], client: Mapping[str, Any], show: Callable[[int], None]
) -> int:
    """Publishes them with their keys and bytes; how many. ``show`` is told how many have gone so far.

    ``erased``: customers of whom nothing up to their erasure is published.

    Raises:
        LogError: see `streams.replay.log`.
        KafkaUnreachable: the topic takes no records.
        KafkaRefused: we may not write to it.
    """
    try:
        producer = new_producer(client)
        try:
            return await _republish(wanted, _Public(erased), client, producer, show)
        finally:
            await asyncio.to_thread(producer.close, 5)
    except KafkaError as error:
        if refused := refusal(error):
            raise KafkaRefused(f"topic {wanted.topic}: {refused}") from error
        raise KafkaUnreachable(f"topic {wanted.topic} takes no records: {error}; does it exist?") from error


async def _republish(
    wanted: Wanted, public: "_Public", client: Mapping[str, Any], producer: Any, show: Callable[[int], None]
) -> int:
    waiting: deque[Any] = deque()
    count, began, origin = 0, monotonic(), None
    async with AsyncExitStack() as open_ones:
        logs = [
            await open_ones.enter_async_context(aclosing(_records(wanted, each, client))) for each in wanted.stretches
        ]
        async for record in merged(logs):
            if not public.is_so(record):
                continue
            origin = record.timestamp if origin is None else origin
            if wanted.speed is not None:
                early = began + (record.timestamp - origin) / 1_000 / wanted.speed - monotonic()
                if early > _WORTH_WAITING_SECONDS:
                    show(count)
                    await asyncio.sleep(early)
            headers = [(name, value) for name, value in record.headers if name in wanted.headers]
            for partition in _partitions(record, producer, wanted.topic):
                waiting.append(
                    producer.send(wanted.topic, record.value, key=record.key, headers=headers, partition=partition)
                )
            count += 1
            if len(waiting) > _UNACKNOWLEDGED:
                await asyncio.to_thread(waiting.popleft().get)
                show(count)
        for each in waiting:
            await asyncio.to_thread(each.get)
    show(count)
    return count


def _partitions(record: Any, producer: Any, topic: str) -> Sequence[int | None]:
    """Where the key does not decide: reference goes to all of them, once from each that had it."""
    return sorted(producer.partitions_for(topic)) if _REFERENCE in (record.value or b"") else [None]


class _Public:
    """Tells what may be published again from what belongs to customers who were erased."""

    def __init__(self, erased: Sequence[Erased]) -> None:
        self._erasures = Erasures(sys.maxsize, erased)

    def is_so(self, record: Any) -> bool:
        """A record that is no event goes by its key, which is its customer where it has one."""
        erasures = self._erasures
        if not erasures.customers:
            return True
        try:
            event = decode_event(record.value or b"")
        except DECODE_ERRORS:
            return digest((record.key or b"").decode(errors="replace")) not in erasures.customers
        if not erasures.cover(event, milliseconds(event.time)):
            return True
        if type(event) is not TouchpointMeasured:
            erasures.leave_out(event)
        return False


async def _records(wanted: Wanted, stretch: Stretch, client: Mapping[str, Any]) -> AsyncGenerator[Any, None]:
    async with aclosing(read(client, stretch, stretch.start)) as batches:
        async for _, records in batches:
            for record in records:
                if wanted.holds(record):
                    yield record


async def merged(logs: Sequence[AsyncIterator[Any]]) -> AsyncIterator[Any]:
    """The records of all logs, each time the one with the earliest timestamp among those that come next."""
    firsts = [(number, await anext(log, None)) for number, log in enumerate(logs)]
    heads = [(record.timestamp, number, record) for number, record in firsts if record is not None]
    heapq.heapify(heads)
    while heads:
        _, number, record = heads[0]
        yield record
        following = await anext(logs[number], None)
        if following is None:
            heapq.heappop(heads)
        else:
            heapq.heapreplace(heads, (following.timestamp, number, following))
