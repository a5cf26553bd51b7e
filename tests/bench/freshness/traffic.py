"""A steady producer in a process of its own: measured touchpoints that happen now, at a rate.

Among them are probes, a measure of their own in partition 0, whose Kafka timestamps are written to a file in order.
"""

import asyncio
import json
import sys
from itertools import count
from pathlib import Path
from random import Random
from time import time
from typing import Final, NamedTuple

from aiokafka import AIOKafkaProducer

from tests.bench.load import texts

TICK_SECONDS: Final = 0.02
"""Events are published in bundles this far apart, one batch per partition."""

PROBE_SECONDS: Final = 0.1
PROBE: Final = "probe"
"""Name of the probes' measure."""

_VALUE: Final = (
    b'{"specversion":"1.0","id":"%d","source":"/bench/live/%d","type":"cx.touchpoint.measured.v1","time":"%s",'
    b'"subject":"contact-%d","data":{"measure":"%s","duration_ms":%d,%s,"customer":"customer-%06d",'
    b'"agent":"agent-0001","touchpoint":"callback"}}'
)

_MOST_EVENTS_PER_BATCH: Final = 2_000
"""Some 700 KiB, below what a batch may hold."""


class Traffic(NamedTuple):
    """The one argument of the process, as JSON."""

    bootstrap: str
    topic: str
    partitions: int
    segments: int
    per_second: float
    """As many as it can if it cannot make so many."""
    seconds: float
    number: int
    """Of the run, so that ids of two runs differ."""
    probes: str
    """File for the probes' Kafka timestamps in ms, one a line."""


class _Bundles:
    """Makes the events of one partition after the other."""

    def __init__(self, traffic: Traffic) -> None:
        self._number = traffic.number
        self._ids = count()
        self._segments = [texts.segment(number).encode() for number in range(traffic.segments)]
        self._random = Random(traffic.number)

    def value(self, at: bytes, measure: bytes = b"response") -> bytes:
        event, lot = next(self._ids), self._random.getrandbits(30)
        segment = self._segments[lot % len(self._segments)]
        duration = texts.DURATIONS_MS[lot & 4095]
        return _VALUE % (event, self._number, at, event, measure, duration, segment, lot & 65_535)


async def publish(traffic: Traffic) -> tuple[int, list[int]]:
    """Publishes for so many seconds; returns the number of events and the Kafka timestamps of the probes, ms."""
    producer = AIOKafkaProducer(
        bootstrap_servers=traffic.bootstrap, compression_type="lz4", max_batch_size=2**20, acks=1, linger_ms=0
    )
    await producer.start()
    bundles = _Bundles(traffic)
    published = 0
    began = next_tick = time()
    next_probe = began
    probes: list[int] = []
    while (now := time()) < began + traffic.seconds:
        due = int((now - began) * traffic.per_second) - published
        share = min(_MOST_EVENTS_PER_BATCH, max(0, due // traffic.partitions))
        for partition in range(traffic.partitions):
            stamp = int(time() * 1000)
            at = texts.iso(stamp).encode()
            batch = producer.create_batch()
            for _ in range(share):
                batch.append(key=None, value=bundles.value(at), timestamp=stamp)
            if partition == 0 and now >= next_probe:
                batch.append(key=None, value=bundles.value(at, PROBE.encode()), timestamp=stamp)
                probes.append(stamp)
                next_probe += PROBE_SECONDS
            if batch.record_count():
                await producer.send_batch(batch, traffic.topic, partition=partition)
        published += share * traffic.partitions
        next_tick = max(next_tick + TICK_SECONDS, time() - TICK_SECONDS)
        await asyncio.sleep(max(0.0, next_tick - time()))
    await producer.stop()
    return published, probes


if __name__ == "__main__":
    asked = Traffic(**json.loads(sys.argv[1]))
    events, stamps = asyncio.run(publish(asked))
    Path(asked.probes).write_text("\n".join(map(str, stamps)))
    print(events)
