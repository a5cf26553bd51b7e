"""The topics of the benchmark are what their plan says, and the same in every run."""

from collections import Counter
from itertools import groupby, islice
from typing import Any

import msgspec
import pytest

from schemas.decoder import decode_event
from schemas.events import CaseClosed, CaseOpened, CaseResolved, SurveyAnswered, TouchpointMeasured
from tests.bench.load.events import DISORDER_MS, Record, records
from tests.bench.load.plan import BASE_MS, CLOSING_MS, LATE_MS, Load, Mix

MIXES: tuple[Mix, ...] = ("surveys", "measured", "mixed", "cases")


def made(load: Load, partition: int = 0) -> list[Record]:
    """All but the closing record."""
    return list(records(load, partition))[:-1]


def decoded(load: Load) -> list[Any]:
    return [decode_event(record.value) for record in made(load)]


@pytest.mark.parametrize("mix", MIXES)
def test_equal_loads_give_equal_records(mix: Mix) -> None:
    load = Load(mix=mix, events=3_000)
    assert list(records(load, 1)) == list(records(load, 1))
    assert list(records(load, 1)) != list(records(load, 2))


@pytest.mark.parametrize("mix", MIXES)
def test_every_event_is_acceptable_and_has_250_to_400_bytes(mix: Mix) -> None:
    for record in made(Load(mix=mix, events=3_000)):
        decode_event(record.value)
        assert 250 <= len(record.value) <= 400


def test_a_topic_has_as_many_records_as_its_load_says() -> None:
    load = Load(mix="measured", events=1_000, partitions=3)
    assert sum(len(list(records(load, partition))) for partition in range(3)) == load.records


@pytest.mark.parametrize("keyed_by", ["customer", "segment"])
def test_a_key_lies_in_one_partition(keyed_by: Any) -> None:
    load = Load(mix="mixed", events=6_000, partitions=3, segments=50, keyed_by=keyed_by)
    keys = [{record.key for record in made(load, partition)} for partition in range(3)]
    assert len(set().union(*keys)) == sum(map(len, keys))


def test_keyed_by_segment_a_segment_lies_in_one_partition() -> None:
    load = Load(mix="mixed", events=6_000, partitions=3, segments=50, keyed_by="segment")
    found = [
        {(event.data.channel, event.data.region, event.data.team) for event in map(_event, made(load, partition))}
        for partition in range(3)
    ]
    assert len(set().union(*found)) == sum(map(len, found)) == 50


def _event(record: Record) -> Any:
    return decode_event(record.value)


def test_one_percent_is_late_and_one_percent_comes_twice() -> None:
    load = Load(mix="mixed", events=60_000, partitions=1)
    found = made(load)
    behind = [record.timestamp - int(_event(record).time.timestamp() * 1000) for record in found]
    late = sum(ms >= LATE_MS for ms in behind) / len(found)
    twice = 1 - len({record.value for record in found}) / len(found)
    assert 0.008 < late < 0.012
    assert 0.008 < twice < 0.012


def test_without_late_and_twice_nothing_is_further_behind_than_the_disorder() -> None:
    found = made(Load(mix="mixed", events=10_000, partitions=1, late=0, twice=0))
    assert len({record.value for record in found}) == len(found)
    assert all(
        0 <= record.timestamp - int(_event(record).time.timestamp() * 1000) <= DISORDER_MS + 1 for record in found
    )


def test_mixed_is_half_answers_and_half_response_times() -> None:
    types = Counter(map(type, decoded(Load(mix="mixed", events=10_000, partitions=1, twice=0))))
    assert types == {SurveyAnswered: 5_000, TouchpointMeasured: 5_000}


def test_a_share_of_the_records_is_malformed() -> None:
    found = made(Load(mix="measured", events=20_000, partitions=1, twice=0, malformed=0.1))
    broken = sum(not record.value.endswith(b"}}") for record in found)
    assert 0.09 < broken / len(found) < 0.11


def test_so_many_cases_are_open_once_the_log_is_long_enough() -> None:
    opened: set[str] = set()
    for event in decoded(Load(mix="cases", events=30_000, partitions=1, open_cases=1_000, twice=0)):
        if isinstance(event, CaseOpened):
            opened.add(event.subject)
        elif isinstance(event, CaseResolved):
            opened.discard(event.subject)
    assert 900 < len(opened) < 1_100


def test_a_case_goes_from_its_opening_to_its_closing() -> None:
    events = decoded(Load(mix="cases", events=5_000, partitions=1, open_cases=20, twice=0))
    cases = {subject: list(each) for subject, each in groupby(sorted(events, key=_subject), key=_subject)}
    whole = [each for subject, each in cases.items() if subject.startswith("case-") and len(each) == 8]
    assert len(whole) > 400
    assert all(isinstance(each[0], CaseOpened) and isinstance(each[-1], CaseClosed) for each in whole)


def _subject(event: Any) -> str:
    return str(event.subject)


def test_the_closing_event_of_a_partition_is_past_every_window_that_waits_an_hour() -> None:
    load = Load(mix="mixed", events=600)
    *_, last = records(load, 3)
    event = decode_event(last.value)
    assert isinstance(event, TouchpointMeasured)
    assert event.data.measure == "closing"
    end = BASE_MS + load.events * 1000 // load.per_second
    assert int(event.time.timestamp() * 1000) == last.timestamp == end + CLOSING_MS


def test_more_events_begin_with_the_same_ones() -> None:
    short, long = Load(mix="measured", events=600), msgspec.structs.replace(Load(mix="measured"), events=6_000)
    assert list(islice(records(short, 0), 100)) == list(islice(records(long, 0), 100))
