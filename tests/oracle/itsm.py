"""Incidents of an IT service desk: the events their rows stand for, sorted per incident and walked through."""

import csv
import gzip
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from tests.oracle.expected import Fact, instant, milliseconds

FILE = "itsm_incident_events_opened_before_2016-04-15.csv.gz"
FIRST_RESPONSE_TARGET = timedelta(minutes=5)
DUPLICATE_MEMORY = 200_000
"""Accepted events among which a repeated id is known; all must fit, so that partitions make no difference."""

RANK = {"opened": 0, "reopened": 1, "assigned": 2, "escalated": 3, "message": 4, "resolved": 5, "closed": 6}
COLUMNS = {
    "priority": "priority",
    "team": "assignment_group",
    "reason": "category",
    "region": "location",
    "channel": "contact_type",
}


class Happening(NamedTuple):
    """One event of an incident."""

    id: str
    kind: str
    time: datetime
    segment: dict[str, str]
    author: str = ""


def facts(directory: Path) -> list[Fact]:
    """Every fact of the file."""
    incidents: dict[str, list[Happening]] = {}
    seen: set[str] = set()
    last = instant("1970-01-01", "UTC")
    with gzip.open(directory / FILE, "rt", encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            for happening in _happenings(row):
                if happening.id not in seen:
                    seen.add(happening.id)
                    incidents.setdefault(row["number"], []).append(happening)
                    last = max(last, happening.time)
    assert len(seen) < DUPLICATE_MEMORY
    return [fact for happenings in incidents.values() for fact in walk(happenings, last)]


def _happenings(row: dict[str, str]) -> Iterator[Happening]:
    number, state, reopened = row["number"], row["incident_state"], row["reopen_count"].zfill(3)
    line = row["source_row"].zfill(6)
    opened_at, updated_at = instant(row["opened_at"], "UTC"), instant(row["sys_updated_at"], "UTC")
    segment = {name: row[column] for name, column in COLUMNS.items() if row[column] not in ("", "?")}
    yield Happening(f"{number}-opened", "opened", opened_at, segment)
    yield Happening(f"{number}-asked", "message", opened_at, segment, "customer")
    if state == "New" and "team" in segment:
        yield Happening(f"{number}-assigned-{line}", "assigned", updated_at, segment)
    if row["reopen_count"] != "0":
        yield Happening(f"{number}-reopened-{reopened}", "reopened", updated_at, segment)
    if state != "New":
        yield Happening(f"{number}-worked-{line}", "message", updated_at, segment, "agent")
    if state == "Resolved":
        yield Happening(f"{number}-resolved-{reopened}", "resolved", updated_at, segment)
    if state == "Closed":
        yield Happening(f"{number}-closed-{reopened}", "closed", updated_at, segment)


class Turn(NamedTuple):
    """A customer who waits for an answer."""

    asked: datetime
    first: bool
    """Whether it is the first of its cycle."""


def walk(happenings: Iterable[Happening], last: datetime) -> Iterator[Fact]:
    """The facts of one case, given the largest event time of its partition.

    Sorted by time, then lifecycle, then id; each event's segment is what it names itself over what was named before.
    """
    ordered = sorted(happenings, key=lambda event: (event.time, RANK[event.kind], event.id))
    carried = _carry(ordered)
    opening = next((event for event in carried if event.kind == "opened"), None)
    if opening is None:
        yield from (Fact("orphans", event.time, event.segment) for event in carried)
        return
    yield from (Fact("contradictions", event.time, event.segment) for event in carried if event.time < opening.time)
    story = [event for event in carried if event.time >= opening.time]
    began, running, asked_before, waited = opening.time, True, False, 0
    turn: Turn | None = None
    yield Fact("cases_opened", opening.time, opening.segment)
    for event in story:
        match event.kind, event.author:
            case "reopened", _ if running:
                yield Fact("contradictions", event.time, event.segment)
            case "reopened", _:
                yield Fact("cases_reopened", event.time, event.segment)
                began, running, asked_before, waited, turn = event.time, True, False, 0, None
            case "message", "customer" if running and turn is None:
                turn = Turn(event.time, first=not asked_before)
                asked_before = True
            case "message", "agent" if turn is not None:
                reply = milliseconds(turn.asked, event.time)
                waited += reply
                yield Fact("next_reply", event.time, event.segment, reply)
                if turn.first:
                    yield Fact("first_response", event.time, event.segment, reply)
                    if event.time - turn.asked <= FIRST_RESPONSE_TARGET:
                        yield Fact("first_response_attainment", turn.asked, event.segment, 1)
                    else:
                        yield from _missed(turn, event.time, story)
                turn = None
            case ("resolved" | "closed") as ending, _ if running:
                if ending == "resolved":
                    yield Fact("cases_resolved", event.time, event.segment)
                    yield Fact("resolution", event.time, event.segment, milliseconds(began, event.time))
                    if asked_before:
                        unanswered = milliseconds(turn.asked, event.time) if turn else 0
                        yield Fact("requester_wait", event.time, event.segment, waited + unanswered)
                if turn:
                    yield from _missed(turn, event.time, story)
                running, turn = False, None
    if turn:
        yield from _missed(turn, last, story)


def _missed(turn: Turn, until: datetime, story: list[Happening]) -> Iterator[Fact]:
    """A first question that stayed unanswered ``until`` a moment past its target."""
    deadline = turn.asked + FIRST_RESPONSE_TARGET
    if turn.first and until > deadline:
        segment = [event.segment for event in story if event.time <= deadline][-1]
        yield Fact("first_response_attainment", turn.asked, segment, 0)


def _carry(ordered: list[Happening]) -> list[Happening]:
    carried: list[Happening] = []
    known: dict[str, str] = {}
    for event in ordered:
        known = known | event.segment
        carried.append(event._replace(segment=known))
    return carried
