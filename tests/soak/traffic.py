"""The traffic of a soak: everything a producer may send, over time, from one seed.

The simulator's cases and surveys (revised, withdrawn, duplicated, delayed, offline for hours) are told in spikes and
lulls. Event time runs `SPEED` times as fast as the clock: so every memory that is bounded by event time, up to the
24-hour window, reaches its bound within minutes and must not grow from then on. Added are what the simulator does not
do: records that are no events, events sent again from farther back, measurements from years ago, and probes.
"""

import heapq
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from random import Random
from typing import Any, Final

import msgspec

from deploy.local.simulator import simulate
from deploy.local.simulator.traffic import WARM_UP_SECONDS
from streams.publishing.event_files import Topics
from tests.faults.history import SPOILT, Published
from tests.soak.pace import Pace

SPEED: Final = 160
"""Seconds of event time per second: the 24-hour window passes in nine minutes, the lateness of an hour in 22 s."""

PROBE_SECONDS: Final = 2.0
"""Between two probes of a partition."""

_BAD = 0.004
_REPEATED = 0.005
_REMEMBERED: Final = 20_000
"""Events from which one is sent again, up to a minute later."""
_FROM_THE_ARCHIVE = 0.02
"""Of the measurements; they are up to three years old."""
_ARCHIVE_DAYS: Final = 1_000

_encode: Final = msgspec.json.Encoder().encode


class Traffic:
    """What is sent, and the event time it happens at."""

    def __init__(self, seed: int, seconds: float, rate: float, now_ms: int, topics: Topics, partitions: int) -> None:
        """``rate``: events per second of a steady stretch. The same arguments give the same records.

        ``now_ms``: when sending begins, ms since 1970. Events end there and begin accordingly earlier, so that none is
        from the future.
        """
        self._random = Random(seed)
        self._seed = seed
        self._rate = rate
        self._now_ms = now_ms
        self.seconds = seconds
        self.topics = topics
        self.partitions = partitions
        self.pace = Pace.random(self._random, seconds)
        self.start_ms = now_ms - round(self.pace.story_seconds * SPEED * 1_000)
        """Event time at which it begins, ms since 1970."""

    def __iter__(self) -> Iterator[Published]:
        """Everything in the order of `Published.after`, a share of `seconds`."""
        return heapq.merge(self._events(), self._probes(), key=attrgetter("after"))

    def event_ms(self, wall: float) -> int:
        """Event time that the soak has reached ``wall`` seconds after its beginning."""
        return self.start_ms + round(self.pace.story(wall) * SPEED * 1_000)

    def _events(self) -> Iterator[Published]:
        choose = Random(self._seed + 1)
        sent: deque[Published] = deque(maxlen=_REMEMBERED)
        for emission in simulate(self._seed, self.start_ms, self._rate):
            at = self.pace.wall((emission.at_ms - self.start_ms) / 1_000 + WARM_UP_SECONDS)
            if at >= self.seconds:
                return
            event = self._hurried(msgspec.json.decode(emission.value), choose)
            value = _encode(event)
            key = event["data"].get("customer") or event["subject"]
            regular = Published(at / self.seconds, self.topics.of(event["type"]), key.encode(), value, None)
            yield regular
            sent.append(regular)
            if choose.random() < _REPEATED:
                yield sent[choose.randrange(len(sent))]._replace(after=regular.after)
            if choose.random() < _BAD:
                sent_ms = self._now_ms + round(at * 1_000)
                yield regular._replace(value=choose.choice(SPOILT)(value, sent_ms))

    def _hurried(self, event: dict[str, Any], choose: Random) -> dict[str, Any]:
        """The event at its time in the hurried story; a few measurements are far older."""
        story = datetime.fromisoformat(event["time"]).timestamp() - self.start_ms / 1_000 + WARM_UP_SECONDS
        time = datetime.fromtimestamp(self.start_ms / 1_000 + story * SPEED, UTC)
        if event["type"] == "cx.touchpoint.measured.v1" and choose.random() < _FROM_THE_ARCHIVE:
            time -= timedelta(days=choose.uniform(1, _ARCHIVE_DAYS))
        return event | {"time": _rfc3339(time)}

    def _probes(self) -> Iterator[Published]:
        places = [(topic, partition) for topic in self.topics for partition in range(self.partitions)]
        number = 0
        while (at := number * PROBE_SECONDS / len(places)) < self.seconds:
            topic, partition = places[number % len(places)]
            yield from self._probe(at, topic, partition, number, len(places))
            number += 1

    def _probe(self, at: float, topic: str, partition: int, number: int, places: int) -> Iterator[Published]:
        """A question that begins to wait, and the end of the one before it.

        So the oldest wait of the team tells which probe the live gauges have reached, and the newest version of the
        team's ``cases_opened`` which one the rows have.
        """
        team = probe_team(topic, partition)
        event_ms = self.event_ms(at)

        def record(what: str, number: int, **data: str) -> Published:
            event = {
                "specversion": "1.0",
                "id": f"{what}-{number}",
                "source": f"/probe/{self.start_ms}",
                "type": f"cx.case.{what}.v1",
                "time": _rfc3339(datetime.fromtimestamp(event_ms / 1_000, UTC)),
                "subject": f"probe-{self.start_ms}-{number}",
                "data": {"team": team, **data},
            }
            return Published(at / self.seconds, topic, team.encode(), _encode(event), None, partition)

        yield record("opened", number)
        yield record("message", number, author="customer")
        if number >= places:
            yield record("closed", number - places)


def probe_team(topic: str, partition: int) -> str:
    """The team in which only the probes of one partition are."""
    return f"probe-{topic}-{partition}"


def _rfc3339(time: datetime) -> str:
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
