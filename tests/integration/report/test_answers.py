"""``cxstream report answers.METRIC`` tells how many gave which answer, in the words that customers read."""

import csv
import io
import json

import pytest

from tests.integration.report.commands import cxstream, report
from tests.integration.report.stored_rows import Database, row

WHOLE = ("answers.csat", "--every", "all")


def test_each_answer_has_its_label_its_number_and_its_share_with_an_interval(database: Database) -> None:
    database.store(row("2026-01-01T10:00Z", {5: 45, 4: 30, 2: 25, -1: 7}, "csat", "csat5.v1"))
    lines = json.loads(report(database, *WHOLE, "--json").out)
    assert [(line["code"], line["label"], line["given"], line["value"]) for line in lines] == [
        (1, "very dissatisfied", 0, 0),
        (2, "dissatisfied", 25, 0.25),
        (3, "neutral", 0, 0),
        (4, "satisfied", 30, 0.3),
        (5, "very satisfied", 45, 0.45),
        (-1, "not applicable", 7, None),
    ]
    assert {line["n"] for line in lines} == {100}
    assert lines[4]["ci_low"] < 0.45 < lines[4]["ci_high"]
    columns = list(csv.DictReader(io.StringIO(report(database, *WHOLE, "--csv").out)))
    assert (columns[1]["label"], columns[1]["given"]) == ("dissatisfied", "25")


def test_labels_and_heads_are_in_the_language_that_is_asked_for(database: Database) -> None:
    database.store(row("2026-01-01T10:00Z", {5: 3, 1: 2}, "csat", "csat5.v1"))
    table = report(database, *WHOLE, "--lang", "zh").out
    assert all(word in table for word in ("答案", "占比", "非常满意", "非常不满意"))
    assert "不适用" not in table, "nobody said so"
    labels = [line["label"] for line in json.loads(report(database, *WHOLE, "--lang", "zh", "--json").out)]
    assert labels == ["非常不满意", "不满意", "中等", "满意", "非常满意", "不适用"]


def test_codes_that_speak_for_themselves_have_no_label(database: Database) -> None:
    database.store(row("2026-01-01T10:00Z", {10: 3, 0: 2}, "nps", "nps.v1"))
    lines = json.loads(report(database, "answers.nps", "--every", "all", "--json").out)
    assert [line["label"] for line in lines] == [None] * 11 + ["not applicable"]


def test_segments_with_few_answers_are_left_out_when_asked(database: Database) -> None:
    for team, n in (("blue", 20), ("red", 30), ("green", 4)):
        database.store(row("2026-01-01T10:00Z", {5: n}, "csat", "csat5.v1", team=team))
    lines = json.loads(report(database, *WHOLE, "--by", "team", "--least", "5", "--json").out)
    assert {line["segment"]["team"] for line in lines} == {"red"}, "the smallest of the others goes with it"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("answers.resolution",), "answers is of survey metrics, and resolution is none"),
        (("answers.joy",), "unknown metric 'joy'"),
        (("answers.csat", "--top", "3"), "answers has no --top"),
    ],
)
def test_wrong_use_is_refused_in_one_line(words: tuple[str, ...], complaint: str) -> None:
    result = cxstream("report", *words)
    assert (result.code, complaint in result.err, len(result.err.splitlines())) == (3, True, 1), result.err
