"""``cxstream report importance`` sets what matters beside how well it is done."""

import csv
import io
import json
from typing import Any

import pytest

from tests.integration.report.commands import cxstream, report
from tests.integration.report.stored_rows import Database, row

WHOLE = ("importance", "--every", "all")


def answers(database: Database, question: str, importance: int, performance: int, n: int = 20, team: str = "") -> None:
    """Half of the answers of each kind are one code above the other half."""
    for metric, definition, code in (("importance", "importance5.v1", importance), ("csat", "csat5.v1", performance)):
        if code:
            buckets = {code: n // 2, code + 1: n - n // 2}
            database.store(row("2026-01-01T10:00Z", buckets, metric, definition, question=question, team=team))


def lines_of(database: Database, *words: str) -> dict[str, dict[str, Any]]:
    return {line["question"]: line for line in json.loads(report(database, *WHOLE, *words, "--json").out)}


def test_each_question_has_both_means_and_its_quadrant(database: Database) -> None:
    """Grand means: (4.5 + 4.5 + 1.5 + 1.5) / 4 = 3 and the same of the performance."""
    for question, importance, performance in (
        ("staff", 4, 4),
        ("waiting", 4, 1),
        ("leaflets", 1, 4),
        ("parking", 1, 1),
    ):
        answers(database, question, importance, performance)
    database.store(row("2026-01-01T10:00Z", {1: 500}, "csat", "csat5.v1"))
    found = lines_of(database)
    assert {question: line["quadrant"] for question, line in found.items()} == {
        "leaflets": "possible overkill",
        "parking": "low priority",
        "staff": "keep up",
        "waiting": "concentrate here",
    }
    waiting = found["waiting"]
    assert (waiting["importance"]["n"], waiting["importance"]["mean"]) == (20, 4.5)
    assert waiting["performance"]["mean"] == 1.5
    assert waiting["performance"]["ci_low"] < 1.5 < waiting["performance"]["ci_high"]
    assert (waiting["importance"]["grand_mean"], waiting["performance"]["grand_mean"]) == (3, 3)
    assert waiting["clear"] is True
    table = report(database, *WHOLE).out
    assert "concentrate here" in table
    assert "重点改进" in report(database, *WHOLE, "--lang", "zh").out
    columns = {line["question"]: line for line in csv.DictReader(io.StringIO(report(database, *WHOLE, "--csv").out))}
    assert (columns["staff"]["importance_mean"], columns["staff"]["quadrant"]) == ("4.5", "keep up")


def test_a_question_asked_on_one_side_only_is_shown_without_a_quadrant(database: Database) -> None:
    answers(database, "staff", 4, 4)
    answers(database, "waiting", 4, 1)
    answers(database, "parking", 1, 0)
    found = lines_of(database)
    assert (found["parking"]["performance"]["n"], found["parking"]["performance"]["mean"]) == (0, None)
    assert (found["parking"]["quadrant"], found["parking"]["clear"]) == (None, False)
    assert found["staff"]["importance"]["grand_mean"] == 4.5
    alone = lines_of(database, "--performance", "rating")
    assert {line["quadrant"] for line in alone.values()} == {None}
    assert alone["staff"]["importance"]["mean"] == 4.5


def test_segments_are_judged_by_their_own_means_and_small_ones_left_out_unless_asked_for(database: Database) -> None:
    for team, n in (("blue", 20), ("red", 4)):
        answers(database, "staff", 4, 3, n, team)
        answers(database, "waiting", 2, 1, n, team)
    told = json.loads(report(database, *WHOLE, "--by", "team", "--least", "1", "--json").out)
    assert [(line["segment"]["team"], line["question"], line["quadrant"]) for line in told] == [
        ("blue", "staff", "keep up"),
        ("blue", "waiting", "low priority"),
        ("red", "staff", "keep up"),
        ("red", "waiting", "low priority"),
    ]
    for question, importance, performance in (("staff", 4, 3), ("waiting", 2, 1)):
        answers(database, question, importance, performance, 30, "green")
    shown = json.loads(report(database, *WHOLE, "--by", "team", "--json").out)
    assert {line["segment"]["team"] for line in shown} == {"green"}, "from blue and the total red would follow"


def test_what_customers_rank_is_set_beside_how_well_it_is_done(database: Database) -> None:
    """Of 30 customers, 20 name the wait first and 10 the staff; nobody names the parking (domain.md A14)."""
    named = {"waiting": {3: 20, 2: 10}, "staff": {3: 10, 2: 15, 1: 5}, "parking": {0: 30}}
    for (question, ranks), performance in zip(named.items(), (1, 4, 4), strict=True):
        database.store(
            row("2026-01-01T10:00Z", ranks, "importance", "ranked3.v1", question=question),
            row("2026-01-01T10:00Z", {performance: 30}, "csat", "csat5.v1", question=question),
        )
    found = lines_of(database)
    assert {question: line["quadrant"] for question, line in found.items()} == {
        "parking": "possible overkill",
        "staff": "keep up",
        "waiting": "concentrate here",
    }
    assert {question: line["importance"]["mean"] for question, line in found.items()} == {
        "parking": 0,
        "staff": pytest.approx(65 / 30),
        "waiting": pytest.approx(80 / 30),
    }


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--performance", "resolution"], "resolution is none"),
        (["--performance", "joy"], "unknown metric 'joy'"),
        (["--by", "question"], "importance is by question already"),
        (["--top", "3"], "importance has no --top"),
    ],
)
def test_wrong_use_is_refused_in_one_line(words: list[str], complaint: str) -> None:
    result = cxstream("report", "importance", *words)
    assert result.code == 3
    assert complaint in result.err
    assert len(result.err.splitlines()) == 1
