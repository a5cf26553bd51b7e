from collections import Counter, defaultdict
from datetime import UTC, datetime
from itertools import islice, takewhile
from random import Random
from statistics import median
from threading import Event

import pytest

from deploy.local.simulator import Emission, play, simulate
from deploy.local.simulator.story import LONG, SHORT, SLOW_TEAM, Story
from schemas.decoder import decode_event
from schemas.events import (
    CaseMessage,
    PromiseKept,
    PromiseMade,
    SurveyAnswered,
    SurveyWithdrawn,
    TouchpointMeasured,
    WaitAbandoned,
    WaitServed,
    WaitStarted,
)
from schemas.events import (
    Event as CustomerEvent,
)
from streams.core.processor import PartitionProcessor
from streams.core.records import Source
from tests.unit.core.partition_log import CONFIGURATION, Record

START_MS = 1_764_000_000_000
HOUR_MS = 3_600_000


@pytest.fixture(scope="module")
def story() -> list[Emission]:
    """One cycle of the story at 100 events per second."""
    return list(takewhile(lambda each: each.at_ms < START_MS + SHORT.cycle_seconds * 1_000, simulate(7, START_MS, 100)))


def test_the_same_seed_and_start_give_the_same_bytes() -> None:
    def run() -> list[Emission]:
        return list(islice(simulate(1, START_MS, 50), 5_000))

    assert run() == run()


def test_another_seed_or_start_shares_no_event_identity() -> None:
    def identities(seed: int, start_ms: int) -> set[tuple[str, str]]:
        events = (decode_event(each.value) for each in islice(simulate(seed, start_ms, 50), 2_000))
        return {(event.source, event.id) for event in events}

    first = identities(1, START_MS)
    assert not first & identities(2, START_MS)
    assert not first & identities(1, START_MS + 1)


def test_every_event_is_valid_and_published_no_earlier_than_it_happened(story: list[Emission]) -> None:
    for emission in story:
        assert decode_event(emission.value).time.timestamp() * 1_000 <= emission.at_ms


def test_events_come_in_the_order_of_their_publishing(story: list[Emission]) -> None:
    times = [each.at_ms for each in story]
    assert times == sorted(times)


def test_all_events_of_a_subject_share_one_key(story: list[Emission]) -> None:
    keys = defaultdict(set)
    for emission in story:
        event = decode_event(emission.value)
        keys[event.subject].add(event.data.customer or event.subject)
    assert all(len(each) == 1 for each in keys.values())


def test_the_rate_is_kept_once_cases_run(story: list[Emission]) -> None:
    steady = [each for each in story if each.at_ms >= START_MS + 180_000]
    assert len(steady) / (SHORT.cycle_seconds - 180) == pytest.approx(100, rel=0.1)


def test_there_is_traffic_from_before_the_start(story: list[Emission]) -> None:
    assert sum(each.at_ms < START_MS for each in story) > 1_000


def test_the_story_is_told_within_two_and_a_half_minutes_and_repeats() -> None:
    def course(story: Story, start: float) -> list[str]:
        return list(dict.fromkeys(story.scene_at(start + second) for second in range(int(story.cycle_seconds))))

    for story in (SHORT, LONG):
        assert course(story, 0) == ["calm", "slow team", "outage", "recovery"]
        assert course(story, story.cycle_seconds) == course(story, 0)
    assert SHORT.scene_at(150) == "calm"


def test_the_long_outage_keeps_customers_waiting_longer_than_any_calm_reply_takes() -> None:
    random = Random(3)
    calm = [LONG.reply_at(random, 520, "billing", "email") - 520 for _ in range(2_000)]
    met_by_outage = LONG.reply_at(random, 200, "billing", "phone") - 200
    assert max(calm) < 100 < met_by_outage


def test_nobody_answers_during_the_outage(story: list[Emission]) -> None:
    answers = [event for event in map(_message, story) if event and event.data.author == "agent"]
    scenes = Counter(SHORT.scene_at(event.time.timestamp() - START_MS / 1_000) for event in answers)
    assert scenes["outage"] == 0
    assert min(scenes["calm"], scenes["slow team"], scenes["recovery"]) > 100


def test_only_the_slow_team_is_slow(story: list[Emission]) -> None:
    waits: dict[bool, list[float]] = {True: [], False: []}
    asked: dict[str, float] = {}
    for event in sorted(filter(None, map(_message, story)), key=lambda event: event.time):
        second = event.time.timestamp() - START_MS / 1_000
        if event.data.author == "customer":
            asked[event.subject] = second
        elif event.data.author == "agent" and event.subject in asked:
            question = asked.pop(event.subject)
            if SHORT.scene_at(question) == "slow team":
                waits[event.data.team == SLOW_TEAM].append(second - question)
    assert median(waits[True]) > 4 * median(waits[False])


