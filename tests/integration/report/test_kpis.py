"""``cxstream report kpi`` judges what ClickHouse has stored."""

import csv
import io
import json
from pathlib import Path

import pytest

from schemas.rows import Row
from tests.integration.report.commands import cxstream, report
from tests.integration.report.stored_rows import Database, row

NEXT_DAY = "2026-01-02T00:00Z"


def kpis_of(database: Database, *words: str) -> dict[str, dict[str, object]]:
    result = report(database, *words, "--every", "all", "--json")
    assert result.code == 0, result.err
    return {line["kpi"]: line for line in json.loads(result.out)}


def test_every_kpi_is_judged_and_what_has_no_data_says_so(database: Database) -> None:
    database.store(
        row("2026-01-01T10:00Z", {5: 70, 4: 10, 2: 20}, "csat", "csat5.v1"),
        row("2026-01-01T10:00Z", {1: 40}, "followup_rate", "ratio.v1"),
        row("2026-01-01T11:00Z", {0: 1}, "promise_kept", "ratio.v1"),
    )
    found = kpis_of(database, "kpi")
    satisfaction = found["satisfaction.v1"]
    assert (satisfaction["n"], satisfaction["value"], satisfaction["unit"]) == (100, 0.8, "share")
    assert (satisfaction["floor"], satisfaction["floor_status"]) == (0.8, "not distinguishable")
    assert (satisfaction["goal"], satisfaction["goal_status"]) == (0.9, "missed")
    assert (found["very_satisfied.v1"]["value"], found["dissatisfied.v1"]["value"]) == (0.7, 0.2)
    assert found["followup_rate.v1"]["goal_status"] == "met"
    assert found["promise_kept.v1"]["goal_status"] == "missed"
    nothing = found["agent_rating.v1"]
    assert (nothing["n"], nothing["value"], nothing["goal_status"]) == (0, None, "no data")


def test_a_kpi_of_one_kind_of_follow_up_counts_no_other(database: Database) -> None:
    database.store(
        row("2026-01-01T10:00Z", {1: 30}, "followup_rate", "ratio.v1", kind="sales_visit"),
        row("2026-01-01T10:00Z", {0: 5}, "followup_rate", "ratio.v1", kind="service_visit"),
    )
    found = kpis_of(database, "kpi")
    assert (found["sales_visit_callback.v1"]["n"], found["sales_visit_callback.v1"]["goal_status"]) == (30, "met")
    assert (found["service_visit_callback.v1"]["n"], found["service_visit_callback.v1"]["goal_status"]) == (5, "missed")
    assert found["followup_rate.v1"]["n"] == 35
    only = kpis_of(database, "kpi", "--where", "kind=service_visit")
    assert "sales_visit_callback.v1" not in only
    assert only["followup_rate.v1"]["n"] == 5


def test_complaints_are_judged_as_a_part_of_all_contacts_of_the_segment_and_period(database: Database) -> None:
    def opened(time: str, n: int, kind: str, team: str) -> Row:
        return row(time, {}, "cases_opened", "count.v1", kind=kind, team=team)._replace(n=n)

    database.store(
        opened("2026-01-01T10:00Z", 957, "case", "blue"),
        opened("2026-01-01T10:01Z", 43, "complaint", "blue"),
        opened("2026-01-01T10:00Z", 50, "case", "red"),
        opened("2026-01-02T10:00Z", 4, "complaint", "red"),
    )
    lines = json.loads(report(database, "kpi.complaint_rate", "--by", "team", "--json").out)
    found = [(line["start"][:10], line["segment"]["team"], line["n"], line["value"]) for line in lines]
    assert found == [
        ("2026-01-01", "blue", 1_000, 0.043),
        ("2026-01-01", "red", 50, 0.0),
        ("2026-01-02", "blue", 0, None),
        ("2026-01-02", "red", 4, 1.0),
    ]
    assert lines[0]["ci_low"] == pytest.approx(0.0321, abs=1e-4)
    assert lines[0]["ci_high"] == pytest.approx(0.0574, abs=1e-4)


def test_a_kpi_on_one_scale_takes_no_answers_on_another(database: Database) -> None:
    database.store(
        row("2026-01-01T10:00Z", {5: 2, 4: 8}, "rating", "rating5.v1"),
        row("2026-01-01T10:00Z", {10: 9}, "rating", "csat10.v1"),
    )
    (line,) = json.loads(report(database, "kpi.agent_rating", "--json").out)
    assert (line["definition"], line["n"], line["value"], line["goal_status"]) == ("rating5.v1", 10, 4.2, "too few")


def test_a_plan_is_judged_by_the_change_from_the_year_before(database: Database) -> None:
    database.store(
        row("2025-06-01T10:00Z", {10: 4_000, 8: 3_000, 0: 3_000}),
        row("2026-06-01T10:00Z", {10: 5_000, 8: 3_000, 0: 2_000}),
    )
    among = ("--from", "2026-01-01", "--to", "2027-01-01", "--every", "all", "--json")
    (line,) = json.loads(report(database, "kpi.nps_plan_year_1", *among).out)
    assert (line["value"], line["n"], line["goal_status"]) == (pytest.approx(20), 10_000, "met")
    (first_year,) = json.loads(
        report(
            database, "kpi.nps_plan_year_1", "--from", "2025-01-01", "--to", "2026-01-01", "--every", "all", "--json"
        ).out
    )
    assert first_year["goal_status"] == "no data"


