"""KPIs are data that cannot contradict itself or its metric, and whose definitions never change in silence."""

from pathlib import Path

import pytest

from schemas.kpis import load_kpis
from schemas.languages import LANGUAGES
from schemas.metrics import RegistryError, load_registry

OWN = "names: {en: Ours, zh: 我们的}, source: us, better: higher"


def test_the_targets_of_the_source_documents_are_shipped() -> None:
    kpis = load_kpis(load_registry())
    assert kpis["first_response_mean"].goal == 300_000
    assert (kpis["satisfaction"].floor, kpis["satisfaction"].goal) == (0.8, 0.9)
    assert (kpis["followup_rate"].goal, kpis["promise_kept"].goal) == (1.0, 1.0)
    assert kpis["agent_rating"].goal == 4.5
    assert kpis["queue_wait_mean"].goal == 900_000
    assert (kpis["nps_plan_year_1"].goal, kpis["nps_plan_year_2"].goal) == (5, 8)


@pytest.mark.parametrize(
    ("industry", "benchmark"), [("internet", 45), ("finance", 30), ("retail", 25), ("telecom", 15)]
)
def test_excellent_is_20_points_above_the_benchmark_of_the_industry(industry: str, benchmark: int) -> None:
    kpi = load_kpis(load_registry())[f"nps_{industry}"]
    assert (kpi.entry.industry, kpi.floor, kpi.goal) == (industry, benchmark, benchmark + 20)


def test_every_kpi_has_a_name_in_every_language_and_a_definition_id() -> None:
    for name, kpi in load_kpis(load_registry()).items():
        assert kpi.entry.definition == f"{name}.v1"
        assert all(kpi.entry.names[language] for language in LANGUAGES)


def test_a_kpi_needs_as_many_facts_as_its_metric_unless_it_says_otherwise(tmp_path: Path) -> None:
    file = tmp_path / "kpis.yaml"
    file.write_text(f"strict: {{metric: nps, minimum_n: 100, {OWN}}}\n")
    kpis = load_kpis(load_registry(), file)
    assert (kpis["strict"].minimum_n, kpis["nps"].minimum_n) == (100, 30)


def test_a_changed_target_needs_a_higher_version(tmp_path: Path) -> None:
    file = tmp_path / "kpis.yaml"
    file.write_text(f"agent_rating: {{metric: rating, scale: rating5, goal: 4.2, {OWN}}}\n")
    with pytest.raises(RegistryError, match=r"KPI agent_rating: it differs .* agent_rating\.v1; .* version 2"):
        load_kpis(load_registry(), file)
    file.write_text(f"agent_rating: {{metric: rating, scale: rating5, goal: 4.2, version: 2, {OWN}}}\n")
    changed = load_kpis(load_registry(), file)["agent_rating"]
    assert (changed.entry.definition, changed.goal) == ("agent_rating.v2", 4.2)


def test_other_names_are_no_other_definition(tmp_path: Path) -> None:
    file = tmp_path / "kpis.yaml"
    file.write_text("nps: {metric: nps, better: higher, source: A10, names: {en: Would recommend, zh: 愿意推荐}}\n")
    assert load_kpis(load_registry(), file)["nps"].entry.names["en"] == "Would recommend"


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ("metric: smiles", "there is no metric smiles"),
        ("metric: resolution, statistic: top_box", "top_box is a statistic of answers, and resolution has none"),
        ("metric: csat, scale: nps", "csat has no answers on nps"),
        ("metric: nps, where: {colour: [red]}", "unknown dimension colour"),
        ("metric: nps, goal: 5m", "a target of points is a number, not '5m'"),
        ("metric: resolution, goal: 5", "a target of ms is a duration such as 5m, not 5"),
        ("metric: csat, goal: 80", "80.0 is out of reach: it lies between 0.0 and 1.0"),
        ("metric: rating, scale: rating5, goal: 5.5", "5.5 is out of reach: it lies between 1 and 5"),
        ("metric: csat, floor: 0.9, goal: 0.8", "the floor 0.9 is beyond the goal 0.8"),
        ("metric: cases_opened, change_from: year", "change_from is for the metric's own value"),
        ("metric: csat, statistic: part, where: {kind: [complaint]}", "part is the share of a count"),
        ("metric: cases_opened, statistic: part", "part is the share of a count that `where` names"),
        ("metric: csat, base: 100", "base is how many there are to be reached"),
        ("metric: csat, statistic: number, base: 0", "base is how many there are to be reached"),
        ("metric: followup_delay, statistic: number, goal: 5m", "a target of count is a number, not '5m'"),
        ("metric: followup_delay, statistic: number, base: 9, goal: 5", "5.0 is out of reach"),
        ("metric: csat, statistic: mean, change_from: year", "change_from is for the metric's own value"),
        ("metric: nps, horizon: soon", "'soon' is no duration"),
        ("metric: csat, goal: 0.8, alarm: page", "alarm and window need each other"),
        ("metric: nps, goal: 30, alarm: page, window: 1h", "an alarm is for a share of all that has a target"),
        ("metric: csat, alarm: page, window: 1h", "an alarm is for a share of all that has a target"),
        ("metric: nps, colour: red", "unknown field colour"),
        ("metric: nps, statistic: median", "Invalid enum value 'median'"),
    ],
)
def test_a_kpi_that_cannot_be_judged_is_refused_by_name(tmp_path: Path, fields: str, complaint: str) -> None:
    file = tmp_path / "kpis.yaml"
    file.write_text(f"ours: {{{fields}, {OWN}}}\n")
    with pytest.raises(RegistryError, match=complaint):
        load_kpis(load_registry(), file)


def test_a_kpi_without_a_name_in_a_language_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "kpis.yaml"
    file.write_text("ours: {metric: nps, better: higher, source: us, names: {en: Ours}}\n")
    with pytest.raises(RegistryError, match="KPI ours: it has no name in zh"):
        load_kpis(load_registry(), file)


def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "kpis.yaml"
    file.write_text("- nps\n")
    with pytest.raises(RegistryError, match=r"kpis\.yaml: not a YAML mapping"):
        load_kpis(load_registry(), file)
