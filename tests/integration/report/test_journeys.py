"""``cxstream report --by stage --where journey=ID`` shows the way of the customers, and where it dives."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from tests.integration.report.commands import report
from tests.integration.report.stored_rows import Database, row

WAY = ("csat", "--every", "all", "--by", "stage", "--where", "journey=property")


def satisfied(database: Database, stage: str, good: int, bad: int, day: str = "01", journey: str = "property") -> None:
    buckets = {5: good, 1: bad}
    database.store(row(f"2026-01-{day}T10:00Z", buckets, "csat", "csat5.v1", stage=stage, journey=journey))


def lines_of(database: Database, *words: str) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = json.loads(report(database, *(words or WAY), "--json").out)
    return lines


def test_stages_come_in_the_order_of_the_way_each_against_the_one_before(database: Database) -> None:
    """45 of 50 sign content, 30 of 50 after the handover; nobody was asked about quality."""
    satisfied(database, "handover", 30, 20)
    satisfied(database, "contract", 45, 5)
    satisfied(database, "repair", 28, 22)
    satisfied(database, "handover", 0, 500, journey="elsewhere")
    found = lines_of(database)
    assert [(line["segment"]["stage"], line["step"]["previous"], line["step"]["verdict"]) for line in found] == [
        ("contract", None, None),
        ("handover", "contract", "lower"),
        ("repair", "handover", "not distinguishable"),
    ]
    dive = found[1]["step"]
    assert (dive["name"], dive["difference"]) == ("Handover", pytest.approx(-0.3))
    assert dive["ci_low"] < -0.3 < dive["ci_high"] < 0
    assert dive["p"] < 0.001
    assert all(line["ci_low"] < line["value"] < line["ci_high"] for line in found)


def test_the_table_names_stages_in_ones_language_and_csv_has_the_step(database: Database) -> None:
    satisfied(database, "handover", 30, 20)
    satisfied(database, "contract", 45, 5)
    shown = report(database, *WAY).out
    assert shown.index("contract") < shown.index("handover")
    assert "-30.0 pp" in shown
    assert "交付" in report(database, *WAY, "--lang", "zh").out
    first, second = csv.DictReader(io.StringIO(report(database, *WAY, "--csv").out))
    assert (first["step_previous"], second["step_previous"], second["step_verdict"]) == ("", "contract", "lower")


def test_stages_that_the_journey_has_not_come_last_and_are_compared_with_none(database: Database) -> None:
    satisfied(database, "contract", 45, 5)
    satisfied(database, "attic", 1, 49)
    assert [
        (line["segment"]["stage"], line["step"]["name"], line["step"]["verdict"]) for line in lines_of(database)
    ] == [
        ("contract", "Contract", None),
        ("attic", None, None),
    ]


def test_few_answers_are_no_dive_and_a_stage_left_out_is_in_no_difference(database: Database) -> None:
    satisfied(database, "sales", 40, 10)
    satisfied(database, "contract", 3, 1)
    satisfied(database, "handover", 1, 1)
    satisfied(database, "quality", 38, 12)
    steps = [line["step"]["verdict"] for line in lines_of(database, *WAY, "--least", "1")]
    assert steps == [None, "too few", "too few", "too few"]
    kept = lines_of(database)
    assert [(line["segment"]["stage"], line["step"]["previous"]) for line in kept] == [
        ("sales", None),
        ("quality", "sales"),
    ]


def test_each_period_and_each_team_has_a_way_of_its_own(database: Database) -> None:
    for day, good in (("01", 45), ("02", 20)):
        satisfied(database, "contract", good, 50 - good, day)
        satisfied(database, "sales", 45, 5, day)
    found = lines_of(database, "csat", "--by", "stage,journey", "--where", "journey=property")
    assert [(line["start"][8:10], line["segment"]["stage"], line["step"]["verdict"]) for line in found] == [
        ("01", "sales", None),
        ("01", "contract", "not distinguishable"),
        ("02", "sales", None),
        ("02", "contract", "lower"),
    ]


def test_counts_are_in_order_and_never_compared(database: Database) -> None:
    for stage in ("handover", "contract"):
        database.store(row("2026-01-01T10:00Z", {0: 9}, "cases_opened", "count.v1", stage=stage, journey="property"))
    found = lines_of(database, "cases_opened", *WAY[1:])
    assert [(line["segment"]["stage"], line["step"]["verdict"]) for line in found] == [
        ("contract", None),
        ("handover", None),
    ]


def test_without_a_journey_that_is_written_down_stages_come_by_name(database: Database) -> None:
    satisfied(database, "sales", 40, 10)
    satisfied(database, "contract", 40, 10)
    found = lines_of(database, "csat", "--every", "all", "--by", "stage")
    assert [line["segment"]["stage"] for line in found] == ["contract", "sales"]
    assert all("step" not in line for line in found)


def test_a_journey_of_ones_own_orders_its_stages(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "journeys.yaml"
    file.write_text("visit: {names: {en: Visit, zh: 到店}, stages: {zoo: {en: Zoo, zh: 园}, ape: {en: Ape, zh: 猿}}}")
    monkeypatch.setenv("CX_JOURNEYS_FILE", str(file))
    for stage in ("ape", "zoo"):
        satisfied(database, stage, 40, 10, journey="visit")
    found = lines_of(database, "csat", "--every", "all", "--by", "stage", "--where", "journey=visit")
    assert [line["segment"]["stage"] for line in found] == ["zoo", "ape"]
