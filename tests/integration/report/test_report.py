"""A report from a real engine: periods, series, values."""

from collections import Counter
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from schemas.buckets import bucket_of
from schemas.metrics import load_registry
from streams.reporting.output import as_object
from streams.reporting.periods import Every, local_seconds
from streams.reporting.report import Line, Question, report
from streams.statistics.estimates import duration_mean, nps
from tests.integration.report.stored_rows import Database, row

BERLIN = ZoneInfo("Europe/Berlin")
UTC = ZoneInfo("UTC")
REGISTRY = load_registry()


def ask(
    database: Database,
    metric: str = "nps",
    every: Every = "1d",
    start: str | None = None,
    end: str | None = None,
    zone: ZoneInfo = UTC,
    by: tuple[str, ...] = (),
    **where: list[str],
) -> list[Line]:
    found = REGISTRY.find(metric)
    assert found is not None
    bounds = [text and local_seconds(datetime.fromisoformat(text), zone) for text in (start, end)]
    question = Question(found, every, zone, bounds[0] or None, bounds[1] or None, by, where)
    return list(report(question, database.contents))


def objects(lines: list[Line], zone: ZoneInfo = UTC) -> list[dict[str, Any]]:
    return [as_object(line, zone) for line in lines]


def test_the_hours_of_a_day_with_a_change_of_the_clocks_fall_into_that_local_day(database: Database) -> None:
    # 2026-03-29 has 23 hours in Berlin: local midnight is 23:00 UTC before and 22:00 UTC after it.
    database.store(*(row(f"2026-03-{day:02}T{hour:02}:00Z", {10: 1}) for day in (28, 29, 30) for hour in range(24)))
    lines = ask(database, start="2026-03-28", end="2026-03-31", zone=BERLIN)
    assert [line.score.n for line in lines] == [23, 23, 24]
    assert [shown["start"] for shown in objects(lines, BERLIN)] == [
        "2026-03-28T00:00:00+01:00",
        "2026-03-29T00:00:00+01:00",
        "2026-03-30T00:00:00+02:00",
    ]


def test_both_passes_of_the_hour_that_comes_twice_are_reported(database: Database) -> None:
    database.store(row("2026-10-25T00:30Z", {10: 1}), row("2026-10-25T01:30Z", {0: 2}))
    lines = ask(database, every="1h", start="2026-10-25T02:00", end="2026-10-25T03:00", zone=BERLIN)
    assert [(line.score.n, line.score.value) for line in lines] == [(1, 100), (2, -100)]


def test_an_empty_period_has_no_value_and_n_0(database: Database) -> None:
    database.store(row("2026-01-01T10:00Z", {10: 1}), row("2026-01-03T10:00Z", {10: 1}))
    first, empty, last = objects(ask(database))
    assert (first["n"], last["n"]) == (1, 1)
    assert empty["n"] == 0
    assert [empty[name] for name in ("value", "ci_low", "ci_high")] == [None, None, None]
    assert set(empty["histogram"].values()) == {0}


def test_a_range_without_any_data_still_lists_its_periods(database: Database) -> None:
    lines = ask(database, start="2026-01-01", end="2026-01-03", by=("team",))
    assert [(line.score.n, line.score.value, line.segment) for line in lines] == [(0, None, {"team": None})] * 2
    assert ask(database) == []


def test_answers_that_all_read_not_applicable_are_no_data(database: Database) -> None:
    database.store(row("2026-01-01T10:00Z", {-1: 4}))
    (shown,) = objects(ask(database))
    assert (shown["n"], shown["value"], shown["not_applicable"]) == (0, None, 4)


def test_an_open_range_begins_and_ends_with_full_periods(database: Database) -> None:
    database.store(row("2026-01-15T10:00Z", {10: 1}), row("2026-02-01T00:00Z", {10: 1}))
    starts = [shown["start"] for shown in objects(ask(database, every="1mo"))]
    assert starts == ["2026-01-01T00:00:00+00:00", "2026-02-01T00:00:00+00:00"]
    (everything,) = ask(database, every="all")
    assert everything.score.n == 2
    assert everything.period.end - everything.period.start == 16 * 86_400 + 14 * 3_600 + 60


