"""Random event histories: few cases and responses, so that their events collide in every way."""

import json
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from hypothesis import strategies as st

from schemas.metrics import load_registry
from streams.core.configuration import Configuration
from tests.oracle.partition import Event

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
KAFKA_TIME = int((START + timedelta(days=3650)).timestamp() * 1000)

CONFIGURATION = Configuration(
    registry=load_registry(),
    dimensions=("channel", "team"),
    lateness_ms=180_000,
    late_part_shift=2,
    duplicate_memory=6,
    subject_horizon_ms=1_200_000,
    subject_horizon_events=8,
)
"""Bounds so small that a short history runs into each of them."""


class Record(NamedTuple):
    """A Kafka record as far as the core looks at it."""

    offset: int
    timestamp: int
    value: bytes | None


_seconds = st.one_of(
    st.integers(0, 900),
    st.sampled_from([0, 60, 60, 120, 300, 301, 600, 601, 1800, 5400, 9000]),
    st.integers(-400 * 86_400, 0),
)
_dimensions = st.fixed_dictionaries(
    {}, optional={"channel": st.sampled_from(["chat", "shop"]), "team": st.sampled_from(["a", "b"])}
)
_case = st.fixed_dictionaries(
    {
        "family": st.just("case"),
        "kind": st.sampled_from(
            ["opened", "message", "message", "message", "assigned", "resolved", "reopened", "closed"]
        ),
        "subject": st.sampled_from(["case-1", "case-2", "case-3"]),
        "author": st.sampled_from(["customer", "customer", "agent", "agent", "bot"]),
        "public": st.sampled_from([True, True, True, False]),
    }
)
_survey = st.fixed_dictionaries(
    {
        "family": st.just("survey"),
        "kind": st.sampled_from(["invited", "answered", "answered", "answered", "withdrawn"]),
        "subject": st.sampled_from(["response-1", "response-2"]),
        "metric": st.sampled_from(["nps", "csat"]),
        "score": st.integers(-1, 5).filter(bool),
        "revision": st.integers(0, 2),
        "question": st.sampled_from(["", "", "price"]),
    }
)
_measured = st.fixed_dictionaries(
    {
        "family": st.just("measured"),
        "kind": st.just("measured"),
        "subject": st.just("parcel-1"),
        "measure": st.sampled_from(["delivery", "approval"]),
        "duration_ms": st.sampled_from([0, 1, 299_999, 300_000, 300_001, 10**9]),
    }
)


@st.composite
def events(draw: st.DrawFn, number: int) -> Event:
    """One well-formed event as a dictionary; ``number`` makes its id unique."""
    event = draw(st.one_of(_case, _case, _case, _survey, _survey, _measured))
    seconds = draw(_seconds)
    event |= {
        "id": f"e{draw(st.integers(0, 9))}-{number}",
        "source": draw(st.sampled_from(["/desk", "/shop"])),
        "time": int((START + timedelta(seconds=seconds)).timestamp() * 1000),
        "dimensions": draw(_dimensions),
    }
    if event["kind"] == "answered":
        event["scale"] = {"nps": "nps", "csat": "csat5"}[event["metric"]]
    return event if event["kind"] == "message" else _silent(event)


def _silent(event: Event) -> Event:
    """The event without what only a message has."""
    return {name: value for name, value in event.items() if name not in ("author", "public")}


@st.composite
def logs(draw: st.DrawFn, longest: int = 40) -> list[Event]:
    """A history in log order, with events delivered again from near and far."""
    log: list[Event] = []
    for number in range(draw(st.integers(1, longest))):
        if log and draw(st.integers(0, 5)) == 0:
            log.append(log[draw(st.integers(max(0, len(log) - 12), len(log) - 1))])
        else:
            log.append(draw(events(number)))
    return log


@st.composite
def waits(draw: st.DrawFn) -> list[Event]:
    """Histories of one opened case in which answers come in and out of time while event time moves on."""
    log = []
    for number in range(draw(st.integers(2, 8))):
        family = draw(st.sampled_from([_case, _case, _measured]))
        kind = draw(st.sampled_from(["opened", "message", "message", "message", "resolved", "reopened"]))
        event = draw(family) | {"id": f"e{number}", "source": "/desk", "dimensions": draw(_dimensions)}
        minutes = draw(st.sampled_from([0, 1, 2, 5, 6, 7, 10, 11, 20]))
        event["time"] = int((START + timedelta(minutes=minutes)).timestamp() * 1000)
        if event["family"] == "case":
            event |= {"kind": kind if number else "opened", "subject": "case-1"}
            if not number:
                event["time"] = int(START.timestamp() * 1000)
        log.append(event if event["kind"] == "message" else _silent(event))
    return log


def encode(event: Event) -> bytes:
    """The event as a producer would publish it."""
    if event["family"] == "measured":
        kind = "cx.touchpoint.measured.v1"
        data = {"measure": event["measure"], "duration_ms": event["duration_ms"]}
    elif event["family"] == "survey":
        kind = f"cx.survey.{event['kind']}.v1"
        wanted = {"invited": ("metric",), "answered": ("metric", "score", "revision"), "withdrawn": ("revision",)}
        data = {name: event[name] for name in wanted[event["kind"]]}
        if event["kind"] == "answered" and event["question"]:
            data["question"] = event["question"]
    else:
        kind = f"cx.case.{event['kind']}.v1"
        data = {name: event[name] for name in ("author", "public") if name in event}
    time = datetime.fromtimestamp(event["time"] / 1000, UTC).isoformat()
    document = {"specversion": "1.0", "id": event["id"], "source": event["source"], "type": kind}
    document |= {"time": time, "subject": event["subject"], "data": data | event["dimensions"]}
    return json.dumps(document).encode()


def records(log: list[Event]) -> list[Record]:
    """The log as Kafka records with offsets from 0."""
    return [Record(offset, KAFKA_TIME, encode(event)) for offset, event in enumerate(log)]
