"""Random event histories: few cases, responses and deadlines, so that their events collide in every way."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from hypothesis import strategies as st
from msgspec.structs import replace

from schemas.metrics import Registry, load_registry
from streams.core.configuration import Configuration
from tests.oracle.deadlines import LASTING, WHAT
from tests.oracle.outcomes import CONTACT_TARGETS, REOPEN_TARGET, RESOLUTION_TARGET
from tests.oracle.partition import Limits
from tests.oracle.subjects import REPEAT_TARGET, SURVEY_CAP, SURVEY_CAP_SPAN, Event

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
START_MS = int(START.timestamp() * 1000)
KAFKA_TIME = START_MS + 3650 * 86_400_000


def _hurried(registry: Registry) -> Registry:
    """The registry with the targets and versions of the oracle."""
    targets = {
        "resolution_rate": (RESOLUTION_TARGET,),
        "reopen_rate": (REOPEN_TARGET,),
        "complaint_contact": tuple(CONTACT_TARGETS.values()),
        "repeat_contact_rate": (REPEAT_TARGET,),
        "retention_rate": (LASTING["customer"],),
        "first_time_fix": (LASTING["repair"],),
    }
    metrics = {name: replace(metric, version=1) for name, metric in registry.metrics.items()}
    span = f"{SURVEY_CAP_SPAN // 1_000}s"
    metrics["survey_cap_kept"] = replace(metrics["survey_cap_kept"], targets=(span,), limit=SURVEY_CAP)
    for name, each in targets.items():
        metrics[name] = replace(metrics[name], targets=tuple(f"{target // 1_000}s" for target in each))
    return Registry(metrics)


CONFIGURATION = Configuration(
    registry=_hurried(load_registry()),
    dimensions=("channel", "team"),
    dimension_cap=2,
    lateness_ms=180_000,
    late_part_shift=2,
    duplicate_memory=6,
    subject_horizon_ms=1_200_000,
    subject_horizon_events=8,
    subject_event_cap=6,
    subject_cap=2,
    erasure_memory=2,
    max_event_bytes=2_000,
)
"""Bounds so small that a short history runs into each of them."""


def limits_of(configuration: Configuration) -> Limits:
    """The settings in the words of the oracle."""
    return Limits(
        duplicate_memory=configuration.duplicate_memory,
        horizon_ms=configuration.subject_horizon_ms,
        horizon_events=configuration.subject_horizon_events,
        subject_events=configuration.subject_event_cap,
        subjects=configuration.subject_cap,
        erasures=configuration.erasure_memory,
        dimensions=configuration.dimensions,
        values=configuration.dimension_cap,
        lateness_ms=configuration.lateness_ms,
        late_part_offsets=2**configuration.late_part_shift,
        version=configuration.registry.metrics["nps"].version,
    )


LIMITS = limits_of(CONFIGURATION)


class Record(NamedTuple):
    """A Kafka record as far as we look at it."""

    offset: int
    timestamp: int
    value: bytes | None
    key: bytes | None = b"customer"
    headers: tuple[tuple[str, bytes], ...] = ()


_seconds = st.one_of(
    st.integers(0, 900),
    st.sampled_from([0, 60, 60, 120, 300, 301, 600, 601, 1800, 5400, 9000]),
    st.integers(-400 * 86_400, 0),
    st.just(-50 * 365 * 86_400),
)
_dimensions = st.fixed_dictionaries(
    {}, optional={"channel": st.sampled_from(["chat", "shop", "post"]), "team": st.sampled_from(["a", "b", ""])}
)
_HANDLING = ("assigned", "escalated", "assessed", "confirmed")
_case = st.fixed_dictionaries(
    {
        "family": st.just("case"),
        "kind": st.sampled_from(
            ["opened", "message", "message", "message", *_HANDLING, "resolved", "reopened", "closed"],
        ),
        "subject": st.sampled_from(["case-1", "case-2", "case-3", "case-4"]),
        "author": st.sampled_from(["customer", "customer", "agent", "agent", "bot"]),
        "public": st.sampled_from([True, True, True, False]),
    }
)
_QUESTIONNAIRE = ("suppressed", "delivered", "bounced", "started", "declined", "broken_off")
_survey = st.fixed_dictionaries(
    {
        "family": st.just("survey"),
        "kind": st.sampled_from(["invited", "invited", *["answered"] * 4, "withdrawn", *_QUESTIONNAIRE]),
        "subject": st.sampled_from(["response-1", "response-2", "response-3"]),
        "metric": st.sampled_from(["nps", "csat"]),
        "scale": st.none(),
        "score": st.integers(-1, 5).filter(bool),
        "expectation": st.none() | st.sampled_from([-1, 1, 3, 3, 4, 5]),
        "revision": st.integers(0, 2),
        "question": st.sampled_from(["", "", "price"]),
    }
)
_measured = st.fixed_dictionaries(
    {
        "family": st.just("measured"),
        "kind": st.just("measured"),
        "subject": st.sampled_from(["parcel-1", "parcel-2"]),
        "measure": st.sampled_from(["delivery", "approval", "repair"]),
        "duration_ms": st.sampled_from([0, 1, 299_999, 300_000, 300_001, 10**9]),
    }
)
_LASTING = ("joined", "left", "completed", "reworked")
_deadline = st.fixed_dictionaries(
    {
        "family": st.just("deadline"),
        "kind": st.sampled_from(
            [
                "started",
                "started",
                "started",
                "served",
                "served",
                "abandoned",
                "made",
                "kept",
                "due",
                "done",
                *_LASTING,
            ],
        ),
        "subject": st.sampled_from(["call-1", "call-2", "call-2"]),
    }
)
_erased = st.fixed_dictionaries(
    {
        "family": st.just("erased"),
        "kind": st.just("erased"),
        "subject": st.just("somebody"),
        "customer": st.sampled_from(["ann", "ben", "cay"]),
    }
)
_calendar = st.fixed_dictionaries(
    {
        "family": st.just("calendar"),
        "kind": st.just("published"),
        "subject": st.sampled_from(["day", "night"]),
        "customer": st.none(),
        "effective_from": st.sampled_from([None, None, START_MS - 3_600_000, START_MS + 120_000, START_MS + 600_000]),
        "week": st.sampled_from(
            [
                {"sunday": ["09:00-09:03", "09:04-23:00"], "monday": ["00:00-12:00"]},
                {"sunday": ["08:00-09:02"], "monday": ["09:00-23:59"]},
                {"saturday": ["21:00-09:01"], "wednesday": ["10:00-10:01", "10:30-12:00"]},
            ]
        ),
    }
)
_policy = st.fixed_dictionaries(
    {
        "family": st.just("sla_policy"),
        "kind": st.just("published"),
        "subject": st.sampled_from(["gold", "basic"]),
        "customer": st.none(),
        "effective_from": st.sampled_from([None, None, START_MS - 3_600_000, START_MS + 120_000, START_MS + 600_000]),
        "terms": st.sampled_from(
            [
                {"first_response": 120_000, "next_reply": 60_000, "resolution": 600_000, "business": False},
                {"first_response": 300_000, "resolution": 300_000, "business": False},
                {"first_response": 60_000, "next_reply": 180_000, "resolution": 240_000, "business": True},
            ]
        ),
    }
)
_target = st.fixed_dictionaries(
    {
        "family": st.just("target"),
        "kind": st.just("published"),
        "subject": st.sampled_from(["nps", "speed"]),
        "customer": st.none(),
        "unit": st.sampled_from(["points", "points", "share"]),
        "version": st.sampled_from([1, 1, 2]),
    }
).flatmap(
    lambda event: st.sampled_from([("-20", "30.5"), ("0", None), (None, "-0.0001"), (None, "40")]).map(
        lambda sides: event | dict(zip(("floor", "goal"), sides, strict=True))
    )
)
"""Numbers as texts: what they are kept as is for the oracle to say."""
_initiative = st.fixed_dictionaries(
    {
        "family": st.just("initiative"),
        "kind": st.sampled_from(["started", "started", "ended"]),
        "subject": st.sampled_from(["chatbot", "training"]),
        "customer": st.none(),
        "kpi": st.sampled_from(["nps", "speed"]),
        "expected": st.sampled_from([None, "-1", "0", "5.25"]),
    }
)
_named_calendar = st.sampled_from([None, None, None, "day", "night", "unpublished"])
_named_policy = st.sampled_from([None, None, None, "gold", "gold", "basic", "unpublished"])
_customer = st.sampled_from([None, None, None, None, "ann", "ann", "ben", "cay"])
_allowed_seconds = st.sampled_from([-1, 0, 1, 20, 60, 300, 900, 86_400, -70 * 365 * 86_400, 200 * 365 * 86_400])
"""From a promise to when it is due."""
_complaint = st.sampled_from([None, *CONTACT_TARGETS])
"""Severity of a complaint; None is a case that is none."""
_families: dict[str, st.SearchStrategy[Event]] = {
    "case": _case,
    "survey": _survey,
    "measured": _measured,
    "deadline": _deadline,
    "erased": _erased,
    "calendar": _calendar,
    "sla_policy": _policy,
    "target": _target,
    "initiative": _initiative,
}
_any_family: st.SearchStrategy[Event] = st.one_of(
    _case,
    _case,
    _case,
    _case,
    _survey,
    _survey,
    _survey,
    _measured,
    _deadline,
    _deadline,
    _deadline,
    _erased,
    _calendar,
    _policy,
    _target,
    _initiative,
)
_ODD_ANSWERS: list[Event] = [
    {"score": 11},
    {"score": -2},
    {"expectation": 11},
    {"expectation": -2},
    {"metric": "mood"},
    {"scale": "csat3"},
    {"scale": "ces7"},
]
_BAD: list[Event] = [
    {"kind": "empty", "value": None},
    {"kind": "empty", "value": b""},
    {"kind": "too_large", "value": b"{" + b" " * 3_000},
    {"kind": "not_utf8", "value": b'{"id": "\xff"}'},
    {"kind": "not_json", "value": b'{"specversion": "1.0", '},
    {"kind": "invalid_event", "value": b"[]"},
    {"kind": "invalid_event", "value": b"{}"},
    {"kind": "naive_time", "change": {"time": "2026-03-01T09:00:00"}},
    {"kind": "time_out_of_range", "change": {"time": "1969-12-31T23:59:59Z"}},
    {"kind": "time_out_of_range", "change": {"time": "2106-01-01T00:00:00Z"}},
    {"kind": "wrong_specversion", "change": {"specversion": "2.0"}},
    {"kind": "unknown_type", "change": {"type": "cx.case.opened.v2"}},
    {"kind": "invalid_event", "change": {"subject": ""}},
    {"kind": "invalid_event", "change": {"id": 7}},
]
SUBJECTS = (
    "case-1",
    "case-2",
    "case-3",
    "case-4",
    "response-1",
    "response-2",
    "response-3",
    "parcel-1",
    "parcel-2",
    "call-1",
    "call-2",
)


@st.composite
def events(draw: st.DrawFn, number: int, family: str | None = None) -> Event:
    """One record as a dictionary; ``number`` makes the id of most events unique."""
    event: Event = draw(_families[family] if family else _any_family)
    event |= {
        "id": f"e{draw(st.integers(0, 9))}" + draw(st.sampled_from([f"-{number}", f"-{number}", f"-{number}", ""])),
        "source": draw(st.sampled_from(["/desk", "/shop"])),
        "time": START_MS + 1000 * draw(_seconds),
        "dimensions": draw(_dimensions),
        "stamp": KAFKA_TIME,
    }
    event.setdefault("customer", draw(_customer))
    if event["kind"] == "invited":
        event["customer"] = draw(st.sampled_from([None, "ann", "ann", "ann", "ben", "cay"]))
    if event["kind"] == "opened" and draw(st.booleans()):
        event["customer"] = "ann"
    oddity = draw(st.integers(0, 19))
    if oddity == 0:
        return event | draw(st.sampled_from(_BAD)) | {"family": "bad"}
    if oddity == 1:
        event["stamp"] = draw(st.sampled_from([-1, event["time"] - 300_000, event["time"] - 300_001]))
    if event["kind"] in ("made", "due"):
        event["due_at"] = event["time"] + 1000 * draw(_allowed_seconds)
    if event["family"] == "case":
        event |= {"calendar": draw(_named_calendar), "sla_policy": draw(_named_policy)}
    if event["kind"] == "opened":
        event |= {
            "complaint": draw(_complaint),
            "reason": draw(st.sampled_from([None, "bill", "bill", "bill", "visit"])),
        }
    if event["kind"] == "escalated":
        event["level"] = draw(st.integers(1, 3))
    if event["kind"] == "assessed":
        event["valid"] = draw(st.booleans())
    if event["kind"] == "answered":
        event |= draw(st.sampled_from(_ODD_ANSWERS)) if oddity in (2, 3) else {}
        event["scale"] = event["scale"] or {"nps": "nps", "csat": "csat5"}.get(event["metric"])
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
def published(draw: st.DrawFn) -> list[Event]:
    """Some versions of calendars and agreements, of which cases that begin later know."""
    found = draw(st.lists(_calendar, max_size=3)) + draw(st.lists(_policy, max_size=3))
    stamped: Event = {"source": "/desk", "time": START_MS, "dimensions": {}, "stamp": KAFKA_TIME}
    return [event | stamped | {"id": f"reference-{number}"} for number, event in enumerate(found)]


@st.composite
def waits(draw: st.DrawFn) -> list[Event]:
    """Histories of one opened case in which answers come in and out of time while event time moves on."""
    log = draw(published())
    for number in range(draw(st.integers(2, 8))):
        family = draw(st.sampled_from([_case, _case, _measured]))
        kind = draw(
            st.sampled_from(["opened", *["message"] * 4, *_HANDLING, "resolved", "resolved", "reopened", "closed"])
        )
        event = draw(family) | {"id": f"e{number}", "source": "/desk", "dimensions": draw(_dimensions)}
        minutes = draw(st.sampled_from([0, 1, 2, 5, 6, 7, 10, 11, 20]))
        event |= {"time": START_MS + 60_000 * minutes, "stamp": KAFKA_TIME}
        if event["family"] == "case":
            event |= {"kind": kind if number else "opened", "subject": "case-1"}
            event |= {"complaint": draw(_complaint), "level": draw(st.integers(1, 3)), "valid": draw(st.booleans())}
            event |= {"calendar": draw(_named_calendar), "sla_policy": draw(_named_policy), "reason": None}
            if not number:  # most cases begin under an agreement: what is promised then is judged most often
                event |= {
                    "time": START_MS,
                    "sla_policy": draw(st.sampled_from([None, "gold", "gold", "gold", "basic"])),
                }
        log.append(event if event["kind"] == "message" else _silent(event))
    return log


@st.composite
def rounds(draw: st.DrawFn) -> list[Event]:
    """Histories of one deadline that is met and given up in and out of time while event time moves on."""
    what = draw(
        st.sampled_from(
            [
                ["started", "served", "abandoned"],
                ["made", "kept"],
                ["due", "done"],
                ["joined", "left"],
                ["completed", "reworked"],
            ]
        )
    )
    log = []
    for number in range(draw(st.integers(2, 8))):
        family: st.SearchStrategy[Event] = draw(st.sampled_from([_deadline, _deadline, _measured]))
        event = draw(family)
        event |= {"id": f"e{number}", "source": "/desk", "dimensions": draw(_dimensions), "stamp": KAFKA_TIME}
        event["time"] = START_MS + 1000 * draw(st.sampled_from([0, 1, 4, 5, 6, 19, 20, 21, 25, 26, 60, 61, 400]))
        if event["family"] == "deadline":
            event |= {"kind": draw(st.sampled_from(what)) if number else what[0], "subject": "call-1"}
            if event["kind"] in ("made", "due"):
                event["due_at"] = START_MS + 1000 * draw(st.sampled_from([0, 4, 5, 20, 25, 60]))
        log.append(event)
    return log


_FIELDS = {
    "message": ("author", "public"),
    "escalated": ("level",),
    "assessed": ("valid",),
    "measured": ("measure", "duration_ms"),
    "invited": ("metric",),
    "answered": ("metric", "score", "revision"),
    "withdrawn": ("revision",),
}
_TYPES = {
    "case": "cx.case",
    "survey": "cx.survey",
    "measured": "cx.touchpoint",
    "erased": "cx.customer",
    "calendar": "cx.reference.calendar",
    "sla_policy": "cx.reference.sla_policy",
    "target": "cx.reference.target",
    "initiative": "cx.reference.initiative",
}


def encode(event: Event) -> bytes | None:
    """The event as a producer would publish it."""
    if event["family"] == "bad":
        return event["value"] if "value" in event else _document(_GOOD | event["change"])
    data = {name: event[name] for name in _FIELDS.get(event["kind"], ())}
    if event["kind"] == "answered":
        data |= {name: event[name] for name in ("question", "scale", "expectation") if event[name]}
    if event["kind"] == "opened" and event["reason"]:
        data["reason"] = event["reason"]
    if event["kind"] == "opened" and event["complaint"]:
        data |= {"kind": "complaint", "severity": event["complaint"]}
    if event.get("customer"):
        data["customer"] = event["customer"]
    data |= {name: event[name] for name in ("calendar", "sla_policy") if event.get(name)}
    if event["family"] == "sla_policy":
        data |= {name: f"{ms // 1_000}s" for name, ms in event["terms"].items() if name != "business"}
        data["business"] = event["terms"]["business"]
        data |= {"effective_from": _iso(event["effective_from"])} if event["effective_from"] else {}
    if event["family"] == "calendar":
        data |= {"zone": "UTC", "week": event["week"]}
        data |= {"effective_from": _iso(event["effective_from"])} if event["effective_from"] else {}
    if event["family"] == "target":
        data |= {"unit": event["unit"], "version": event["version"]}
        data |= {side: float(event[side]) for side in ("floor", "goal") if event[side]}
    if event["family"] == "initiative" and event["kind"] == "started":
        data |= {"kpi": event["kpi"]} | ({"expected": float(event["expected"])} if event["expected"] else {})
    if "due_at" in event:
        data["due_at"] = _iso(event["due_at"])
    family = f"cx.{WHAT[event['kind']]}" if event["family"] == "deadline" else _TYPES[event["family"]]
    return _document(
        {
            "specversion": "1.0",
            "id": event["id"],
            "source": event["source"],
            "type": f"{family}.{event['kind']}.v1",
            "time": _iso(event["time"]),
            "subject": event["subject"],
            "data": data | event["dimensions"],
        }
    )


def _iso(ms: int) -> str:
    return (START + timedelta(milliseconds=ms - START_MS)).isoformat()


_GOOD = {
    "specversion": "1.0",
    "id": "bad",
    "source": "/desk",
    "type": "cx.case.opened.v1",
    "time": START.isoformat(),
    "subject": "case-1",
    "data": {},
}


def _document(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields).encode()


def records(log: list[Event]) -> list[Record]:
    """The log as Kafka records with offsets from 0."""
    return [Record(offset, event["stamp"], encode(event)) for offset, event in enumerate(log)]