def test_the_end_of_the_range_is_exclusive_and_its_start_inclusive(database: Database) -> None:
    database.store(*(row(f"2026-01-01T10:0{minute}Z", {10: 1}) for minute in (0, 1, 2)))
    lines = ask(database, every="1m", start="2026-01-01T10:00", end="2026-01-01T10:02")
    assert [line.score.n for line in lines] == [1, 1]


def test_more_periods_than_one_statement_holds_are_all_there(database: Database) -> None:
    database.store(row("2026-01-01T00:00Z", {10: 1}), row("2026-01-02T11:59Z", {10: 1}))
    lines = ask(database, every="1m")
    assert len(lines) == 36 * 60
    assert [index for index, line in enumerate(lines) if line.score.n] == [0, 36 * 60 - 1]


def test_every_series_of_the_range_appears_in_every_period(database: Database) -> None:
    database.store(
        row("2026-01-01T10:00Z", {10: 1}, team="blue", region="north"),
        row("2026-01-02T10:00Z", {0: 1}, team="red"),
    )
    lines = ask(database, by=("team",))
    assert [(line.segment["team"], line.score.n) for line in lines] == [
        ("blue", 1),
        ("red", 0),
        ("blue", 0),
        ("red", 1),
    ]
    both = ask(database, every="all", by=("region", "team"))
    assert [line.segment for line in both] == [{"region": "", "team": "red"}, {"region": "north", "team": "blue"}]


def test_conditions_on_one_dimension_are_alternatives_and_on_several_all_needed(database: Database) -> None:
    for team in ("blue", "red", "green"):
        for region in ("north", ""):
            database.store(row("2026-01-01T10:00Z", {10: 1}, team=team, region=region))
    (line,) = ask(database, team=["blue", "red"])
    assert line.score.n == 4
    (line,) = ask(database, team=["blue", "red"], region=[""])
    assert line.score.n == 2


@pytest.mark.parametrize("value", ["x' OR 1=1 --", "100%", "%(metric)s", "back\\slash", "ünïcode"])
def test_a_value_is_text_whatever_it_looks_like(database: Database, value: str) -> None:
    database.store(row("2026-01-01T10:00Z", {10: 1}, team=value), row("2026-01-01T10:00Z", {0: 1}, team="other"))
    (line,) = ask(database, every="all", by=("team",), team=[value])
    assert (line.segment["team"], line.score.n) == (value, 1)


def test_answers_on_different_scales_are_never_pooled(database: Database) -> None:
    database.store(
        row("2026-01-01T10:00Z", {5: 3, 1: 1}, "csat", "csat5.v1"),
        row("2026-01-01T10:00Z", {3: 1, 1: 1}, "csat", "csat3.v1"),
    )
    shown = {line["definition"]: line for line in objects(ask(database, "csat"))}
    assert (shown["csat5.v1"]["n"], shown["csat5.v1"]["value"]) == (4, 0.75)
    assert (shown["csat3.v1"]["n"], shown["csat3.v1"]["value"]) == (2, 0.5)
    assert shown["csat3.v1"]["histogram"] == {"1": 1, "2": 0, "3": 1}


def test_parts_partitions_and_topics_are_summed_and_only_the_newest_version_counts(database: Database) -> None:
    pane = "2026-01-01T10:00Z"
    database.store(row(pane, {10: 5}, version=10), row(pane, {0: 1}, partition=1), row(pane, {0: 2}, topic_id="new"))
    database.store(row(pane, {10: 99}, version=9), row(pane, {10: -2, 7: 2}, part=8))
    (line,) = ask(database)
    assert line.details["histogram"] | {"0": 3, "7": 2, "10": 3} == line.details["histogram"]
    assert line.score == nps({10: 3, 7: 2, 0: 3})


