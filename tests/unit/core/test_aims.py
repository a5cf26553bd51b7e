"""Targets of KPIs and initiatives become facts of their own, at the time of their events."""

from typing import Any

import pytest
from msgspec.structs import replace

from schemas.rejects import Reject
from tests.unit.core.partition_log import CONFIGURATION, PartitionLog

DAY = "2026-03-02T"


def target(log: PartitionLog, time: str, kpi: str = "nps_retail", **data: Any) -> list[Reject]:
    return log.add("reference.target.published", kpi, DAY + time, **{"unit": "points", **data})


def started(log: PartitionLog, time: str, name: str = "chatbot", **data: Any) -> list[Reject]:
    return log.add("reference.initiative.started", name, DAY + time, **{"kpi": "nps_retail", **data})


def stored(log: PartitionLog) -> dict[tuple[str, str], tuple[int, int]]:
    """Definition and time of day of what holds anything, over all parts: n and total."""
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for row in log.rows():
        if row.metric.startswith("reference."):
            minutes = row.pane // 60 % 1440
            key = row.definition.removeprefix("reference.v1."), f"{minutes // 60:02}:{minutes % 60:02}"
            n, total = found.get(key, (0, 0))
            found[key] = (n + row.n, total + row.total)
    return {key: content for key, content in found.items() if any(content)}


def test_floor_and_goal_are_kept_in_ten_thousandths_under_kpi_version_and_unit() -> None:
    log = PartitionLog()
    assert target(log, "10:00:30Z", floor=-20, goal=30.5) == []
    assert target(log, "10:00:30Z", "speed", unit="ms", version=3, goal=300_000) == []
    assert stored(log) == {
        ("nps_retail.v1.points.floor", "10:00"): (1, -200_000),
        ("nps_retail.v1.points.goal", "10:00"): (1, 305_000),
        ("speed.v3.ms.goal", "10:00"): (1, 3_000_000_000),
    }


def test_what_is_published_for_the_same_minute_later_in_the_log_takes_the_place_of_the_earlier() -> None:
    log = PartitionLog()
    target(log, "10:00:30Z", floor=20, goal=30)
    target(log, "11:00:00Z", goal=40)
    log.restart()
    target(log, "10:00:00Z", goal=35)
    assert stored(log) == {
        ("nps_retail.v1.points.goal", "10:00"): (1, 350_000),
        ("nps_retail.v1.points.goal", "11:00"): (1, 400_000),
    }


def test_a_target_published_twice_as_one_event_counts_once() -> None:
    log = PartitionLog()
    for _ in range(2):
        log.add("reference.target.published", "x", DAY + "10:00:00Z", event_id="one", unit="share", goal=0.8)
    assert stored(log) == {("x.v1.share.goal", "10:00"): (1, 8_000)}
    assert log.processor.counts.duplicates == 1


def test_an_initiative_is_in_the_segment_it_names_and_says_what_it_is_to_change() -> None:
    log = PartitionLog()
    started(log, "10:00:00Z", expected=-0.5, team="blue")
    log.add("reference.initiative.ended", "chatbot", DAY + "18:00:00Z", team="red")
    assert stored(log) == {
        ("chatbot.nps_retail.started", "10:00"): (1, 0),
        ("chatbot.nps_retail.expected", "10:00"): (1, -5_000),
        ("chatbot.ended", "18:00"): (1, 0),
    }
    segments = {row.definition.split(".")[-1]: "blue" in row.segment for row in log.rows()}
    assert segments == {"started": True, "expected": True, "ended": False}


def test_a_start_or_an_end_published_again_is_a_correction() -> None:
    log = PartitionLog()
    started(log, "10:00:00Z", expected=5)
    for time in ("18:00:00Z", "17:00:00Z"):
        log.add("reference.initiative.ended", "chatbot", DAY + time)
    started(log, "09:00:00Z")
    assert stored(log) == {("chatbot.nps_retail.started", "09:00"): (1, 0), ("chatbot.ended", "17:00"): (1, 0)}


@pytest.mark.parametrize(
    ("kind", "subject", "data"),
    [
        ("target.published", "nps", {"unit": "points"}),
        ("target.published", "nps", {"unit": "share", "goal": 0.12345}),
        ("target.published", "nps", {"unit": "parsec", "goal": 1}),
        ("target.published", "nps", {"unit": "ms", "goal": 1e12}),
        ("target.published", "n.p.s", {"unit": "points", "goal": 1}),
        ("target.published", "nps\n", {"unit": "points", "goal": 1}),
        ("initiative.started", "The chatbot", {"kpi": "nps"}),
        ("initiative.started", "chatbot", {}),
        ("initiative.started", "chatbot", {"kpi": "nps", "expected": 0.00001}),
    ],
)
def test_what_cannot_be_kept_exactly_or_named_is_a_dead_letter(kind: str, subject: str, data: dict[str, Any]) -> None:
    log = PartitionLog()
    (reject,) = log.add(f"reference.{kind}", subject, DAY + "10:00:00Z", **data)
    assert reject.reason == "invalid_event"
    assert stored(log) == {}


def test_neither_begins_new_rules_for_cases_nor_is_in_any_live_window() -> None:
    log = PartitionLog()
    target(log, "10:00:00Z", goal=30)
    started(log, "10:00:00Z")
    log.add("touchpoint.measured", "x", DAY + "10:00:00Z", measure="clock", duration_ms=0)
    assert len(log.processor.checkpoint().header.epochs) == 1
    shown = {cell.metric for cell in log.processor.look(log.processor.watermark).view().windows}
    assert shown == {"measured.clock"}


def test_names_and_publications_past_the_caps_are_refused_and_those_known_go_on() -> None:
    log = PartitionLog(replace(CONFIGURATION, dimension_cap=2, subject_event_cap=3))
    assert target(log, "10:00:00Z", floor=0, goal=30) == []
    assert [each.reason for each in target(log, "10:00:00Z", "another", goal=30)] == ["too_many_events"]
    assert started(log, "10:00:00Z") == [], "initiatives have a cap of their own"
    assert target(log, "10:01:00Z", goal=30) == target(log, "10:02:00Z", goal=30) == []
    assert [each.reason for each in target(log, "10:03:00Z", goal=30)] == ["too_many_events"]
    assert target(log, "10:02:30Z", goal=40) == [], "a correction is no further publication"
    assert stored(log)["nps_retail.v1.points.goal", "10:02"] == (1, 400_000)
    assert len(stored(log)) == 5