def test_there_are_duplicates_late_events_revisions_and_withdrawals(story: list[Emission]) -> None:
    events = [(each.at_ms, decode_event(each.value)) for each in story]
    identities = Counter((event.source, event.id) for _, event in events)
    measured = [(at, event) for at, event in events if isinstance(event, TouchpointMeasured)]
    late = sum(at - event.time.timestamp() * 1_000 > HOUR_MS for at, event in measured)
    revised = sum(isinstance(event, SurveyAnswered) and event.data.revision > 0 for _, event in events)
    withdrawn = sum(isinstance(event, SurveyWithdrawn) for _, event in events)
    assert all((max(identities.values()) == 2, late, revised, withdrawn))


def test_in_the_outage_callers_give_up_who_are_served_otherwise(story: list[Emission]) -> None:
    ends: Counter[tuple[str, type]] = Counter()
    started: dict[str, float] = {}
    for event in sorted(map(_event, story), key=lambda event: event.time):
        second = event.time.timestamp() - START_MS / 1_000
        if isinstance(event, WaitStarted):
            started[event.subject] = second
        elif isinstance(event, WaitServed | WaitAbandoned) and event.subject in started:
            ends[SHORT.scene_at(started.pop(event.subject)), type(event)] += 1
    assert ends["outage", WaitAbandoned] > 0.3 * ends["outage", WaitServed]
    assert 0 < ends["calm", WaitAbandoned] < 0.15 * ends["calm", WaitServed]


def test_all_events_are_counted_and_the_story_is_told_by_service_level_and_promises(story: list[Emission]) -> None:
    """No event contradicts another, and waits and promises add up to what the callers and agents did."""
    end = datetime.fromtimestamp(START_MS / 1_000 + SHORT.cycle_seconds - 20, UTC)
    told = [each for each in story if _event(each).time < end]  # all of it is published, also what is 15 s late
    processor = PartitionProcessor(Source("cx.touchpoints", "topic-id", 0), CONFIGURATION)
    assert processor.apply([Record(offset, each.at_ms, each.value) for offset, each in enumerate(told)]) == []
    assert processor.counts.accepted + processor.counts.duplicates == len(told)
    found: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for row in processor.take_rows():
        found[row.metric].update(row.buckets or {0: row.n})
    assert found["orphans"].total() == found["contradictions"].total() == 0
    events = {(event.id, type(event)): event for event in map(_event, told)}.values()
    kinds = Counter(type(event) for event in events)
    assert found["queue_wait"].total() == kinds[WaitServed]
    assert found["abandonment"][1] + found["short_abandons"].total() == kinds[WaitAbandoned]
    assert found["abandonment"][0] == kinds[WaitServed]
    assert 0.8 < found["service_level"][1] / found["service_level"].total() < 0.97
    kept = {event.subject: event.time for event in events if isinstance(event, PromiseKept)}
    reached = max(event.time for event in events)
    due = [event for event in events if isinstance(event, PromiseMade) and event.data.due_at < reached]
    in_time = sum(event.subject in kept and kept[event.subject] <= event.data.due_at for event in due)
    assert (found["promise_kept"].total(), found["promise_kept"][1]) == (len(due), in_time)
    assert 0.5 < in_time / len(due) < 0.95
    assert 0.8 < found["followup_rate"][1] / found["followup_rate"].total() < 0.97


def test_answers_cover_nps_csat_and_ces(story: list[Emission]) -> None:
    events = [decode_event(each.value) for each in story]
    metrics = {event.data.metric for event in events if isinstance(event, SurveyAnswered)}
    assert metrics == {"nps", "csat", "ces"}


def test_playing_waits_for_each_events_time() -> None:
    clock = iter(range(0, 10_000, 10))
    now = 0

    def now_ms() -> int:
        nonlocal now
        now = next(clock)
        return now

    class NoWait(Event):
        def wait(self, timeout: float | None = None) -> bool:
            return False

    emissions = [Emission(at, b"%d" % at) for at in (0, 55, 55, 200)]
    played = [(int(value), now) for value in play(emissions, now_ms, NoWait())]

    assert [due for due, _ in played] == [0, 55, 55, 200]
    assert all(due <= at for due, at in played)


def test_playing_ends_when_it_is_stopped() -> None:
    stop = Event()
    playing = play(simulate(1, START_MS, 50), lambda: START_MS, stop)
    next(playing)
    stop.set()
    assert list(playing) == []


def _event(emission: Emission) -> CustomerEvent:
    event: CustomerEvent = decode_event(emission.value)
    return event


def _message(emission: Emission) -> CaseMessage | None:
    event = decode_event(emission.value)
    return event if isinstance(event, CaseMessage) else None
