"""What the facts of a log add up to: cells, and the rows they are stored as, parts and versions included.

The rule of parts is the one of the executable model that the design came with: a fact that arises at an offset goes to
part 0 of its pane while the pane is open there, else to the late part of that offset; a row's version is the last
offset that changed it.
"""

from collections import Counter, defaultdict
from typing import NamedTuple

from tests.oracle.partition import METRICS, OTHER, Adopted, Limits, Walk
from tests.oracle.subjects import Event, Fact, Pairs

CellKey = tuple[str, str, int, Pairs]
"""Metric, definition, minute, segment."""
RowKey = tuple[str, str, int, Pairs, int]
"""As a cell, and the part."""

TARGETS = {
    "first_response": [60_000, 300_000, 900_000, 3_600_000, 14_400_000, 86_400_000],
    "requester_wait": [300_000, 900_000, 3_600_000, 14_400_000, 86_400_000, 259_200_000],
    "resolution_full": [3_600_000, 14_400_000, 86_400_000, 259_200_000, 604_800_000],
    "next_reply": [60_000, 300_000, 900_000, 3_600_000, 14_400_000, 86_400_000],
    "resolution": [3_600_000, 14_400_000, 86_400_000, 259_200_000, 604_800_000],
    "first_response_business": [60_000, 300_000, 900_000, 3_600_000, 14_400_000, 86_400_000],
    "next_reply_business": [60_000, 300_000, 900_000, 3_600_000, 14_400_000, 86_400_000],
    "resolution_business": [3_600_000, 14_400_000, 86_400_000, 259_200_000, 604_800_000],
    "completion_time": [90_000, 180_000, 600_000],
    "queue_wait": [20_000, 60_000, 300_000, 900_000, 3_600_000],
    "followup_delay": [14_400_000, 86_400_000, 259_200_000, 604_800_000],
    "measured": [300_000, 3_600_000, 86_400_000, 604_800_000],
}


class Content(NamedTuple):
    """What a cell or row holds."""

    n: int
    total: int
    values: dict[int, int]
    """Value -> how often; nothing that retractions have emptied."""
    within: dict[int, int]


class Rows(NamedTuple):
    """Everything a partition stores."""

    contents: dict[RowKey, Content]
    versions: dict[RowKey, int]
    folded: int
    """Facts booked under ``__other__``."""


def content(metric: str, values: Counter[int]) -> Content:
    """What the values of one metric add up to."""
    scored = {value: count for value, count in values.items() if value != -1 or metric not in METRICS}
    targets = TARGETS.get(metric.split(".")[0], [])
    within = {target: sum(count for value, count in values.items() if value <= target) for target in targets}
    return Content(
        sum(scored.values()),
        sum(_worth(metric, value) * count for value, count in scored.items()),
        {value: count for value, count in values.items() if count},
        {target: count for target, count in within.items() if count},
    )


def _worth(metric: str, value: int) -> int:
    """What a value adds to the sum: a gap, kept as 100 times the expected code plus the experienced one, its width."""
    return value % 100 - value // 100 if metric == "expectation_gap" else value


def cells(facts: list[Fact]) -> dict[CellKey, Content]:
    """Every cell that holds anything."""
    values: defaultdict[CellKey, Counter[int]] = defaultdict(Counter)
    for metric, definition, time, segment, value in facts:
        values[metric, definition, time // 60_000, segment][value] += 1
    return {key: content(key[0], found) for key, found in values.items()}


def rows(log: list[Event], limits: Limits, adopted: Adopted = ()) -> Rows:
    """The rows of a log, from how the facts of each life change with each offset."""
    walk = Walk(limits)
    before: list[Counter[Fact]] = []
    values: defaultdict[RowKey, Counter[int]] = defaultdict(Counter)
    versions: dict[RowKey, int] = {}
    folded = 0
    for offset, event in enumerate(log):
        for _, other in (each for each in adopted if each[0] == offset - 1):
            walk.adopt(other)
        closed_until = walk.closed_until
        walk.take(event)
        after = [Counter(life.facts()) for life in walk.lives]
        for old, new in zip(before + [Counter()] * (len(after) - len(before)), after, strict=True):
            for fact in old | new:
                weight = new[fact] - old[fact]
                if not weight:
                    continue
                metric, definition, time, segment, value = fact
                is_open = (time // 60_000 + 1) * 60_000 > closed_until
                part = 0 if is_open else 1 + offset // walk.limits.late_part_offsets
                key = (metric, definition, time // 60_000, segment, part)
                values[key][value] += weight
                versions[key] = offset
                if OTHER in metric or OTHER in dict(segment).values():
                    folded += max(0, weight)
        before = after
    return Rows({key: content(key[0], found) for key, found in values.items()}, versions, folded)
