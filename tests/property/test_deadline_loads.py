"""Who is in a queue and what is owed, over random histories: what a look at all events of each deadline finds."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from schemas.dimensions import DIMENSIONS, Segment
from streams.core.checkpoint import Checkpoint
from streams.core.processor import PartitionProcessor
from streams.core.records import Source
from tests.oracle.deadlines import pending
from tests.oracle.partition import walk
from tests.oracle.subjects import Event, Pairs
from tests.property.effort import examples
from tests.property.histories import CONFIGURATION, START_MS, limits_of, logs, records, rounds

ROOMY = replace(CONFIGURATION, subject_horizon_events=1_000, subject_cap=1_000)
"""What is forgotten and not yet swept may still be shown: here nothing is forgotten."""

Load = tuple[int, int, int, int | None]
"""Pending, since when the oldest, overdue, since when the longest."""


def expected(log: list[Event], as_of: int) -> dict[tuple[str, Pairs], Load]:
    found = [
        each
        for life in walk(log, limits_of(ROOMY)).lives
        if life.family == "deadline" and (each := pending(life.events))
    ]
    groups = Counter((each.what, each.segment) for each in found)
    result: dict[tuple[str, Pairs], Load] = {}
    for key, count in groups.items():
        group = [each for each in found if (each.what, each.segment) == key]
        late = [each.due for each in group if each.due < as_of]
        result[key] = (count, min(each.since for each in group), len(late), min(late, default=None))
    return result


def pairs(segment: Segment) -> Pairs:
    return tuple(sorted((name, value) for name, value in zip(DIMENSIONS, segment, strict=True) if value))


@examples(300)
@given(st.one_of(logs(), rounds()), st.integers(0, 40), st.sampled_from([-3_600, 0, 5, 21, 60, 3_600, 200 * 86_400]))
def test_the_loads_show_what_is_pending_and_overdue_also_after_a_restart(
    log: list[Event], cut: int, seconds: int
) -> None:
    as_of = START_MS + 1_000 * seconds
    processor = PartitionProcessor(Source("cx.touchpoints", "topic-id", 0), ROOMY)
    processor.apply(records(log)[:cut])
    processor = PartitionProcessor.restore(processor.source, Checkpoint.decode(processor.checkpoint().encode()))
    processor.apply(records(log))
    shown = {(load.kind, pairs(load.segment)): load[2:] for load in processor.look(as_of).view().deadlines}
    assert shown == expected(log, as_of)
