"""Whatever a person wrote into an event, no reason and no detail repeats it."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from schemas.metrics import load_registry
from streams.core.admission import Refused, admit
from streams.core.configuration import Configuration
from tests.property.planting import EVENTS, TOKENS, places, planted, raw_lines, shapes
from tests.unit.core.partition_log import Record

CONFIGURATION = Configuration(registry=load_registry(), dimensions=())


def refusal(value: bytes) -> Refused | None:
    try:
        admit(Record(0, -1, value), CONFIGURATION)
    except Refused as refused:
        return refused
    return None


@given(st.data(), TOKENS)
def test_a_detail_names_the_place_and_not_what_stands_there(data: st.DataObject, words: str) -> None:
    event: dict[str, Any] = data.draw(st.sampled_from(EVENTS))
    place = data.draw(st.sampled_from(places(event)))
    value = data.draw(st.sampled_from(shapes(words)))
    ascii_only = data.draw(st.booleans())
    refused = refusal(json.dumps(planted(event, place, value), ensure_ascii=ascii_only).encode())
    if refused is not None:
        assert words not in refused.detail
        assert "§" not in refused.detail
        assert refused.detail


@given(TOKENS, st.integers(0, 6))
def test_neither_does_that_of_a_record_that_is_no_event_at_all(words: str, number: int) -> None:
    refused = refusal(list(raw_lines(words))[number])
    assert refused is not None
    assert "§" not in refused.detail


def test_most_places_and_shapes_are_refused_so_that_this_says_something() -> None:
    refused = {
        (event["type"], place)
        for event in EVENTS
        for place in places(event)
        for value in shapes("§words§")
        if refusal(json.dumps(planted(event, place, value)).encode())
    }
    known = {(event["type"], place) for event in EVENTS for place in places(event)}
    assert {(kind, place) for kind, place in known if place[-1] not in ("remark", "comment")} <= refused
