"""What became of a case, by brute force over all its events in the order of its life."""

from collections.abc import Callable

from tests.oracle.subjects import Event, Fact, segment_of

RESOLUTION_TARGET = 600_000
REOPEN_TARGET = 300_000
CONTACT_TARGETS = {"general": 1_200_000, "important": 360_000, "crisis": 60_000}
"""ms, as `tests.property.histories` configures them: so short that a short history decides all of them."""


def outcome_facts(ordered: list[Event], watermark: int, version: int) -> list[Fact]:
    """Shares of the case once event time has reached the watermark; ``ordered`` begins with any orphans."""
    ratio = f"ratio.v{version}"
    first = next((index for index, event in enumerate(ordered) if event["kind"] == "opened"), None)
    if first is None:
        return []
    opened = ordered[first]["time"]
    ends, starts = _cycles(ordered, first)
    result: list[Fact] = []

    def decide(metric: str, pane: int, index: int, value: int) -> None:
        result.append((metric, ratio, pane, segment_of(*ordered[: index + 1]), value))

    def in_time(metric: str, pane: int, index: int | None, due: int, early: int, late: int) -> None:
        """``early`` when the moment came by the due time, ``late`` once event time has passed that."""
        if index is not None and ordered[index]["time"] <= due:
            decide(metric, pane, index, early)
        elif watermark > due:
            last = max(place for place, event in enumerate(ordered) if event["time"] <= due)
            decide(metric, pane, last, late)

    resolution = next((index for index in ends if ordered[index]["kind"] == "resolved"), None)
    in_time("resolution_rate", opened, resolution, opened + RESOLUTION_TARGET, 1, 0)
    if ordered[first].get("complaint"):
        answers = (place for place in range(first, len(ordered)) if _is_answer(ordered[place]))
        due = opened + CONTACT_TARGETS[ordered[first]["complaint"]]
        in_time("complaint_contact", opened, next(answers, None), due, 1, 0)
        until = ends[0] if ends else len(ordered)
        raised = [
            place
            for place in range(first, until)
            if ordered[place]["kind"] == "escalated" and ordered[place]["level"] > 1
        ]
        if raised:
            decide("escalation_rate", opened, raised[0], 1)
        elif ends:
            decide("escalation_rate", opened, ends[0], 0)
        _complaint(ordered, first, ends, decide)
    if resolution is not None:
        resolved = ordered[resolution]["time"]
        again = next((index for index in starts if index > resolution), None)
        in_time("reopen_rate", resolved, again, resolved + REOPEN_TARGET, 1, 0)
        _lasting(ordered, first, ends, starts, watermark, version, result)
        turns = _turns(ordered, first, resolution, [*ends, *starts])
        if turns > 1 or (turns == 1 and _waits(ordered, first, resolution, [*ends, *starts])):
            decide("first_contact_resolution", resolved, resolution, 0)
        elif turns == 1:
            in_time("first_contact_resolution", resolved, again, resolved + REOPEN_TARGET, 0, 1)
        if ordered[first].get("complaint"):
            words = ("confirmed", "closed", "reopened")
            said = [place for place in range(resolution, len(ordered)) if ordered[place]["kind"] in words]
            agreed = bool(said) and ordered[said[0]]["kind"] == "confirmed"
            due = resolved + REOPEN_TARGET
            in_time("resolution_confirmed", resolved, said[0] if said else None, due, int(agreed), 0)
    return result


def _lasting(
    ordered: list[Event],
    first: int,
    ends: list[int],
    starts: list[int],
    watermark: int,
    version: int,
    result: list[Fact],
) -> None:
    """The first resolution after which nobody came back in time."""
    for end in ends:
        resolved = ordered[end]["time"]
        due = resolved + REOPEN_TARGET
        back = [start for start in starts if start > end and ordered[start]["time"] <= due]
        if ordered[end]["kind"] != "resolved" or back or watermark <= due:
            continue
        until = max(place for place, event in enumerate(ordered) if event["time"] <= due)
        segment = segment_of(*ordered[: until + 1])
        took = resolved - ordered[first]["time"]
        result.append(("resolution_full", f"duration.v{version}", resolved, segment, took))
        return


def _complaint(ordered: list[Event], first: int, ends: list[int], decide: Callable[[str, int, int, int], None]) -> None:
    """Its assessment, and whether one person kept it until it first ended."""
    opened = ordered[first]["time"]
    assessed = [place for place in range(first, len(ordered)) if ordered[place]["kind"] == "assessed"]
    if assessed:
        decide("complaint_validity", opened, assessed[0], int(ordered[assessed[0]]["valid"]))
    given = [place for place in range(first, ends[0] if ends else len(ordered)) if ordered[place]["kind"] == "assigned"]
    if len(given) > 1:
        decide("ownership_kept", opened, given[1], 0)
    elif given and ends:
        decide("ownership_kept", opened, ends[0], 1)


def _cycles(ordered: list[Event], first: int) -> tuple[list[int], list[int]]:
    """Where cycles end, and where further ones begin."""
    ends: list[int] = []
    starts: list[int] = []
    for index in range(first + 1, len(ordered)):
        running = len(ends) == len(starts)
        if running and ordered[index]["kind"] in ("resolved", "closed"):
            ends.append(index)
        elif not running and ordered[index]["kind"] == "reopened":
            starts.append(index)
    return ends, starts


def _turns(ordered: list[Event], first: int, resolution: int, borders: list[int]) -> int:
    """How often the customer began to wait before the first resolution."""
    turns, waiting = 0, False
    for index in range(first, resolution):
        if index in borders or _is_answer(ordered[index]):
            waiting = False
        running = sum(border <= index for border in borders) % 2 == 0
        asks = ordered[index].get("author") == "customer" and ordered[index]["public"]
        if asks and running and not waiting:
            turns, waiting = turns + 1, True
    return turns


def _waits(ordered: list[Event], first: int, resolution: int, borders: list[int]) -> bool:
    """Whether nobody has answered the customer, who wrote, when the case is first resolved."""
    open_since = max([first, *(border for border in borders if border < resolution)])
    said = [
        place for place in range(open_since, resolution) if ordered[place].get("public") and "author" in ordered[place]
    ]
    turn = next((place for place in said if ordered[place]["author"] == "customer"), None)
    return turn is not None and not any(place > turn and _is_answer(ordered[place]) for place in said)


def _is_answer(event: Event) -> bool:
    return event.get("author") == "agent" and bool(event["public"])
