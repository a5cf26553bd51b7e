"""The outage of domain.md 6.5: half of the cases are answered twenty times as slowly, and most of those wait still."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np
import pytest

from schemas.rows import Row
from streams.core.processor import PartitionProcessor
from streams.core.records import Source
from streams.statistics.survival import quantile, share_within
from tests.unit.core.partition_log import CONFIGURATION, LONG_AFTER, Record

CASES: Final = 20_000
HOUR: Final = 3_600.0
TARGET: Final = 300.0
"""Seconds: the objective of first_response."""
START: Final = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

random: Final = np.random.default_rng(7)
ASKED: Final = random.uniform(0, HOUR, CASES)
"""Seconds after the start."""
TOOK: Final = random.lognormal(np.log(180), 0.9, CASES) * np.where(random.random(CASES) < 0.5, 20, 1)
TRUTH: Final = float(np.mean(TOOK <= TARGET))


def event(kind: str, case: int, seconds: float, **data: Any) -> tuple[float, bytes]:
    document = {
        "specversion": "1.0",
        "id": f"{case}-{kind}-{data.get('author')}",
        "source": "/desk",
        "type": f"cx.{kind}.v1",
        "time": (START + timedelta(seconds=seconds)).isoformat(),
        "subject": str(case),
        "data": data,
    }
    return seconds, json.dumps(document).encode()


@pytest.fixture(scope="module")
def processor() -> PartitionProcessor:
    """The partition at the hour's end, when whoever is not answered yet waits."""
    events = [event("touchpoint.measured", 0, HOUR, measure="clock", duration_ms=0)]
    for case, (asked, took) in enumerate(zip(ASKED, TOOK, strict=True)):
        events += [event("case.opened", case, asked), event("case.message", case, asked, author="customer")]
        if asked + took <= HOUR:
            events.append(event("case.message", case, asked + took, author="agent"))
    processor = PartitionProcessor(Source("cx.touchpoints", "topic-id", 0), CONFIGURATION)
    events.sort(key=lambda each: each[0])
    assert processor.apply([Record(at, LONG_AFTER, value) for at, (_, value) in enumerate(events)]) == []
    return processor


@pytest.fixture(scope="module")
def rows(processor: PartitionProcessor) -> list[Row]:
    return processor.take_rows()


@pytest.fixture(scope="module")
def durations(processor: PartitionProcessor) -> tuple[Counter[int], dict[int, int]]:
    """Of the first responses that came, and ages of those that did not, by bucket."""
    view = processor.look(int((START.timestamp() + HOUR) * 1000)).view()
    answered: Counter[int] = Counter()
    for cell in view.windows:
        if (cell.metric, cell.window) == ("first_response", "24h"):
            answered.update(cell.buckets)
    (ages,) = (each for each in view.ages if each.metric == "first_response")
    return answered, ages.buckets


def test_answers_alone_tell_of_a_fine_hour(rows: list[Row]) -> None:
    answered = [row for row in rows if row.metric == "first_response"]
    within = sum(row.within.get(300_000, 0) for row in answered) / sum(row.n for row in answered)
    assert within == pytest.approx(0.60, abs=0.01)
    assert abs(TRUTH - 0.36) < 0.01


def test_attainment_of_those_who_asked_long_enough_ago_is_the_truth(rows: list[Row]) -> None:
    last = int(START.timestamp() + HOUR - TARGET)
    asked = [row for row in rows if row.metric == "first_response_attainment" and row.pane < last]
    attained = sum(row.total for row in asked) / sum(row.n for row in asked)
    assert attained == pytest.approx(TRUTH, abs=0.005)
    assert sum(row.n for row in asked) == np.count_nonzero(ASKED < HOUR - TARGET), "nobody who waits is left out"


def test_with_the_ages_of_those_who_wait_kaplan_meier_finds_the_truth(
    durations: tuple[Counter[int], dict[int, int]],
) -> None:
    answered, ages = durations
    assert answered.total() + sum(ages.values()) == CASES
    assert share_within(answered, ages, 300_000) == pytest.approx(TRUTH, abs=0.01)
    assert quantile(answered, ages, 0.5) == pytest.approx(1000 * float(np.median(TOOK)), rel=0.08)
    assert quantile(answered, ages, 0.9) is None, "nobody has been seen to wait for two hours"
