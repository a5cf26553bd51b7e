"""``cxstream report dispersion.METRIC`` says how evenly customers are served."""

import csv
import io
import json
from typing import Any

import pytest

from schemas.buckets import bucket_of
from tests.integration.report.commands import cxstream, report
from tests.integration.report.stored_rows import Database, row

WHOLE = ("--every", "all")
STEADY = {3: 20, 4: 60, 5: 20}
WIDE = {1: 25, 4: 50, 5: 25}


def answers(database: Database, buckets: dict[int, int], day: str = "02", team: str = "", agent: str = "") -> None:
    database.store(row(f"2026-01-{day}T10:00Z", buckets, "csat", "csat5.v1", team=team, agent=agent))


def waits(database: Database, *seconds: float, day: str = "02") -> None:
    lengths = [round(1_000 * each) for each in seconds]
    buckets = {bucket_of(length): lengths.count(length) for length in lengths}
    stored = row(f"2026-01-{day}T10:00Z", buckets, "first_response", "duration.v1", total=sum(lengths))
    database.store(stored)


def lines_of(database: Database, *words: str) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = json.loads(report(database, *words, "--json").out)
    return lines


def test_answers_have_their_standard_deviation_and_not_applicable_is_none(database: Database) -> None:
    """20, 60 and 20 around 4: 40 / 99."""
    answers(database, {**STEADY, -1: 50})
    (line,) = lines_of(database, "dispersion.csat", *WHOLE)
    assert (line["n"], line["statistic"], line["definition"]) == (100, "sd", "csat5.v1")
    assert line["value"] == pytest.approx((40 / 99) ** 0.5)
    assert line["ci_low"] < line["value"] < line["ci_high"]
    assert line["between"]["groups"] == 0


def test_durations_have_the_ratio_of_their_tail_to_their_middle(database: Database) -> None:
    waits(database, *[10] * 60, *[60] * 40)
    (line,) = lines_of(database, "dispersion.first_response", *WHOLE)
    assert (line["n"], line["statistic"]) == (100, "p90/p50")
    assert line["value"] == pytest.approx(6, rel=0.04)
    assert (line["p50"], line["p90"]) == pytest.approx((10_000, 60_000), rel=0.02)
    shown = report(database, "dispersion.first_response", *WHOLE).out
    assert "p90/p50" in shown


def test_a_wider_spread_than_before_is_told_from_chance(database: Database) -> None:
    answers(database, STEADY, day="01")
    answers(database, WIDE, day="02")
    before, now = lines_of(database, "dispersion.csat", "--compare", "previous")
    assert before["compared"]["verdict"] == "no data"
    assert now["compared"]["verdict"] == "higher"
    assert now["compared"]["value"] == pytest.approx((40 / 99) ** 0.5)
    assert now["compared"]["p"] < 0.001
    assert "更不均" in report(database, "dispersion.csat", "--compare", "previous", "--lang", "zh").out


def test_everything_slower_at_once_is_no_wider(database: Database) -> None:
    usual = [5 + each for each in range(50)]
    waits(database, *usual, day="01")
    waits(database, *(4 * each for each in usual), day="02")
    _, now = lines_of(database, "dispersion.first_response", "--compare", "previous")
    assert now["compared"]["verdict"] == "not distinguishable"


def test_between_agents_lies_what_their_means_differ_by(database: Database) -> None:
    for agent, buckets in (("ann", {5: 30}), ("bob", {2: 30}), ("", {1: 500}), ("__other__", {3: 500})):
        answers(database, buckets, agent=agent)
    (line,) = lines_of(database, "dispersion.csat", *WHOLE, "--between", "agent")
    assert line["n"] == 1_060
    assert (line["between"]["groups"], line["between"]["share"], line["between"]["p"]) == (2, 1, 0)
    assert "groups" in report(database, "dispersion.csat", *WHOLE, "--between", "agent").out


def test_agents_are_set_apart_team_by_team(database: Database) -> None:
    for team, agent, buckets in (
        ("blue", "ann", STEADY),
        ("blue", "bob", STEADY),
        ("red", "cat", STEADY),
        ("red", "dan", {1: 50, 2: 50}),
    ):
        answers(database, buckets, team=team, agent=agent)
    blue, red = lines_of(database, "dispersion.csat", *WHOLE, "--by", "team", "--between", "agent")
    assert blue["between"]["share"] == 0
    assert red["between"]["share"] > 0.8
    assert red["between"]["ci_low"] < red["between"]["share"] < red["between"]["ci_high"]
    found = csv.DictReader(
        io.StringIO(report(database, "dispersion.csat", *WHOLE, "--by", "team", "--between", "agent", "--csv").out)
    )
    assert [(line["team"], line["between_groups"]) for line in found] == [("blue", "2"), ("red", "2")]


def test_small_segments_are_left_out_when_asked(database: Database) -> None:
    answers(database, STEADY, team="blue")
    answers(database, {1: 2, 5: 2}, team="red")
    answers(database, WIDE, team="tan")
    words = ("dispersion.csat", *WHOLE, "--by", "team", "--least", "5")
    assert [line["segment"]["team"] for line in lines_of(database, *words)] == ["tan"]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["dispersion.response_rate"], "response_rate has neither"),
        (["dispersion.joy"], "unknown metric 'joy'"),
        (["dispersion"], "unknown metric ''"),
        (["dispersion.csat", "--top", "3"], "dispersion has no --top"),
        (["dispersion.csat", "--digest"], "dispersion has no --digest"),
        (["dispersion.csat", "--between", "mood"], "unknown dimension 'mood'"),
        (["dispersion.csat", "--between", "agent", "--by", "agent"], "--by agent leaves nothing between"),
        (["dispersion.csat", "--between", "agent", "--least", "5"], "--between has no --least"),
        (["csat", "--between", "agent"], "--between is for dispersion.METRIC"),
    ],
)
def test_wrong_use_is_refused_in_one_line(words: list[str], complaint: str) -> None:
    result = cxstream("report", *words)
    assert result.code == 3
    assert complaint in result.err
    assert len(result.err.splitlines()) == 1
