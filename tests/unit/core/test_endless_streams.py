"""Streams without end, full of names never seen before: what a partition keeps stays within bounds."""

import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from random import Random

import pytest
from msgspec import json
from msgspec.structs import replace

from schemas.dimensions import DIMENSIONS
from schemas.metrics import REQUIRED, load_registry
from streams.core.configuration import Configuration
from streams.core.duplicates import BLOCK
from streams.core.parts import MINUTE_MS
from streams.core.processor import PartitionProcessor
from streams.core.records import Source
from tests.unit.core.partition_log import LONG_AFTER, Record

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
SMALL = Configuration(
    registry=load_registry(),
    dimensions=("channel", "team"),
    dimension_cap=20,
    segment_cap=50,
    lateness_ms=10 * MINUTE_MS,
    late_part_shift=10,
    subject_horizon_ms=60 * MINUTE_MS,
    subject_horizon_events=1_000,
    subject_event_cap=20,
    subject_cap=2_000,
    duplicate_memory=5_000,
)
SEGMENTS = SMALL.segment_cap + 2 ** len(SMALL.dimensions)
"""Those within the cap, and those with ``__other__`` in any of their dimensions."""
DEFINITIONS = len(REQUIRED) - 1 + 4 + SMALL.dimension_cap + 1
"""Of the registry's own metrics, of the scales answered here, of the measures within the cap, of all others."""
MINUTES = 60 + 1
"""Panes that stay in memory because live windows show them by the minute."""

MOST_GROWTH = 600_000
"""Bytes in 20 000 events: tables that are full still grow and shrink by some 400 kB, and a name kept for each event
would be 1 MB and more."""


class Stream:
    """A partition that reads without end; rows are stored and checkpoints taken all the time."""

    def __init__(self, values: Iterator[bytes], configuration: Configuration = SMALL) -> None:
        self.processor = PartitionProcessor(Source("cx.touchpoints", "topic-id", 0), configuration)
        self._values = values
        self._offset = 0

    def read(self, events: int) -> None:
        """Apply so many more, in chunks of a thousand."""
        for _ in range(0, events, 1_000):
            chunk = [Record(self._offset + i, LONG_AFTER, value) for i, value in enumerate(islice(self._values, 1_000))]
            self._offset += len(chunk)
            self.processor.apply(chunk)
            while self.processor.take_rows():
                self.processor.confirm()
            self.processor.confirm()

    def check(self) -> int:
        """Everything a checkpoint holds is within its bound; returns the bytes of the checkpoint."""
        checkpoint = self.processor.checkpoint()
        header = checkpoint.header
        assert len(checkpoint.cases) <= SMALL.subject_cap
        assert len(checkpoint.responses) <= SMALL.subject_cap
        assert len(checkpoint.deadlines) <= SMALL.subject_cap
        assert sum(map(len, checkpoint.duplicates)) <= SMALL.duplicate_memory + BLOCK
        assert len(header.segments) <= SEGMENTS
        assert all(len(values) <= SMALL.dimension_cap for values in header.admitted.values())
        assert len(header.definitions) <= DEFINITIONS
        assert len(header.epochs) == 1
        assert len(checkpoint.rollups) <= 24 * 4 + 1
        # A late part takes a thousand events, each of a minute of its own at worst; a few of them are open or shown.
        assert len(checkpoint.parts) <= MINUTES + 3 * 2**SMALL.late_part_shift
        assert self.processor.cells <= MINUTES * SEGMENTS * DEFINITIONS
        view = self.processor.look(self.processor.watermark).view()
        assert len(view.windows) <= 3 * SEGMENTS * DEFINITIONS
        assert len(view.cases) <= SEGMENTS
        assert len(view.deadlines) <= 3 * SEGMENTS
        return sum(map(len, checkpoint.encode()))


def event(
    number: int, kind: str, subject: str, data: dict[str, object], at: datetime = START, source: str = "/flood"
) -> bytes:
    return json.encode(
        {
            "specversion": "1.0",
            "id": f"event-{number}",
            "source": source,
            "type": f"cx.{kind}.v1",
            "time": at,
            "subject": subject,
            "data": data,
        }
    )


def mixed_traffic(random: Random) -> Iterator[bytes]:
    """Ten events a second: lives of cases, waits, answers and durations under ever new names; some late, double or
    broken."""
    last = b""
    for number in count():
        at = START + timedelta(milliseconds=100 * number)
        if random.random() < 0.05:
            at -= timedelta(seconds=random.choice([60, 3_600, 10_000, 40_000_000]))
        case, team = f"case-{number // 10}", f"team-{random.randrange(1 + number // 100)}"
        match number % 10:
            case 0:
                value = event(number, "case.opened", case, {"team": team, "channel": f"line-{number % 7}"}, at)
            case 1:
                value = event(number, "case.message", case, {"author": "customer"}, at)
            case 2:
                value = event(number, "case.message", case, {"author": "agent", "team": team}, at)
            case 3:
                value = event(number, "case.resolved", case, {}, at)
            case 4:
                value = event(number, "wait.started", f"call-{number // 10}", {"team": team}, at)
            case 5:
                end = "abandoned" if number % 20 == 5 else "served"
                value = event(number, f"wait.{end}", f"call-{number // 10}", {"channel": "phone"}, at)
            case 6:
                value = event(number, "survey.invited", f"response-{number}", {"metric": "nps", "team": team}, at)
            case 7:
                response = f"response-{number - 1 - 10 * random.randrange(2)}"
                question = f"question-{number}" if number % 20 == 7 else ""
                answer = {"metric": "nps", "score": 9, "question": question}
                value = event(number, "survey.answered", response, answer, at)
            case 8:
                measured = {"measure": f"step_{number}", "duration_ms": number}
                value = event(number, "touchpoint.measured", "p", measured, at, f"/{number}")
            case _:
                value = random.choice([last, last, b"{broken"])
        yield value
        last = value


