"""The traffic of a soak: mixed, in order, and reproducible."""

from collections import Counter
from random import Random

import msgspec
import pytest

from schemas.decoder import decode_event
from schemas.events import CaseMessage, CaseOpened, SurveyAnswered, SurveyWithdrawn, TouchpointMeasured
from schemas.rejects import Reason
from streams.core.processor import PartitionProcessor
from streams.core.records import Source
from streams.publishing.event_files import Topics
from streams.settings import Settings
from tests.faults.history import Published
from tests.property.histories import Record
from tests.soak.pace import Pace
from tests.soak.traffic import Traffic, probe_team

NOW_MS = 1_764_000_000_000
TOPICS = Topics("touchpoints", "surveys")
SECONDS = 90


def traffic(seed: int = 1) -> Traffic:
    return Traffic(seed, SECONDS, 200, NOW_MS, TOPICS, partitions=2)


@pytest.fixture(scope="module")
def sent() -> list[Published]:
    return list(traffic())


def test_the_same_seed_gives_the_same_records_and_another_seed_others(sent: list[Published]) -> None:
    assert list(traffic()) == sent
    assert {each.value for each in traffic(2)}.isdisjoint({each.value for each in sent if each.value})


def test_records_come_in_the_order_of_their_times_until_the_end(sent: list[Published]) -> None:
    times = [each.after for each in sent]
    assert times == sorted(times)
    assert times[0] >= 0
    assert 0.97 < times[-1] < 1


def test_every_record_but_the_bad_ones_is_accepted_and_none_is_from_the_future(sent: list[Published]) -> None:
    processor = PartitionProcessor(Source("topic", "id", 0), Settings().configuration())
    records = [
        Record(offset, NOW_MS + round(each.after * SECONDS * 1_000), each.value) for offset, each in enumerate(sent)
    ]
    reasons: Counter[Reason] = Counter(reject.reason for reject in processor.apply(records))
    assert set(reasons) == {
        *("not_json", "not_utf8", "empty", "unknown_type", "naive_time", "future_time", "invalid_event"),
    }
    assert 0 < reasons.total() < 0.01 * len(sent)
    assert 0.01 * len(sent) < processor.counts.duplicates < 0.03 * len(sent)
    assert processor.counts.late > 0


def sent_ms(record: Published) -> int:
    return NOW_MS + round(record.after * SECONDS * 1_000)


def test_it_is_mixed(sent: list[Published]) -> None:
    events = [decode_event(each.value) for each in sent if each.value and is_event(each.value)]
    assert any(isinstance(event, SurveyAnswered) and event.data.revision for event in events)
    assert {CaseOpened, CaseMessage, SurveyAnswered, SurveyWithdrawn, TouchpointMeasured} <= {*map(type, events)}
    assert {each.topic for each in sent} == set(TOPICS)
    years = {event.time.year for event in events}
    assert len(years) > 1, "some are from years ago"


def is_event(value: bytes) -> bool:
    try:
        decode_event(value)
    except (ValueError, msgspec.MsgspecError):
        return False
    return True


def test_each_partition_has_probes_at_their_rhythm_whose_question_waits_alone(sent: list[Published]) -> None:
    for topic in TOPICS:
        for partition in range(2):
            probes = [each for each in sent if each.key == probe_team(topic, partition).encode()]
            assert {(each.topic, each.partition) for each in probes} == {(topic, partition)}
            opened = [event for each in probes if isinstance(event := decode_event(each.value or b""), CaseOpened)]
            assert len(opened) == pytest.approx(SECONDS / 2, abs=1)
            processor = PartitionProcessor(Source(topic, "id", partition), Settings().configuration())
            processor.apply([Record(offset, NOW_MS, each.value) for offset, each in enumerate(probes)])
            (load,) = processor.look(NOW_MS).view().cases
            assert (load.open, load.waiting) == (1, 1)
            assert load.oldest_wait_since == round(opened[-1].time.timestamp() * 1_000)


def test_a_pace_tells_every_moment_once_and_back() -> None:
    pace = Pace([(10, 1.0), (10, 3.0), (10, 0.5)])
    assert pace.story_seconds == 45
    assert [pace.story(wall) for wall in (0, 5, 10, 15, 20, 30)] == [0, 5, 10, 25, 40, 45]
    assert [pace.wall(story) for story in (0, 5, 10, 25, 40, 45)] == [0, 5, 10, 15, 20, 30]


def test_a_random_pace_has_spikes_and_lulls_and_the_length_asked_for() -> None:
    pace = Pace.random(Random(3), 1_800)
    told = [pace.story(second + 1) - pace.story(second) for second in range(1_800)]
    assert max(told) == pytest.approx(3)
    assert min(told) == pytest.approx(0.15)
    assert pace.wall(pace.story_seconds) == pytest.approx(1_800)
