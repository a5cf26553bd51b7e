"""The stories themselves: what they say of their KPIs adds up, and their events are as sources publish them."""

from collections import Counter, defaultdict
from datetime import UTC, date, datetime
from datetime import time as clock_time
from random import Random

import pytest

from deploy.local.simulator.industries import STORIES, Industry
from deploy.local.simulator.industries.answers import Answers
from deploy.local.simulator.industries.cases import Cases
from deploy.local.simulator.industries.duties import Callbacks
from deploy.local.simulator.industries.plan import all_within, spread
from deploy.local.simulator.industries.repairs import Repairs
from deploy.local.simulator.industries.story import Chapter, Story
from deploy.local.simulator.industries.telling import tell
from deploy.local.simulator.industries.truth import truth_of
from deploy.local.simulator.industries.waits import Waits
from schemas.decoder import decode_event
from schemas.events import Event, TouchpointMeasured
from schemas.kpis import load_kpis
from schemas.metrics import load_registry
from streams.core.configuration import Configuration
from streams.core.processor import PartitionProcessor
from streams.core.records import Source
from tests.unit.core.partition_log import LONG_AFTER, Record

HOUR_SECONDS = 3_600

every_story = pytest.mark.parametrize("name", STORIES)


def events_of(name: Industry, seed: int = 1) -> list[Event]:
    return [decode_event(value) for value in tell(name, STORIES[name], seed)]


def midnight(day: date) -> datetime:
    return datetime.combine(day, clock_time(), UTC)


@every_story
def test_the_same_seed_gives_the_same_bytes(name: Industry) -> None:
    assert list(tell(name, STORIES[name], 3)) == list(tell(name, STORIES[name], 3))


@every_story
def test_another_seed_shares_no_event_identity_subject_or_customer(name: Industry) -> None:
    def names(seed: int) -> set[str | None]:
        events = events_of(name, seed)
        return {known for each in events for known in (f"{each.source} {each.id}", each.subject, each.data.customer)}

    assert not names(1) & names(2)


@every_story
def test_its_blocks_add_up_to_what_the_story_says_of_its_kpis(name: Industry) -> None:
    truth = {(line.begins, line.of, line.kpi): (line.n, line.value) for line in truth_of(STORIES[name])}
    for chapter in STORIES[name].chapters:
        said = {(chapter.begins, each.of, each.kpi): (each.n, each.value) for each in chapter.verdicts}
        assert len(said) == len(chapter.verdicts)
        assert all(truth[key] == pytest.approx(each) for key, each in said.items())


@every_story
def test_a_verdict_is_about_a_kpi_and_the_targets_it_has(name: Industry) -> None:
    kpis = load_kpis(load_registry())
    for verdict in (verdict for chapter in STORIES[name].chapters for verdict in chapter.verdicts):
        kpi = kpis[verdict.kpi]
        assert (verdict.floor is None, verdict.goal is None) == (kpi.floor is None, kpi.goal is None)


@every_story
def test_all_of_a_chapter_happens_in_its_days_and_is_due_in_them(name: Industry) -> None:
    events = [event for event in events_of(name) if not isinstance(event, TouchpointMeasured)]
    days = [(midnight(chapter.begins), midnight(chapter.ends)) for chapter in STORIES[name].chapters]
    for event in events:
        due = getattr(event.data, "due_at", event.time)
        assert any(begins <= event.time <= due < ends for begins, ends in days)


@every_story
def test_all_events_of_a_subject_share_one_customer(name: Industry) -> None:
    customers = defaultdict(set)
    for event in events_of(name):
        customers[event.subject].add(event.data.customer)
    assert all(len(each) == 1 for each in customers.values())


@every_story
def test_events_come_late_out_of_order_and_twice(name: Industry) -> None:
    events = events_of(name)
    repeated = len(events) - len({(event.source, event.id) for event in events})
    assert 0.01 < repeated / len(events) < 0.06
    newest, behind = 0.0, []
    for event in events:
        newest = max(newest, event.time.timestamp())
        behind.append(newest - event.time.timestamp())
    assert sum(each > 0 for each in behind) > 0.05 * len(events)
    assert sum(each > HOUR_SECONDS for each in behind) > 0.01 * len(events)


