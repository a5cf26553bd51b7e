"""What one partition's log must give, by brute force over the full list of its events.

Written independently of ``streams``: plain dictionaries, the whole history at hand, no state machine. It reads the
rules from the design and from domain.md, not from the code under test. Input: events as dictionaries, in log order,
all of them well-formed; the output is the content of every logical cell.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

Event = dict[str, Any]
Pairs = tuple[tuple[str, str], ...]
"""A segment: sorted (dimension, value) pairs."""
CellKey = tuple[str, str, int, Pairs]
"""Metric, definition, minute, segment."""

LIFECYCLE = ["opened", "reopened", "assigned", "escalated", "message", "resolved", "closed"]
SCALE_DEFAULTS = {"nps": "nps", "csat": "csat5"}
TARGETS = {
    "first_response": [60_000, 300_000, 900_000, 3_600_000, 14_400_000, 86_400_000],
    "next_reply": [60_000, 300_000, 900_000, 3_600_000, 14_400_000, 86_400_000],
    "resolution": [3_600_000, 14_400_000, 86_400_000, 259_200_000, 604_800_000],
    "measured": [300_000, 3_600_000, 86_400_000, 604_800_000],
}
FIRST_RESPONSE_TARGET = 300_000


@dataclass
class Limits:
    """The bounds of the partition under test."""

    duplicate_memory: int = 200_000
    horizon_ms: int = 30 * 86_400_000
    horizon_events: int = 200_000


@dataclass
class Subject:
    """One case or response from its first event until it is forgotten."""

    events: list[Event] = field(default_factory=list)
    sequence: int = 0


Fact = tuple[str, str, int, Pairs, int]
"""Metric, definition, time in ms, segment, value."""

Cells = dict[CellKey, tuple[int, int, list[int], dict[int, int]]]


def facts(log: list[Event], limits: Limits) -> tuple[list[Fact], dict[str, int]]:
    """All facts of the log, and how many events were accepted, duplicates and conflicts."""
    accepted: list[Event] = []
    counts = {"accepted": 0, "duplicates": 0, "conflicts": 0}
    lives: dict[str, list[Subject]] = defaultdict(list)
    watermark = 0
    for event in log:
        remembered = accepted[-limits.duplicate_memory :]
        if any((event["source"], event["id"]) == (each["source"], each["id"]) for each in remembered):
            counts["duplicates"] += 1
            continue
        life = None
        if event["family"] in ("case", "survey"):
            key = event["family"] + event["subject"]
            if lives[key] and not _forgotten(lives[key][-1], len(accepted), watermark, limits):
                life = lives[key][-1]
        if life is not None and (verdict := _known(life, event)):
            counts[verdict] += 1
            continue
        if event["family"] in ("case", "survey"):
            if life is None:
                life = Subject()
                lives[key].append(life)
            life.events.append(event)
            life.sequence = len(accepted)
        accepted.append(event)
        watermark = max(watermark, event["time"])
    counts["accepted"] = len(accepted)
    result: list[Fact] = []
    for key, subjects in lives.items():
        for subject in subjects:
            result += _case(subject.events, watermark) if key.startswith("case") else _response(subject.events)
    for event in accepted:
        if event["family"] == "measured":
            metric = f"measured.{event['measure']}"
            result.append((metric, "duration.v1", event["time"], _segment(event), event["duration_ms"]))
    return result, counts


def cells(booked: list[Fact]) -> Cells:
    """(metric, definition, minute, segment) -> (n, total, sorted values, within) of every cell that holds anything."""
    values: dict[CellKey, list[int]] = defaultdict(list)
    for metric, definition, time, segment, value in booked:
        values[metric, definition, time // 60_000, segment].append(value)
    result: Cells = {}
    for key, found in values.items():
        targets = TARGETS.get("measured" if key[0].startswith("measured") else key[0], [])
        within = {target: sum(value <= target for value in found) for target in targets}
        scored = [value for value in found if value != -1] if key[0] in SCALE_DEFAULTS else found
        result[key] = (len(scored), sum(scored), sorted(found), {t: c for t, c in within.items() if c})
    return result


def _forgotten(subject: Subject, accepted: int, watermark: int, limits: Limits) -> bool:
    last = max(event["time"] for event in subject.events)
    return accepted - subject.sequence > limits.horizon_events and watermark > last + limits.horizon_ms


def _known(life: Subject, event: Event) -> str | None:
    """``duplicates`` or ``conflicts`` when the response knows this revision already."""
    for each in life.events:
        if each["kind"] != event["kind"]:
            continue
        if event["kind"] == "withdrawn" and each["revision"] == event["revision"]:
            return "duplicates"
        if event["kind"] == "answered":
            same = all(each[name] == event[name] for name in ("metric", "question", "revision"))
            if same:
                equal = (each["score"], each["scale"]) == (event["score"], event["scale"])
                return "duplicates" if equal else "conflicts"
    return None


def _segment(*events: Event) -> Pairs:
    """The dimensions of the events laid over each other, the last one on top."""
    merged: dict[str, str] = {}
    for event in events:
        merged |= {name: value for name, value in event["dimensions"].items() if value}
    return tuple(sorted(merged.items()))


def _response(events: list[Event]) -> list[Fact]:
    result: list[Fact] = []
    invited = [event for event in events if event["kind"] == "invited"]
    first_invited = [min(invited, key=lambda e: (e["time"], e["id"]))] if invited else []
    withdrawn = max((event["revision"] for event in events if event["kind"] == "withdrawn"), default=-1)
    answers = [event for event in events if event["kind"] == "answered"]
    counts = False
    for metric, question in {(event["metric"], event["question"]) for event in answers}:
        chain = [event for event in answers if (event["metric"], event["question"]) == (metric, question)]
        newest = max(chain, key=lambda event: event["revision"])
        oldest = min(chain, key=lambda event: event["revision"])
        if newest["revision"] > withdrawn:
            counts = True
            segment = _segment(*first_invited, newest)
            result.append((metric, f"{newest['scale']}.v1", oldest["time"], segment, newest["score"]))
            if first_invited and oldest["time"] < first_invited[0]["time"]:
                result.append(("contradictions", "count.v1", oldest["time"], segment, 0))
    rates: list[Fact] = [
        ("response_rate", "ratio.v1", event["time"], _segment(event), int(counts)) for event in first_invited
    ]
    orphans: list[Fact] = [
        ("orphans", "count.v1", event["time"], _segment(event), 0)
        for event in events
        if event["kind"] == "withdrawn" and not answers
    ]
    return result + rates + orphans


def _case(events: list[Event], watermark: int) -> list[Fact]:
    ordered = sorted(events, key=lambda e: (e["time"], LIFECYCLE.index(e["kind"]), e["id"]))
    openings = [index for index, event in enumerate(ordered) if event["kind"] == "opened"]
    start = openings[0] if openings else len(ordered)
    odd = "contradictions" if openings else "orphans"
    result: list[Fact] = [
        (odd, "count.v1", event["time"], _segment(*ordered[: index + 1]), 0)
        for index, event in enumerate(ordered[:start])
    ]
    # Cut the rest into cycles: lists of (index, event) that begin with opened or a valid reopened.
    cycles: list[list[tuple[int, Event]]] = []
    over = True
    for index, event in list(enumerate(ordered))[start:]:
        here = _segment(*ordered[: index + 1])
        if event["kind"] == "opened":
            if not cycles:
                cycles.append([])
                over = False
                result.append(("cases_opened", "count.v1", event["time"], here, 0))
            else:
                result.append(("contradictions", "count.v1", event["time"], here, 0))
        elif event["kind"] == "reopened":
            if over:
                cycles.append([])
                over = False
                result.append(("cases_reopened", "count.v1", event["time"], here, 0))
            else:
                result.append(("contradictions", "count.v1", event["time"], here, 0))
        elif event["kind"] == "resolved" and not over:
            over = True
            result.append(("cases_resolved", "count.v1", event["time"], here, 0))
            result.append(("resolution", "duration.v1", event["time"], here, event["time"] - cycles[-1][0][1]["time"]))
        elif event["kind"] == "closed" and not over:
            over = True
            cycles[-1].append((index, event))
            continue
        elif over:
            continue
        cycles[-1].append((index, event))
    for cycle in cycles:
        result += _replies(cycle, ordered, watermark)
    return result


def _replies(cycle: list[tuple[int, Event]], ordered: list[Event], watermark: int) -> list[Fact]:
    result: list[Fact] = []
    asked = [(i, e) for i, e in cycle if e.get("author") == "customer" and e.get("public", True)]
    replied = [(i, e) for i, e in cycle if e.get("author") == "agent" and e.get("public", True)]
    waiting_from: tuple[int, Event] | None = None
    first_reply = None
    for index, event in sorted(asked + replied, key=lambda pair: pair[0]):
        if event["author"] == "customer":
            waiting_from = waiting_from or (index, event)
        elif waiting_from is not None:
            here = _segment(*ordered[: index + 1])
            result.append(("next_reply", "duration.v1", event["time"], here, event["time"] - waiting_from[1]["time"]))
            if first_reply is None:
                first_reply = event
                question = asked[0][1]
                result.append(("first_response", "duration.v1", event["time"], here, event["time"] - question["time"]))
                if event["time"] <= question["time"] + FIRST_RESPONSE_TARGET:
                    result.append(("first_response_attainment", "ratio.v1", question["time"], here, 1))
            waiting_from = None
    if asked:
        question = asked[0][1]
        target = question["time"] + FIRST_RESPONSE_TARGET
        answered = first_reply is not None and first_reply["time"] <= target
        ended = [e["time"] for _, e in cycle if e["kind"] in ("resolved", "closed")]
        ended_in_time = bool(ended) and ended[0] <= target
        if not answered and not ended_in_time and watermark > target:
            in_force = [event for event in ordered if event["time"] <= target]
            result.append(("first_response_attainment", "ratio.v1", question["time"], _segment(*in_force), 0))
    return result