def test_benchmarks_are_shown_to_the_industry_that_asks(database: Database) -> None:
    database.store(row("2026-01-01T10:00Z", {10: 450, 8: 300, 0: 250}))
    assert "nps_telecom.v1" not in kpis_of(database, "kpi")
    found = kpis_of(database, "kpi", "--industry", "telecom")
    assert found["nps_telecom.v1"]["floor_status"] == "not distinguishable"
    assert "nps_retail.v1" not in found


def test_a_period_is_final_once_event_time_has_passed_its_lateness_and_horizon(database: Database) -> None:
    database.store(row("2026-01-01T10:00Z", {1: 30, 0: 1}, "response_rate", "ratio.v1"))
    among = ("--to", "2026-01-02", "--every", "1d", "--json")

    def final(kpi: str) -> bool:
        (line,) = json.loads(report(database, f"kpi.{kpi}", *among).out)
        return bool(line["final"])

    assert not final("response_rate")
    database.store(row("2026-01-02T01:00Z", {5: 1}, "csat", "csat5.v1"))
    assert not final("response_rate")
    database.store(row("2026-01-09T00:59Z", {5: 1}, "csat", "csat5.v1"))
    assert not final("response_rate")
    database.store(row("2026-01-09T01:00Z", {5: 1}, "csat", "csat5.v1"))
    assert final("response_rate")


def test_the_table_speaks_chinese_when_asked(database: Database) -> None:
    database.store(row("2026-01-01T10:00Z", {5: 95, 1: 5}, "csat", "csat5.v1"))
    table = report(database, "kpi.satisfaction", "--lang", "zh").out
    assert "客户满意率" in table
    assert "90.0% 无显著差异" in table
    english = report(database, "kpi.satisfaction").out
    assert "Satisfied customers (provisional)" in english
    assert "80.0% met" in english


def test_a_small_segment_of_one_kpi_hides_none_of_another(database: Database) -> None:
    database.store(
        *(row("2026-01-01T10:00Z", {1: n}, "promise_kept", "ratio.v1", team=team) for team, n in (("a", 2), ("b", 30))),
        *(
            row("2026-01-01T10:00Z", {1: n}, "followup_rate", "ratio.v1", team=team)
            for team, n in (("a", 50), ("b", 30))
        ),
    )
    result = report(database, "kpi", "--by", "team", "--every", "all", "--least", "5", "--json")
    shown = {(line["kpi"], line["segment"]["team"]) for line in json.loads(result.out) if line["n"]}
    assert shown == {("followup_rate.v1", "a"), ("followup_rate.v1", "b")}


def test_csv_has_the_same_names_and_a_column_per_dimension(database: Database) -> None:
    database.store(row("2026-01-01T10:00Z", {5: 30}, "csat", "csat5.v1", team="blue"))
    (line,) = csv.DictReader(io.StringIO(report(database, "kpi.satisfaction", "--by", "team", "--csv").out))
    assert (line["team"], line["kpi"], line["n"], line["goal_status"]) == (
        "blue",
        "satisfaction.v1",
        "30",
        "not distinguishable",
    )


def test_own_kpis_stand_beside_the_shipped_ones(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "kpis.yaml"
    file.write_text("few: {metric: cases_opened, better: lower, goal: 3, names: {en: Few, zh: 少}, source: us}\n")
    monkeypatch.setenv("CX_KPIS_FILE", str(file))
    database.store(row("2026-01-01T10:00Z", {0: 4}, "cases_opened", "count.v1"))
    (line,) = json.loads(report(database, "kpi.few", "--json").out)
    assert (line["value"], line["goal_status"]) == (4, "missed")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("report", "kpi.joy"), "unknown KPI 'joy'; known are"),
        (("report", "kpi", "--industry", "mining"), "no KPI of industry 'mining'; known are internet, finance"),
        (("report", "kpi", "--lang", "fr"), "--lang 'fr': write en or zh"),
        (("report", "kpi", "--digest"), "KPIs have no --digest: ask for their metric"),
        (("report", "kpi", "--compare", "year"), "KPIs have no --compare: ask for their metric"),
        (("kpis", "--lang", "fr"), "--lang 'fr': write en or zh"),
    ],
)
def test_wrong_use_is_refused_in_one_line(words: tuple[str, ...], complaint: str) -> None:
    result = cxstream(*words)
    assert result.code == 3
    assert complaint in result.err
    assert len(result.err.splitlines()) == 1


def test_the_list_of_kpis_names_definition_metric_and_targets() -> None:
    listed = cxstream("kpis").out
    assert "sales_visit_callback.v1" in listed
    assert "followup_rate, kind sales_visit" in listed
    assert "≤ 5 m 0 s" in listed
    assert "nps_telecom" not in listed
    entries = json.loads(cxstream("kpis", "--json", "--industry", "telecom").out)
    (telecom,) = (entry for entry in entries if entry["industry"] == "telecom")
    assert (telecom["definition"], telecom["floor"], telecom["goal"], telecom["unit"]) == (
        "nps_telecom.v1",
        15,
        35,
        "points",
    )
