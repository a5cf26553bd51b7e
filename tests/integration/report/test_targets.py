"""KPIs are judged by the targets of that day."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.report.commands import cxstream, report
from tests.integration.report.logged import PARTITIONS, Log
from tests.integration.report.stored_rows import Database

SATISFACTION = {"unit": "share"}
"""The file: floor 80 %, goal 90 %."""


@pytest.fixture
def log() -> Log:
    """85 % of 400 are satisfied, on each of four days; targets are raised on the third at noon."""
    log = Log()
    for day in ("01", "02", "03", "04"):
        log.answers(f"2026-03-{day}T10:00:00Z", {5: 340, 1: 60})
        if day == "01":
            log.reference(
                "target.published", "satisfaction", "2026-03-02T00:00:00Z", **SATISFACTION, floor=0.5, goal=0.6
            )
        if day == "03":
            log.reference("target.published", "satisfaction", "2026-03-03T12:00:00Z", **SATISFACTION, goal=0.95)
    return log


def judged(database: Database) -> list[tuple[Any, ...]]:
    names = ("start", "floor", "floor_status", "goal", "goal_status", "targets_since", "targets_changed")
    return [
        tuple(line[name] for name in names) for line in json.loads(report(database, "kpi.satisfaction", "--json").out)
    ]


def test_each_period_is_judged_by_the_targets_in_force_when_it_begins(log: Log, database: Database) -> None:
    log.replay(database)
    zero, first, second = "T00:00:00+00:00", "2026-03-02T00:00:00+00:00", "2026-03-03T12:00:00+00:00"
    assert judged(database) == [
        ("2026-03-01" + zero, 0.8, "met", 0.9, "missed", None, False),
        ("2026-03-02" + zero, 0.5, "met", 0.6, "met", first, False),
        ("2026-03-03" + zero, 0.5, "met", 0.6, "met", first, True),
        ("2026-03-04" + zero, None, None, 0.95, "missed", second, False),
    ]
    assert "Satisfied customers (target changed)" in report(database, "kpi.satisfaction").out


def test_a_replay_into_an_empty_database_gives_the_same_verdicts(
    log: Log, new_database: Callable[[], Database]
) -> None:
    one, other = new_database(), new_database()
    log.replay(one)
    log.replay(other)
    assert len(judged(one)) == 4
    assert judged(one) == judged(other)


def test_a_target_of_another_unit_is_none_of_what_the_kpi_is_now(database: Database) -> None:
    log = Log()
    log.reference("target.published", "satisfaction", "2026-03-01T00:00:00Z", unit="code", goal=4.5)
    log.answers("2026-03-01T10:00:00Z", {5: 340, 1: 60})
    log.replay(database)
    ((_, floor, _, goal, _, since, _),) = judged(database)
    assert (floor, goal, since) == (0.8, 0.9, None)


def test_a_target_of_an_earlier_version_of_the_kpi_holds_for_its_days(database: Database) -> None:
    log = Log()
    log.reference("target.published", "satisfaction", "2026-03-01T00:00:00Z", **SATISFACTION, version=7, goal=0.3)
    log.answers("2026-03-01T10:00:00Z", {5: 340, 1: 60})
    log.replay(database)
    ((_, floor, _, goal, status, _, _),) = judged(database)
    assert (floor, goal, status) == (None, 0.3, "met")


def test_targets_are_no_data_and_lengthen_no_report(database: Database) -> None:
    log = Log()
    log.reference("target.published", "satisfaction", "2020-01-01T00:00:00Z", **SATISFACTION, goal=0.3)
    log.replay(database)
    assert judged(database) == []
    log.answers("2026-03-01T10:00:00Z", {5: 30})
    log.replay(database)
    assert [start[:10] for start, *_ in judged(database)] == ["2026-03-01"]
    for view in ("kpi", "counts", "ratios", "answers", "durations", "gaps"):
        ((found,),) = database.client.query(
            f"SELECT count() FROM {database.name}.{view} WHERE startsWith(metric, 'reference')"
        ).result_rows
        assert found == 0
    assert "unknown metric" in report(database, "reference.target").err


def test_the_list_shows_the_targets_of_the_file_and_every_later_step(log: Log, database: Database) -> None:
    log.replay(database)
    result = cxstream("targets", "list", "--json", url=database.url, database=database.name)
    steps = [each for each in json.loads(result.out) if each["kpi"] == "satisfaction"]
    assert [(step["since"], step["floor"], step["goal"]) for step in steps] == [
        (None, 0.8, 0.9),
        ("2026-03-02T00:00:00+00:00", 0.5, 0.6),
        ("2026-03-03T12:00:00+00:00", None, 0.95),
    ]
    table = cxstream("targets", "list", "--tz", "Europe/Berlin", url=database.url, database=database.name).out
    assert "2026-03-03 13:00+01:00" in table


def test_the_number_is_that_of_the_event_in_however_many_partitions_it_is(log: Log, database: Database) -> None:
    log.replay(database)
    rows = database.client.query(
        f"SELECT sum(n), sum(total) FROM {database.name}.cells FINAL WHERE endsWith(definition, 'share.floor')"
    ).result_rows
    assert rows == [(PARTITIONS, PARTITIONS * 5_000)]