def test_a_duration_reports_quantiles_extremes_and_the_share_within_each_target(database: Database) -> None:
    durations = [1_000, 60_000, 299_999, 300_000, 86_400_001]
    buckets = dict(Counter(map(bucket_of, durations)))
    within = {target: sum(d <= target for d in durations) for target in (60_000, 300_000, 900_000, 86_400_000)}
    database.store(
        row("2026-01-01T10:00Z", buckets, "first_response", "duration.v1", within=within, total=sum(durations))
    )
    (shown,) = objects(ask(database, "first_response"))
    assert (shown["n"], shown["total"]) == (5, sum(durations))
    assert shown["value"] == shown["mean"] == sum(durations) / 5
    assert (shown["ci_low"], shown["ci_high"]) == duration_mean(sum(durations), buckets)[2:]
    for name, exact in (("p50", 299_999), ("p90", 86_400_001), ("p99", 86_400_001)):
        assert shown[name] == pytest.approx(exact, rel=0.02)
    assert shown["smallest"] <= 1_000
    assert shown["largest"] >= 86_400_001
    assert list(shown["within"]) == ["1m", "5m", "15m", "1h", "4h", "24h"]
    assert [shown["within"][target]["n"] for target in ("1m", "5m", "24h")] == [2, 4, 4]
    assert shown["within"]["5m"]["value"] == 0.8
    assert shown["within"]["5m"]["ci_low"] < 0.8 < shown["within"]["5m"]["ci_high"]


def test_a_ratio_is_a_share_with_its_interval_and_a_count_a_number_without(database: Database) -> None:
    database.store(
        row("2026-01-01T10:00Z", {0: 2, 1: 8}, "response_rate", "ratio.v1"),
        row("2026-01-01T10:00Z", {}, "cases_opened", "count.v1")._replace(n=7),
    )
    (ratio,) = objects(ask(database, "response_rate"))
    assert (ratio["n"], ratio["value"], ratio["yes"]) == (10, 0.8, 8)
    assert (ratio["ci_low"], ratio["ci_high"]) == pytest.approx((0.4902, 0.9433), abs=5e-5)
    (opened,) = objects(ask(database, "cases_opened"))
    assert [opened[name] for name in ("n", "value", "ci_low", "ci_high")] == [7, 7, None, None]


def test_a_named_measure_is_reported_with_the_targets_of_all_measures(database: Database) -> None:
    day = 86_400_000
    database.store(
        row("2026-01-01T10:00Z", {bucket_of(day): 2}, "measured.delivery", "duration.v1", {day: 2}, 2 * day),
        row("2026-01-01T10:00Z", {bucket_of(5): 1}, "measured.approval", "duration.v1", {day: 1}, 5),
    )
    (shown,) = objects(ask(database, "measured.delivery"))
    assert (shown["n"], shown["value"], shown["within"]["24h"]["value"]) == (2, day, 1)


def test_the_views_of_one_pane_say_the_same_as_the_report(database: Database) -> None:
    pane = "2026-01-01T10:00Z"
    durations = [1_500, 70_000, 300_000, 4_000_000]
    buckets = {bucket_of(duration): 1 for duration in durations}
    database.store(
        row(pane, {10: 5, 8: 3, 2: 2, -1: 1}),
        row(pane, {5: 4, 3: 2, 1: 1}, "csat", "csat5.v1"),
        row(pane, {7: 4, 4: 2, 1: 1}, "ces", "ces7.v1"),
        row(pane, {5: 45, 4: 25, 3: 5, 2: 3, 1: 2}, "rating", "rating5.v1"),
        row(pane, {1: 3, 0: 9}, "response_rate", "ratio.v1"),
        row(pane, buckets, "first_response", "duration.v1", {300_000: 3}, sum(durations)),
    )
    rows = database.client.query(
        f"SELECT metric, definition, n, value, ci_low, ci_high FROM {database.name}.kpi"
    ).result_rows
    assert len(rows) == 6
    for metric, definition, *expected in rows:
        (line,) = ask(database, metric)
        assert line.definition == definition
        assert tuple(line.score) == pytest.approx(expected, rel=1e-7)
