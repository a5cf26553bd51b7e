"""``cxstream report --population`` weights what ClickHouse has stored to the customer base."""

import csv
import io
import json
from pathlib import Path

import pytest

from tests.integration.report.commands import cxstream, report
from tests.integration.report.stored_rows import Database, row


@pytest.fixture
def base(tmp_path: Path) -> str:
    file = tmp_path / "base.yaml"
    file.write_text("regular: 8000\nvip: 2000\n")
    return str(file)


def store(database: Database, day: str, regular: dict[int, int], vip: dict[int, int]) -> None:
    groups = {"regular": regular, "vip": vip}
    database.store(*(row(f"{day}T10:00Z", buckets, customer_class=name) for name, buckets in groups.items()))


def test_the_weighted_score_stands_beside_the_one_that_was_answered(database: Database, base: str) -> None:
    store(database, "2026-01-01", {10: 50, 8: 30, 3: 20}, {9: 10, 7: 10, 0: 80})
    words = ("nps", "--by", "customer_class", "--population", base)
    (line,) = json.loads(report(database, *words, "--json").out)
    assert (line["n"], line["value"]) == (200, -20)
    assert line["weighted"]["value"] == pytest.approx(10)
    assert line["weighted"]["ci_low"] == pytest.approx(-2.501, abs=1e-3)
    assert line["weighted"]["effective_n"] == pytest.approx(147.06, abs=0.01)
    assert line["representative_p"] < 1e-6
    assert line["groups"]["vip"]["answer_share"] == 0.5
    assert line["groups"]["vip"]["population_share"] == pytest.approx(0.2)
    table = report(database, *words).out
    assert "-20.0" in table
    assert "+10.0" in table
    assert "147.1" in table
    (columns,) = csv.DictReader(io.StringIO(report(database, *words, "--csv").out))
    assert (columns["groups_vip_n"], columns["weighted_refusal"]) == ("100", "")


def test_it_is_refused_where_hardly_anybody_of_a_group_that_matters_answered(database: Database, base: str) -> None:
    store(database, "2026-01-01", {10: 50}, {0: 4})
    words = ("nps", "--by", "customer_class", "--population", base)
    (line,) = json.loads(report(database, *words, "--json").out)
    assert line["value"] == pytest.approx(100 * 46 / 54)
    assert line["weighted"]["value"] is None
    assert line["weighted"]["refusal"] == "fewer than 5 answers: vip has 4"
    assert "not weighted, fewer than 5 answers: vip has 4" in report(database, *words).out


def test_answers_of_no_group_of_the_base_are_counted_and_not_weighted(database: Database, base: str) -> None:
    store(database, "2026-01-01", {10: 8}, {10: 8})
    database.store(row("2026-01-01T10:00Z", {0: 16}))
    words = ("nps", "--by", "customer_class", "--population", base)
    (line,) = json.loads(report(database, *words, "--json").out)
    assert (line["value"], line["weighted"]["value"], line["outside"]) == (0, 100, 16)
    assert "16 answers are of no group of the base" in report(database, *words).out


def test_each_period_and_scale_is_weighted_by_itself_and_no_data_is_no_value(database: Database, base: str) -> None:
    for definition, day in (("csat5.v1", "01"), ("csat5.v1", "03"), ("csat3.v1", "03")):
        for name in ("regular", "vip"):
            database.store(
                row(f"2026-01-{day}T10:00Z", {3: 8, 1: 2}, "csat", definition, customer_class=name),
            )
    result = report(database, "csat", "--by", "customer_class", "--population", base, "--json")
    found = [(each["start"][8:10], each["definition"], each["weighted"]["value"]) for each in json.loads(result.out)]
    three = pytest.approx(0.8)
    assert found == [
        ("01", "csat3.v1", None),
        ("01", "csat5.v1", 0),
        ("02", "csat3.v1", None),
        ("02", "csat5.v1", None),
        ("03", "csat3.v1", three),
        ("03", "csat5.v1", 0),
    ]


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["nps"], "needs --by with one dimension"),
        (["nps", "--by", "team,channel"], "needs --by with one dimension"),
        (["first_response", "--by", "team"], "first_response has none"),
        (["nps", "--by", "team", "--least", "5"], "--population has no --least"),
        (["nps", "--by", "team", "--top", "5"], "--population has no --top"),
        (["kpi"], "KPIs have no --population"),
    ],
)
def test_wrong_use_is_refused_in_one_line(base: str, words: list[str], hint: str) -> None:
    result = cxstream("report", *words, "--population", base)
    assert (result.code, result.out) == (3, "")
    assert hint in result.err
    assert len(result.err.splitlines()) == 1


def test_a_file_that_is_not_there_is_named() -> None:
    result = cxstream("report", "nps", "--by", "team", "--population", "/nowhere.yaml")
    assert result.code == 3
    assert "/nowhere.yaml" in result.err
