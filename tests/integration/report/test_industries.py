"""Stories of five industries, whose KPIs are known from their plans, go through the worker's core and a real engine
into ``cxstream report``: it has to find exactly what each plan says, and nothing else.

A new KPI that reads what the stories hold is something else until their blocks tally it.
"""

import json
from collections.abc import Callable, Iterator
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

from deploy.local.simulator.industries import STORIES, Industry
from deploy.local.simulator.industries.story import Chapter, Story
from deploy.local.simulator.industries.telling import tell
from deploy.local.simulator.industries.truth import truth_of
from schemas.indices import load_indices
from schemas.journeys import load_journeys
from schemas.metrics import load_registry
from sinks.clickhouse.migrate import migrate
from tests.clickhouse_engine import ClickHouseEngine
from tests.integration.report.commands import report
from tests.integration.report.stored_rows import Database
from tests.integration.report.told_stories import store

SEEDS: Final = (1, 7)
_NUMBERS: Final = count()

Line = dict[str, Any]


class Told(NamedTuple):
    """A story, the database that has all of it, and what the report says of each chapter."""

    story: Story
    database: Database
    reported: list[tuple[Chapter, dict[tuple[str | None, str], Line]]]
    """The KPIs that have data by segment, None for all together, and id."""

    def ask(self, *words: str) -> list[Line]:
        """Lines of the report on the last chapter as a whole."""
        chapter = self.story.chapters[-1]
        return _lines(self.database, *words, *_during(chapter))


def _during(chapter: Chapter) -> tuple[str, ...]:
    return "--from", str(chapter.begins), "--to", str(chapter.ends), "--every", "all"


def _lines(database: Database, *words: str) -> list[Line]:
    result = report(database, *words, "--json")
    assert result.code == 0, result.err
    lines: list[Line] = json.loads(result.out)
    return lines


def _kpis(story: Story, chapter: Chapter, database: Database) -> dict[tuple[str | None, str], Line]:
    industry = ("--industry", story.industry) if story.industry else ()
    asked = ("kpi", *_during(chapter), *industry)
    lines = _lines(database, *asked) + _lines(database, *asked, "--by", story.by)
    return {(line["segment"].get(story.by), line["kpi"].partition(".")[0]): line for line in lines if line["n"]}


@pytest.fixture(scope="module")
def tell_once(clickhouse: ClickHouseEngine) -> Iterator[Callable[[Industry, int], Told]]:
    """Tells a story by name and seed; the same one again is only looked up."""
    client = clickhouse.client()

    @cache
    def once(name: Industry, seed: int) -> Told:
        story, database = STORIES[name], Database(client, f"story_{next(_NUMBERS)}", clickhouse.url)
        migrate(client, load_registry(), database.name)
        store(story, list(tell(name, story, seed)), database)
        return Told(story, database, [(chapter, _kpis(story, chapter, database)) for chapter in story.chapters])

    yield once
    client.close()


@pytest.fixture
def told(request: pytest.FixtureRequest, tell_once: Callable[[Industry, int], Told]) -> Told:
    return tell_once(*request.param)


def of(*stories: tuple[Industry, int]) -> pytest.MarkDecorator:
    """The stories of a test by name and seed. All tests of one run in one process, so that it is told once."""
    told = [
        pytest.param((name, seed), id=f"{name}-{seed}", marks=pytest.mark.xdist_group(f"story {name} {seed}"))
        for name, seed in stories
    ]
    return pytest.mark.parametrize("told", told, indirect=True)


every_story = of(*((name, seed) for name in STORIES for seed in SEEDS))


@every_story
def test_the_report_finds_every_kpi_of_the_plan_and_no_other(told: Told) -> None:
    truth = truth_of(told.story)
    for chapter, reported in told.reported:
        found = {key: (line["n"], line["value"]) for key, line in reported.items()}
        planned = {(line.of, line.kpi): (line.n, line.value) for line in truth if line.begins == chapter.begins}
        assert found.keys() == planned.keys()
        wrong = {key: (found[key], planned[key]) for key in planned if found[key] != pytest.approx(planned[key], 1e-9)}
        assert not wrong


