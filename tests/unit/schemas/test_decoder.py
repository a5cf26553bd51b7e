"""What is an event, and why a record is none."""

import json
from typing import Any, NamedTuple

import pytest

from schemas.metrics import load_registry
from streams.core.admission import Refused, admit
from streams.core.configuration import Configuration

CONFIGURATION = Configuration(registry=load_registry(), dimensions=("channel",))
NOON_MS = 1_772_366_400_000


class Record(NamedTuple):
    offset: int
    timestamp: int
    value: bytes | None


def event(**changes: Any) -> bytes:
    document = {
        "specversion": "1.0",
        "id": "e1",
        "source": "/desk",
        "type": "cx.survey.answered.v1",
        "time": "2026-03-01T12:00:00Z",
        "subject": "r1",
        "data": {"metric": "nps", "score": 9},
    }
    document |= changes
    return json.dumps({name: value for name, value in document.items() if value is not None}).encode()


def verdict(value: bytes | None, timestamp: int = NOON_MS) -> Any:
    """The accepted (event, time, scale), or the refusal."""
    try:
        return admit(Record(7, timestamp, value), CONFIGURATION)
    except Refused as refused:
        return refused


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "empty"),
        (b"", "empty"),
        (b'{"specversion": "1.0", "id"', "not_json"),
        (b'{"id": "caf\xc3', "not_utf8"),
        (b"[1, 2]", "invalid_event"),
        (b'"text"', "invalid_event"),
        (b"[" * 100_000, "not_json"),
        (event(), None),
        (event(type="cx.case.melted.v1"), "unknown_type"),
        (event(type="cx.survey.answered.v2"), "unknown_type"),
        (event(type=None), "invalid_event"),
        (event(specversion="0.3"), "wrong_specversion"),
        (event(specversion=None), "invalid_event"),
        (event(subject=None), "invalid_event"),
        (event(data=None), "invalid_event"),
        (event(id=""), "invalid_event"),
        (event(time="2026-03-01T12:00:00"), "naive_time"),
        (event(time="yesterday"), "invalid_event"),
        (event(time="1969-12-31T23:59:59Z"), "time_out_of_range"),
        (event(time="2106-01-01T00:00:00Z"), "time_out_of_range"),
        (event(data={"metric": "nps", "score": 11}), "off_scale"),
        (event(data={"metric": "nps", "score": -2}), "off_scale"),
        (event(data={"metric": "nps", "score": -1}), None),
        (event(data={"metric": "nps", "score": 9.5}), "invalid_event"),
        (event(data={"metric": "nps", "score": "9"}), "invalid_event"),
        (event(data={"metric": "nps", "score": 4, "scale": "csat5"}), "unknown_scale"),
        (event(data={"metric": "first_response", "score": 4}), "unknown_metric"),
        (event(data={"metric": "mood", "score": 4}), "unknown_metric"),
        (event(data={"metric": "csat", "score": 0}), "off_scale"),
        (event(data={"metric": "csat", "score": 0, "scale": "yesno"}), None),
        (event(data={"metric": "nps", "score": 9, "channel": 4}), "invalid_event"),
        (event(data={"metric": "nps", "score": 9, "unheard_of": {"deep": [1]}}), None),
        (b'{"comment": "' + b"x" * 1_048_576 + b'"}', "too_large"),
    ],
)
def test_each_record_is_an_event_or_has_one_reason_why_not(value: bytes | None, reason: str | None) -> None:
    found = verdict(value)
    assert (found.reason if isinstance(found, Refused) else None) == reason


def test_a_time_is_in_the_future_when_it_is_more_than_five_minutes_after_the_kafka_timestamp() -> None:
    assert not isinstance(verdict(event(), NOON_MS - 300_000), Refused)
    assert verdict(event(), NOON_MS - 300_001).reason == "future_time"


def test_a_record_without_kafka_timestamp_is_not_judged_by_it() -> None:
    assert not isinstance(verdict(event(), -1), Refused)


def test_time_is_taken_in_whole_milliseconds_and_in_utc() -> None:
    assert verdict(event(time="2026-03-01T14:00:00.001999+02:00"))[1] == NOON_MS + 1
    assert verdict(event(time="2026-03-01T12:00:01.001Z"))[1] == NOON_MS + 1_001


def test_the_detail_names_the_place_and_never_the_text_of_a_comment() -> None:
    value = event(data={"metric": "nps", "score": "nine", "comment": "my number is 555"})
    assert "$.data.score" in verdict(value).detail
    assert "555" not in verdict(value).detail


def test_the_detail_quotes_no_value_however_it_is_written() -> None:
    for words in ("my number is 555", "it's '555' - at `$.data.level`\n'555", "555" * 100_000):
        value = event(type="cx.case.message.v1", data={"author": words})
        assert (verdict(value).reason, verdict(value).detail) == (
            "invalid_event",
            "Invalid enum value - at `$.data.author`",
        )
