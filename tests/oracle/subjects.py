"""What one case, response or measured duration means, by brute force over all its events."""

from itertools import pairwise
from typing import Any

Event = dict[str, Any]
Pairs = tuple[tuple[str, str], ...]
"""A segment: sorted (dimension, value) pairs."""
Fact = tuple[str, str, int, Pairs, int]
"""Metric, definition, time in ms, segment, value."""

LIFECYCLE = ["opened", "reopened", "assigned", "escalated", "assessed", "message", "resolved", "confirmed", "closed"]
DIMENSIONS = ("channel", "team")
FIRST_RESPONSE_TARGET = 300_000
REPEAT_TARGET = 300_000
SURVEY_CAP, SURVEY_CAP_SPAN = 2, 300_000
"""Invitations of one customer, and the ms within which so many are allowed: short, as `tests.property.histories` has
it."""


def segment_of(*events: Event) -> Pairs:
    """The dimensions of the events laid over each other, the last one on top."""
    merged: dict[str, str] = {}
    for event in events:
        merged |= {name: value for name, value in event["dimensions"].items() if value}
    return tuple(sorted(merged.items()))


def _role(event: Event) -> int:
    """Order of what has one kind and one id, from two sources: of messages the customer's, the agent's, then what
    answers nobody; of openings and escalations the lesser one."""
    if event["kind"] == "opened":
        return [None, "general", "important", "crisis"].index(event.get("complaint"))
    if event["kind"] == "escalated":
        return int(event["level"] > 1)
    if event["kind"] == "assessed":
        return int(event["valid"])
    if event["kind"] != "message":
        return 0
    return 2 if event["author"] == "bot" or not event["public"] else ["customer", "agent"].index(event["author"])


def named(event: Event) -> tuple[str, ...]:
    """The values that the event itself names."""
    return tuple(event["dimensions"].get(name) or "" for name in DIMENSIONS)


def expected(answer: Event) -> int:
    """The code that was expected; -1, as "not applicable", where the answer does not say."""
    code: int | None = answer.get("expectation")
    return -1 if code is None else code


def measured_facts(events: list[Event], version: int) -> list[Fact]:
    """A duration that somebody else measured."""
    return [
        (f"measured.{event['measure']}", f"duration.v{version}", event["time"], segment_of(event), event["duration_ms"])
        for event in events
    ]


def response_facts(events: list[Event], version: int) -> list[Fact]:
    """All facts of one response."""
    result: list[Fact] = []
    invited = [event for event in events if event["kind"] == "invited"]
    first_invited = [min(invited, key=lambda e: (e["time"], e["id"], named(e)))] if invited else []
    withdrawn = max((event["revision"] for event in events if event["kind"] == "withdrawn"), default=-1)
    answers = [event for event in events if event["kind"] == "answered"]
    counts = False
    for metric, question in {(event["metric"], event["question"]) for event in answers}:
        chain = [event for event in answers if (event["metric"], event["question"]) == (metric, question)]
        newest = max(chain, key=lambda event: event["revision"])
        oldest = min(chain, key=lambda event: event["revision"])
        if newest["revision"] > withdrawn:
            counts = True
            segment = segment_of(*first_invited, newest)
            result.append((metric, f"{newest['scale']}.v{version}", oldest["time"], segment, newest["score"]))
            if expected(newest) != -1 and newest["score"] != -1:
                definition = f"gap.v{version}.{metric}.{newest['scale']}.v{version}"
                pair = 100 * expected(newest) + newest["score"]
                result.append(("expectation_gap", definition, oldest["time"], segment, pair))
            if first_invited and oldest["time"] < first_invited[0]["time"]:
                result.append(("contradictions", f"count.v{version}", oldest["time"], segment, 0))
    kinds = {event["kind"] for event in events}
    unreached = "bounced" in kinds and "delivered" not in kinds and not counts
    rates: list[Fact] = [
        ("response_rate", f"ratio.v{version}", event["time"], segment_of(event), int(counts))
        for event in first_invited
        if not unreached
    ]
    result += _way(events, first_invited, _last_answer(answers, withdrawn) if counts else None, version)
    orphans: list[Fact] = [
        ("orphans", f"count.v{version}", event["time"], segment_of(event), 0)
        for event in events
        if event["kind"] == "withdrawn" and not answers
    ]
    return result + rates + orphans


def _last_answer(answers: list[Event], withdrawn: int) -> int:
    """When the last of the questions whose answers count was first answered."""
    questions = {(event["metric"], event["question"]) for event in answers if event["revision"] > withdrawn}
    chains = [[event for event in answers if (event["metric"], event["question"]) == key] for key in questions]
    times: list[int] = [min(chain, key=lambda event: event["revision"])["time"] for chain in chains]
    return max(times)