@every_story
def test_the_report_judges_as_whoever_wrote_the_plan(told: Told) -> None:
    for chapter, reported in told.reported:
        verdicts = {(each.of, each.kpi): (each.floor, each.goal) for each in chapter.verdicts}
        found = {key: (line["floor_status"], line["goal_status"]) for key, line in reported.items()}
        assert {key: found[key] for key in verdicts} == verdicts
        unjudged = [kpi for (of, kpi), statuses in found.items() if of is None and any(statuses)]
        assert {kpi for of, kpi in verdicts if of is None} == set(unjudged)


@every_story
def test_nothing_of_a_story_is_provisional_once_it_is_told(told: Told) -> None:
    for _, reported in told.reported:
        assert all(line["final"] for line in reported.values())


@of(("power", 1))
def test_88_percent_of_300_are_more_than_the_82_percent_of_the_year_before_and_of_100_perhaps_not(told: Told) -> None:
    (together,) = told.ask("csat", "--compare", "year")
    assert (together["compared"]["n"], together["compared"]["verdict"]) == (300, "higher")
    assert together["compared"]["difference"] == pytest.approx(0.06)
    hotline = next(
        line
        for line in told.ask("csat", "--compare", "year", "--by", "touchpoint")
        if line["segment"]["touchpoint"] == "95598"
    )
    assert (hotline["compared"]["n"], hotline["compared"]["verdict"]) == (100, "not distinguishable")


@of(("property", 1))
def test_each_of_the_nine_stages_of_a_buyers_way_has_its_score(told: Told) -> None:
    scores = {line["segment"]["stage"]: line["value"] for line in told.ask("csat", "--by", "stage")}
    way = ("sales", "contract", "handover", "quality", "repair", "environment", "design", "estate", "complaint")
    assert [scores[stage] for stage in way] == pytest.approx([0.92, 0.9, 0.6, 0.68, 0.48, 0.84, 0.82, 0.8, 0.4])


@of(("property", 1))
def test_the_dive_shows_when_the_stages_are_told_in_the_order_of_the_way(told: Told) -> None:
    """Of fifty: 45 satisfied with the contract, 30 with the handover; 34 with quality, 24 with repairs."""
    lines = told.ask("csat", "--by", "stage", "--where", "journey=property")
    assert {line["segment"]["stage"]: line["step"]["verdict"] for line in lines} == {
        "sales": None,
        "contract": "not distinguishable",
        "handover": "lower",
        "quality": "not distinguishable",
        "repair": "lower",
        "environment": "higher",
        "design": "not distinguishable",
        "estate": "not distinguishable",
        "complaint": "lower",
    }
    assert [line["segment"]["stage"] for line in lines] == list(
        load_journeys(load_indices(load_registry()))["property"].stages
    )


@of(("property", 1))
def test_household_visits_are_counted_by_their_kind(told: Told) -> None:
    (visits,) = told.ask("followup_rate", "--where", "kind=household_visit")
    assert (visits["n"], visits["value"]) == (10, 1)


@of(("property", 1))
def test_visits_are_a_share_of_the_residents_whom_a_kpi_knows(
    told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten visits a month, and a tenth of all residents (domain.md K14): here 125 live there."""
    fields = "metric: followup_delay, statistic: number, where: {kind: [household_visit]}, better: higher, source: K14"
    (tmp_path / "kpis.yaml").write_text(
        f"visits: {{{fields}, goal: 10, names: {{en: Household visits, zh: 入户走访}}}}\n"
        f"visited: {{{fields}, base: 125, goal: 0.1, names: {{en: Residents visited, zh: 走访覆盖率}}}}\n"
    )
    monkeypatch.setenv("CX_KPIS_FILE", str(tmp_path / "kpis.yaml"))
    visits, visited = (told.ask(f"kpi.{name}")[0] for name in ("visits", "visited"))
    assert (visits["value"], visits["unit"], visits["goal_status"]) == (10, "count", "met")
    assert (visited["value"], visited["unit"], visited["goal_status"]) == (0.08, "share", "missed")
    assert (visited["n"], visited["ci_low"], visited["ci_high"]) == (10, None, None)
