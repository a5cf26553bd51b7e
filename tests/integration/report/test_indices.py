"""``cxstream report index`` combines what ClickHouse has stored."""

import csv
import io
import json
from pathlib import Path

import pytest

from tests.integration.report.commands import cxstream, report
from tests.integration.report.stored_rows import Database, row

WHOLE = ("--every", "all")


def value(database: Database, question: str, buckets: dict[int, int], day: str = "01", team: str = "") -> None:
    database.store(row(f"2026-01-{day}T10:00Z", buckets, "rating", "csat10.v1", question=question, team=team))


def test_an_index_is_told_with_its_items(database: Database) -> None:
    """Means 8 and 6, weighing the same: (7 + 5) / 2 / 9 * 100 = 66.667."""
    value(database, "price_for_quality", {7: 10, 9: 10})
    value(database, "quality_for_price", {6: 8})
    value(database, "staff_attitude", {1: 50})
    (line,) = json.loads(report(database, "index.bank_value", *WHOLE, "--json").out)
    assert (line["index"], line["definition"], line["n"]) == ("bank_value.v1", "csat10.v1", 8)
    assert line["value"] == pytest.approx(66.6667, abs=1e-4)
    assert line["ci_low"] < line["value"] < line["ci_high"]
    assert line["items"]["price_for_quality"]["mean"] == 8
    assert line["items"]["quality_for_price"] == {
        "name": "Quality for the price",
        "weight": 0.5,
        "n": 8,
        "mean": 6,
        "ci_low": 6,
        "ci_high": 6,
    }
    assert line["missing"] == ""


def test_an_item_without_answers_is_named_and_never_guessed(database: Database) -> None:
    value(database, "price_for_quality", {8: 20})
    (line,) = json.loads(report(database, "index.bank_value", *WHOLE, "--json").out)
    assert (line["n"], line["value"], line["missing"]) == (20, None, "quality_for_price")
    assert "missing: Quality for the price" in report(database, "index.bank_value", *WHOLE).out
    assert "缺少: 给定价格下的质量" in report(database, "index.bank_value", *WHOLE, "--lang", "zh").out


def test_every_index_is_listed_per_period_and_segment(database: Database) -> None:
    for team, code in (("blue", 10), ("red", 1)):
        for day in ("01", "03"):
            value(database, "complaint_handling", {code: 5}, day, team)
    lines = json.loads(report(database, "index", "--by", "team", "--json").out)
    assert {line["index"] for line in lines} == {
        *(f"bank_{name}.v1" for name in ("expectation", "quality", "value", "satisfaction", "complaints", "loyalty")),
        "dealer_sales.v1",
        "dealer_service.v1",
    }
    complaints = [line for line in lines if line["index"] == "bank_complaints.v1"]
    assert [(line["start"][8:10], line["segment"]["team"], line["value"]) for line in complaints] == [
        ("01", "blue", 100),
        ("01", "red", 0),
        ("02", "blue", None),
        ("02", "red", None),
        ("03", "blue", 100),
        ("03", "red", 0),
    ]


def test_csv_has_the_columns_of_every_index(database: Database) -> None:
    value(database, "complaint_handling", {10: 5})
    lines = {
        line["index"]: line for line in csv.DictReader(io.StringIO(report(database, "index", *WHOLE, "--csv").out))
    }
    assert lines["bank_complaints.v1"]["items_complaint_handling_mean"] == "10.0"
    assert lines["dealer_sales.v1"]["items_complaint_handling_mean"] == ""
    assert lines["dealer_sales.v1"]["missing"].startswith("reception test_drive")


def test_segments_with_few_answers_to_an_item_are_left_out_when_asked(database: Database) -> None:
    for team, n in (("blue", 3), ("red", 40), ("tan", 30)):
        value(database, "complaint_handling", {10: n}, team=team)
    result = report(database, "index.bank_complaints", *WHOLE, "--by", "team", "--least", "5", "--json")
    assert [line["segment"]["team"] for line in json.loads(result.out)] == ["red"]


def test_own_indices_stand_beside_the_shipped_ones(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """80 % of a mean of 5 and 20 % of 1 on five codes: 0.8 * 100 + 0."""
    file = tmp_path / "indices.yaml"
    file.write_text(
        "calls: {metric: csat, scale: csat5, by: stage, source: us, names: {en: Calls, zh: 电话}, items: {"
        "greeting: {names: {en: Greeting, zh: 问候}, weight: 0.2}, answer: {names: {en: Answer, zh: 答复}, weight: 0.8}"
        "}}"
    )
    monkeypatch.setenv("CX_INDICES_FILE", str(file))
    for stage, code in (("greeting", 1), ("answer", 5)):
        database.store(row("2026-01-01T10:00Z", {code: 4}, "csat", "csat5.v1", stage=stage))
    (line,) = json.loads(report(database, "index.calls", *WHOLE, "--json").out)
    assert line["value"] == pytest.approx(80)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["index.joy"], "unknown index 'joy'; known are bank_expectation"),
        (["index", "--compare", "year"], "indices have no --compare"),
        (["index", "--digest"], "indices have no --digest"),
        (["index.dealer_sales", "--by", "stage"], "index.dealer_sales is made of the values of stage"),
    ],
)
def test_wrong_use_is_refused_in_one_line(words: list[str], complaint: str) -> None:
    result = cxstream("report", *words)
    assert result.code == 3
    assert complaint in result.err
    assert len(result.err.splitlines()) == 1