def _way(events: list[Event], invited: list[Event], answered: int | None, version: int) -> list[Fact]:
    """What became of a questionnaire before it was answered."""
    result: list[Fact] = []

    def first(kind: str) -> list[Event]:
        return sorted((e for e in events if e["kind"] == kind), key=lambda e: (e["time"], e["id"], named(e)))[:1]

    for kind in ("suppressed", "declined"):
        result += [
            (f"surveys_{kind}", f"count.v{version}", event["time"], segment_of(*invited, event), 0)
            for event in first(kind)
        ]
    for event in (first("delivered") or first("bounced")) if invited else []:
        reached = int(event["kind"] == "delivered")
        segment = segment_of(*invited, event)
        result.append(("delivery_rate", f"ratio.v{version}", invited[0]["time"], segment, reached))
    if not invited:
        result += [
            ("orphans", f"count.v{version}", event["time"], segment_of(event), 0)
            for event in events
            if event["kind"] in ("delivered", "bounced")
        ]
    left = sorted((e for e in events if e["kind"] == "broken_off"), key=lambda e: (e["time"], e["id"], named(e)))[-1:]
    for event in left:
        if answered is not None and answered <= event["time"]:
            partial = ("surveys_partial", f"count.v{version}", event["time"], segment_of(*invited, event), 0)
            result.append(partial)
            answered = None
    for event in first("started"):
        segment, begun = segment_of(*invited, event), event["time"]
        result.append(("completion_rate", f"ratio.v{version}", begun, segment, int(answered is not None)))
        if answered is not None and answered < begun:
            result.append(("contradictions", f"count.v{version}", answered, segment, 0))
        elif answered is not None:
            result.append(("completion_time", f"duration.v{version}", answered, segment, answered - begun))
    return result


def customer_facts(events: list[Event], version: int) -> list[Fact]:
    """Which invitations of one customer are more than may be sent within a time, and which cases come back."""
    ordered = sorted(
        (event for event in events if event["kind"] == "invited"), key=lambda e: (e["time"], e["id"], named(e))
    )
    result: list[Fact] = []
    opened = [event for event in events if event["kind"] == "opened"]
    opened.sort(key=lambda e: (e["time"], e["id"], named(e), e["case"], e["reason"]))
    firsts = [event for n, event in enumerate(opened) if event["case"] not in [each["case"] for each in opened[:n]]]
    for index, event in enumerate(firsts):
        later = [each for each in firsts[index + 1 :] if each["reason"] == event["reason"]]
        again = any(each["time"] - event["time"] <= REPEAT_TARGET for each in later)
        result.append(("repeat_contact_rate", f"ratio.v{version}", event["time"], segment_of(event), int(again)))
    for index, event in enumerate(ordered):
        near = [each for each in ordered[: index + 1] if event["time"] - each["time"] < SURVEY_CAP_SPAN]
        kept = int(len(near) <= SURVEY_CAP)
        result.append(("survey_cap_kept", f"ratio.v{version}", event["time"], segment_of(event), kept))
    return result


def in_order(events: list[Event]) -> list[Event]:
    """The events of a case in the order of its life."""
    return sorted(events, key=lambda e: (e["time"], LIFECYCLE.index(e["kind"]), e["id"], _role(e), named(e)))


def cycles_of(ordered: list[Event]) -> list[list[int]]:
    """Places of the events of each cycle of a case, from the one that begins it to the one that ends it."""
    cycles: list[list[int]] = []
    over = True
    for place, event in enumerate(ordered):
        if over and event["kind"] == ("reopened" if cycles else "opened"):
            cycles.append([])
            over = False
        if not over:
            cycles[-1].append(place)
        over = over or event["kind"] in ("resolved", "closed")
    return cycles


