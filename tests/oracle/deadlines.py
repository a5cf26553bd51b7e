"""What one wait, promise, follow-up, membership or repair means, by brute force over all its events."""

from typing import NamedTuple

from tests.oracle.subjects import Event, Fact, Pairs, named, segment_of

WHAT = {
    "started": "wait",
    "served": "wait",
    "abandoned": "wait",
    "made": "promise",
    "kept": "promise",
    "due": "followup",
    "done": "followup",
    "joined": "customer",
    "left": "customer",
    "completed": "repair",
    "reworked": "repair",
}
"""Kind of event -> what it is about."""
ORDER = ["started", "made", "due", "joined", "completed", "served", "kept", "done", "abandoned", "left", "reworked"]
"""Of simultaneous events."""
BEGINNINGS = ("started", "made", "due", "joined", "completed")
LASTING = {"customer": 900_000, "repair": 60_000}
"""ms that they have to last, as `tests.property.histories` configures them."""
WAITING_TARGET = 20_000
SHORTEST_ABANDON = 5_000
RATIOS = {"promise": "promise_kept", "followup": "followup_rate"}


def deadline_facts(events: list[Event], watermark: int, version: int) -> list[Fact]:
    """All facts of one deadline once event time has reached the watermark."""
    ordered = _ordered(events)
    pairs = _pairs(ordered)
    counted = {index for pair in pairs for index in pair}
    odd = "contradictions" if any(event["kind"] in BEGINNINGS for event in ordered) else "orphans"
    result: list[Fact] = [
        (odd, f"count.v{version}", event["time"], segment_of(*ordered[: index + 1]), 0)
        for index, event in enumerate(ordered)
        if index not in counted
    ]
    for begin, end in pairs:
        what = WHAT[ordered[begin]["kind"]]
        facts = _wait if what == "wait" else _lasts if what in LASTING else _owed
        result += facts(ordered, begin, end, watermark, version)
    return result


class Pending(NamedTuple):
    """A deadline that is neither met nor given up."""

    what: str
    segment: Pairs
    since: int
    due: int


def pending(events: list[Event]) -> Pending | None:
    """What is still waited for of one deadline."""
    ordered = _ordered(events)
    pairs = _pairs(ordered)
    if not pairs or pairs[-1][1] is not None or WHAT[ordered[0]["kind"]] in LASTING:
        return None
    begin = pairs[-1][0]
    event = ordered[begin]
    due = max(0, event["due_at"]) if "due_at" in event else event["time"] + WAITING_TARGET
    return Pending(WHAT[event["kind"]], segment_of(*ordered[: begin + 1]), event["time"], due)


def _ordered(events: list[Event]) -> list[Event]:
    return sorted(
        events, key=lambda e: (e["time"], ORDER.index(e["kind"]), e["id"], max(0, e.get("due_at", 0)), named(e))
    )


def _pairs(ordered: list[Event]) -> list[tuple[int, int | None]]:
    """Places of each beginning that counts and of its end."""
    pairs: list[tuple[int, int | None]] = []
    places = range(len(ordered))
    free = 0
    while True:
        begins = [i for i in places[free:] if ordered[i]["kind"] in BEGINNINGS and _is_possible(ordered[i])]
        if not begins:
            return pairs
        ends = [i for i in places[begins[0] + 1 :] if ordered[i]["kind"] not in BEGINNINGS]
        pairs.append((begins[0], ends[0] if ends else None))
        if not ends:
            return pairs
        free = ends[0] + 1


def _is_possible(event: Event) -> bool:
    return "due_at" not in event or max(0, event["due_at"]) >= event["time"]


def _wait(ordered: list[Event], begin: int, end: int | None, watermark: int, version: int) -> list[Fact]:
    started = ordered[begin]["time"]
    at_begin = segment_of(*ordered[: begin + 1])
    if end is None:
        if watermark - started <= WAITING_TARGET:
            return []
        return [("service_level", f"ratio.v{version}", started, at_begin, 0)]
    at_end = segment_of(*ordered[: end + 1])
    waited = ordered[end]["time"] - started
    given_up = ordered[end]["kind"] == "abandoned"
    if given_up and waited < SHORTEST_ABANDON:
        return [("short_abandons", f"count.v{version}", started, at_end, 0)]
    in_time = waited <= WAITING_TARGET
    result: list[Fact] = [
        ("abandonment", f"ratio.v{version}", started, at_end, int(given_up)),
        ("service_level", f"ratio.v{version}", started, at_end if in_time else at_begin, int(in_time and not given_up)),
    ]
    if not given_up:
        result.append(("queue_wait", f"duration.v{version}", started + waited, at_end, waited))
    return result


def _owed(ordered: list[Event], begin: int, end: int | None, watermark: int, version: int) -> list[Fact]:
    owed = ordered[begin]
    what, due = WHAT[owed["kind"]], max(0, owed["due_at"])
    in_time = end is not None and ordered[end]["time"] <= due
    result: list[Fact] = []
    if due < watermark:
        last = end if in_time and end is not None else begin
        result.append((RATIOS[what], f"ratio.v{version}", due, segment_of(*ordered[: last + 1]), int(in_time)))
    if end is not None and what == "followup":
        time = ordered[end]["time"]
        result.append(
            ("followup_delay", f"duration.v{version}", time, segment_of(*ordered[: end + 1]), time - owed["time"])
        )
    return result


def due_of(event: Event) -> int:
    """Until when it is remembered at least; 0 where it says nothing of that."""
    what = WHAT.get(event["kind"])
    if what in LASTING and event["kind"] in BEGINNINGS:
        return int(event["time"]) + LASTING[what]
    return max(0, int(event.get("due_at", 0)))


def _lasts(ordered: list[Event], begin: int, end: int | None, watermark: int, version: int) -> list[Fact]:
    begun = ordered[begin]["time"]
    what = WHAT[ordered[begin]["kind"]]
    at_begin = segment_of(*ordered[: begin + 1])
    at_end = at_begin if end is None else segment_of(*ordered[: end + 1])
    result: list[Fact] = []
    if what == "customer":
        result.append(("customers_joined", f"count.v{version}", begun, at_begin, 0))
        if end is not None:
            result.append(("customers_left", f"count.v{version}", ordered[end]["time"], at_end, 0))
    share = {"customer": "retention_rate", "repair": "first_time_fix"}[what]
    if end is not None and ordered[end]["time"] - begun <= LASTING[what]:
        result.append((share, f"ratio.v{version}", begun, at_end, 0))
    elif watermark - begun > LASTING[what]:
        result.append((share, f"ratio.v{version}", begun, at_begin, 1))
    return result