@pytest.mark.timeout(900)
def test_a_million_events_of_mixed_traffic_leave_no_more_than_the_bounds_say() -> None:
    stream, sizes = Stream(mixed_traffic(Random(7))), []
    for _ in range(20):
        stream.read(50_000)
        sizes.append(stream.check())
    counts = stream.processor.counts
    assert counts.accepted + counts.duplicates + sum(counts.rejected.values()) == 1_000_000
    assert min(counts.folded, counts.late, counts.duplicates, counts.rejected["not_json"]) > 10_000
    # After a day of event time nothing grows any more: 86 400 s are 864 000 events.
    assert max(sizes[-2:]) < 1.05 * max(sizes[:-2])


def measured(number: int, at: datetime = START, measure: str = "step", **dimensions: str | None) -> bytes:
    return event(number, "touchpoint.measured", "p", {"measure": measure, "duration_ms": 1, **dimensions}, at)


def dimension_values(number: int) -> bytes:
    return measured(number, team=f"team-{number}")


def combinations(number: int) -> bytes:
    return measured(number, team=f"team-{number % 19}", channel=f"line-{number // 19 % 19}")


def combinations_within_cases(number: int) -> bytes:
    case = number // 2
    if number % 2:
        return event(number, "case.resolved", f"case-{case}", {"channel": f"line-{case // 19 % 19}"})
    return event(number, "case.opened", f"case-{case}", {"team": f"team-{case % 19}"})


def measures(number: int) -> bytes:
    return measured(number, measure=f"step_{number}")


def case_ids(number: int) -> bytes:
    return event(number, "case.opened", f"case-{number}", {})


def questions_never_answered(number: int) -> bytes:
    kind, data = ("message", {"author": "customer"}) if number % 2 else ("opened", {})
    return event(number, f"case.{kind}", f"case-{number // 2}", dict(data))


def questions_decided(number: int) -> bytes:
    """Each of a case's questions has a target of its own, which no event time passes."""
    kind = ("opened", "message", "resolved", "reopened", "message", "resolved")[number % 6]
    return event(number, f"case.{kind}", f"case-{number // 6}", {"author": "customer"} if kind == "message" else {})


def waits_never_served(number: int) -> bytes:
    return event(number, "wait.started", f"call-{number}", {})


def waits_served(number: int) -> bytes:
    """Each of a customer's waits has a target of its own, which no event time passes."""
    return event(number, f"wait.{('started', 'served')[number % 2]}", f"call-{number // 6}", {})


def promises_for_ever_other_minutes(number: int) -> bytes:
    return event(number, "promise.made", f"promise-{number}", {"due_at": START + timedelta(minutes=number)})


def response_ids(number: int) -> bytes:
    return event(number, "survey.answered", f"response-{number}", {"metric": "nps", "score": 9})


def survey_questions(number: int) -> bytes:
    data = {"metric": "nps", "score": 9, "question": f"question-{number}"}
    return event(number, "survey.answered", f"response-{number % 100}", data)


def sources(number: int) -> bytes:
    return event(number, "touchpoint.measured", "p", {"measure": "step", "duration_ms": 1}, source=f"/{number:0>500}")


def late_minutes(number: int) -> bytes:
    return measured(number, START - timedelta(minutes=90 + number % 100_000) if number else START)


FOLDED = (dimension_values, combinations, combinations_within_cases, measures)
DISPLACED = (
    *(combinations_within_cases, case_ids, questions_never_answered, questions_decided, response_ids),
    *(waits_never_served, waits_served, promises_for_ever_other_minutes),
)
OTHERS = (survey_questions, sources, late_minutes)


@pytest.mark.parametrize("flood", dict.fromkeys([*FOLDED, *DISPLACED, *OTHERS]))
def test_a_flood_of_new_names_stays_within_the_caps_while_event_time_stands_still(
    flood: Callable[[int], bytes],
) -> None:
    stream = Stream(map(flood, count()))
    assert growth(stream) < MOST_GROWTH
    counts = stream.processor.counts
    assert (counts.folded > 5_000) == (flood in FOLDED)
    assert (counts.displaced > 1_000) == (flood in DISPLACED)


def test_the_many_ways_to_name_nothing_are_not_remembered_each() -> None:
    def spelled(number: int) -> bytes:
        empty: dict[str, str | None] = {name: "" for place, name in enumerate(DIMENSIONS) if number >> place & 1}
        return measured(number, START, "step", **empty)

    stream = Stream(map(spelled, count()), replace(SMALL, dimensions=DIMENSIONS))
    assert growth(stream) < MOST_GROWTH


def growth(stream: Stream) -> int:
    """Bytes of memory by which a flood grows the partition once it has filled the caps, with up to six events each."""
    tracemalloc.start()
    try:
        stream.read(15_000)
        stream.check()
        before, _ = tracemalloc.get_traced_memory()
        stream.read(20_000)
        stream.check()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return after - before