def case_facts(ordered: list[Event], watermark: int, version: int) -> list[Fact]:
    """Facts of the replies and cycles of one case once event time has reached the watermark."""
    openings = [index for index, event in enumerate(ordered) if event["kind"] == "opened"]
    start = openings[0] if openings else len(ordered)
    odd = "contradictions" if openings else "orphans"
    result: list[Fact] = [
        (odd, f"count.v{version}", event["time"], segment_of(*ordered[: index + 1]), 0)
        for index, event in enumerate(ordered[:start])
    ]
    # Cut the rest into cycles: lists of (index, event) that begin with opened or a valid reopened.
    cycles: list[list[tuple[int, Event]]] = []
    over = True
    complaint = bool(openings) and ordered[start].get("complaint")
    unassessed, unassigned = complaint, True
    for index, event in list(enumerate(ordered))[start:]:
        here = segment_of(*ordered[: index + 1])
        if event["kind"] == "opened":
            if not cycles:
                cycles.append([])
                over = False
                result.append(("cases_opened", f"count.v{version}", event["time"], here, 0))
            else:
                result.append(("contradictions", f"count.v{version}", event["time"], here, 0))
        elif event["kind"] == "reopened":
            if over:
                cycles.append([])
                over = False
                result.append(("cases_reopened", f"count.v{version}", event["time"], here, 0))
            else:
                result.append(("contradictions", f"count.v{version}", event["time"], here, 0))
        elif event["kind"] == "assessed":
            if not unassessed:
                result.append(("contradictions", f"count.v{version}", event["time"], here, 0))
            unassessed = False
        elif event["kind"] == "confirmed":
            if not over or not complaint:
                result.append(("contradictions", f"count.v{version}", event["time"], here, 0))
        elif event["kind"] == "assigned" and not over and complaint:
            if not unassigned:
                result.append(("complaint_transfers", f"count.v{version}", event["time"], here, 0))
            unassigned = False
        elif event["kind"] == "resolved" and not over:
            over = True
            result.append(("cases_resolved", f"count.v{version}", event["time"], here, 0))
            result.append(
                ("resolution", f"duration.v{version}", event["time"], here, event["time"] - cycles[-1][0][1]["time"])
            )
        elif event["kind"] == "closed" and not over:
            over = True
            cycles[-1].append((index, event))
            continue
        elif over:
            continue
        cycles[-1].append((index, event))
    for cycle in cycles:
        result += _replies(cycle, ordered, watermark, version)
        result += _owed(cycle, ordered, version)
    return result


def _owed(cycle: list[tuple[int, Event]], ordered: list[Event], version: int) -> list[Fact]:
    """How long a customer who wrote waited until the cycle was resolved, moment by moment."""
    ended = next((n for n, (_, event) in enumerate(cycle) if event["kind"] in ("resolved", "closed")), None)
    if ended is None or not any(_speaks(event) == "customer" for _, event in cycle[:ended]):
        return []
    end, last = cycle[ended]
    if last["kind"] == "closed":
        return []
    owed, waited = False, 0
    for (_, event), (_, following) in pairwise(cycle[: ended + 1]):
        owed = {"customer": True, "agent": False}.get(_speaks(event), owed)
        waited += (following["time"] - event["time"]) * owed
    return [("requester_wait", f"duration.v{version}", last["time"], segment_of(*ordered[: end + 1]), waited)]


def _speaks(event: Event) -> str:
    """Whose public message it is, if any."""
    return str(event["author"]) if event.get("public", True) and "author" in event else ""


def _replies(cycle: list[tuple[int, Event]], ordered: list[Event], watermark: int, version: int) -> list[Fact]:
    result: list[Fact] = []
    asked = [(i, e) for i, e in cycle if e.get("author") == "customer" and e.get("public", True)]
    replied = [(i, e) for i, e in cycle if e.get("author") == "agent" and e.get("public", True)]
    waiting_from: tuple[int, Event] | None = None
    first_reply = None
    for index, event in sorted(asked + replied, key=lambda pair: pair[0]):
        if event["author"] == "customer":
            waiting_from = waiting_from or (index, event)
        elif waiting_from is not None:
            here = segment_of(*ordered[: index + 1])
            result.append(
                ("next_reply", f"duration.v{version}", event["time"], here, event["time"] - waiting_from[1]["time"])
            )
            if first_reply is None:
                first_reply = event
                question = asked[0][1]
                result.append(
                    ("first_response", f"duration.v{version}", event["time"], here, event["time"] - question["time"])
                )
                if event["time"] <= question["time"] + FIRST_RESPONSE_TARGET:
                    result.append(("first_response_attainment", f"ratio.v{version}", question["time"], here, 1))
            waiting_from = None
    if asked:
        question = asked[0][1]
        target = question["time"] + FIRST_RESPONSE_TARGET
        answered = first_reply is not None and first_reply["time"] <= target
        ended = [e["time"] for _, e in cycle if e["kind"] in ("resolved", "closed")]
        ended_in_time = bool(ended) and ended[0] <= target
        if not answered and not ended_in_time and watermark > target:
            in_force = [event for event in ordered if event["time"] <= target]
            result.append(
                ("first_response_attainment", f"ratio.v{version}", question["time"], segment_of(*in_force), 0)
            )
    return result