@every_story
def test_no_event_contradicts_another_or_lacks_its_beginning(name: Industry) -> None:
    configuration = Configuration(registry=load_registry(), dimensions=STORIES[name].dimensions)
    processor = PartitionProcessor(Source("all", "topic-id", 0), configuration)
    values = tell(name, STORIES[name], 1)
    assert processor.apply([Record(offset, LONG_AFTER, value) for offset, value in enumerate(values)]) == []
    found: Counter[str] = Counter()
    for row in processor.take_rows():
        found[row.metric] += row.n
    assert found["orphans"] == found["contradictions"] == 0


@pytest.mark.parametrize("number", [0, 1, 2, 99])
def test_durations_are_spread_about_a_mean_that_is_exactly_theirs(number: int) -> None:
    durations = spread(Random(number), number, "4m")
    assert (len(durations), sum(durations)) == (number, number * 240_000)
    assert all(180_000 < each < 300_000 for each in durations)


def test_a_plan_that_leaves_to_chance_who_is_in_time_is_refused() -> None:
    assert all_within("4m", "5m")
    assert not all_within("7m", "5m")
    for mean in ("5m", "6m"):
        with pytest.raises(ValueError, match=f"durations of {mean} lie on both sides of 5m"):
            all_within(mean, "5m")


def test_the_truth_is_a_sum_over_blocks_for_all_together_and_for_each_segment() -> None:
    blue, red = {"team": "blue"}, {"team": "red"}
    blocks = (
        Callbacks(blue, "sales_visit", "3d", in_time=41, late=6, forgotten=3),
        Callbacks(red, "service_visit", "7d", in_time=10),
        Answers(red, "nps", {10: 6, 7: 2, 0: 2}, silent=30),
        Repairs(red, lasting=19, reworked=1),
        Waits(blue, 3, "10s"),
        Waits(blue, 1, "1m", given_up=True),
        Waits(blue, 1, "3s", given_up=True),
        Cases(red, 4, reply="2m", resolved="2h", questions=2, reopened=True),
    )
    story = Story("", "team", (Chapter(date(2026, 3, 2), 5, blocks, ()),), "retail")
    found = {(line.of, line.kpi): (line.n, line.value) for line in truth_of(story)}
    assert found[None, "followup_rate"] == (60, 51 / 60)
    assert found["blue", "followup_rate"] == found[None, "sales_visit_callback"] == (50, 0.82)
    assert found["red", "nps"] == found["red", "nps_retail"] == (10, 40)
    assert found["red", "response_rate"] == (40, 0.25)
    assert found[None, "first_time_fix"] == (20, 0.95)
    assert found["blue", "service_level"] == (4, 0.75)
    assert found["blue", "abandonment"] == (4, 0.25)
    assert found["blue", "queue_wait_mean"] == (3, 10_000)
    assert found["red", "first_response_mean"] == (8, 120_000)
    assert found["red", "next_reply_mean"] == (12, 120_000)
    assert found["red", "fault_handling_mean"] == (8, 7_200_000)
    assert found["red", "first_contact_resolution"] == (4, 0)
    assert found["red", "reopened"] == (4, 1)
    assert ("blue", "nps") not in found


def test_a_plan_of_improvement_is_the_change_since_the_chapter_before_with_the_smaller_n() -> None:
    blue = {"team": "blue"}
    before, after = (
        Chapter(date(year, 3, 2), 5, (Answers(blue, "nps", scores),), ())
        for year, scores in ((2025, {10: 50, 8: 30, 0: 20}), (2026, {10: 30, 8: 6, 0: 4}))
    )
    found = {
        (line.begins.year, line.kpi): (line.n, line.value) for line in truth_of(Story("", "team", (before, after)))
    }
    assert found[2026, "nps_plan_year_1"] == found[2026, "nps_plan_year_2"] == (40, 35)
    assert (2025, "nps_plan_year_1") not in found
