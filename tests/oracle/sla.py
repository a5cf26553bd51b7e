"""Agreements about the answers and the resolution of one case, by brute force over all its events."""

import re
from datetime import UTC, datetime

from tests.oracle.business import Published as Calendars
from tests.oracle.business import due, names_of
from tests.oracle.subjects import Event, Fact, segment_of

Terms = dict[str, int]
"""first_response, next_reply and resolution, ms, where they are promised; ``business`` where it is in business time."""
Policies = dict[str, list[tuple[int, Terms]]]
"""Versions of agreements: since when (ms), and what they promise."""


def sla_facts(
    ordered: list[Event],
    cycles: list[list[int]],
    watermark: int,
    policies: Policies,
    calendars: Calendars,
    version: int,
) -> list[Fact]:
    """What was kept and what was not; ``cycles``: places of the events of each, from its beginning."""
    result: list[Fact] = []
    if not cycles:
        return result
    opening = cycles[0][0]
    for place in range(opening, len(ordered)):
        name = ordered[place].get("sla_policy")
        if name and name not in policies:
            odd = ("unknown_sla_policies", f"count.v{version}", ordered[place]["time"])
            result.append((*odd, segment_of(*ordered[: place + 1]), 0))

    def judge(kept: str, start: int, end: int | None, good: bool) -> None:
        """Whether what began at one place ended at another by its due time; an end that is not good decides nothing."""
        found = _promised(ordered, start, kept, policies, calendars)
        if found is None:
            return
        name, until = found
        row = (f"sla_{kept}", f"ratio.v{version}.{name}", ordered[start]["time"])
        late = [place for place in range(start, len(ordered)) if ordered[place]["time"] > until]
        if late and (end is None or late[0] <= end):
            result.append((*row, segment_of(*ordered[: late[0]]), 0))
        elif end is not None:
            result.extend([(*row, segment_of(*ordered[: end + 1]), 1)] * good)
        elif watermark > until:
            result.append((*row, segment_of(*ordered), 0))

    ends = [cycle[-1] for cycle in cycles]
    resolution = next((place for place in ends if ordered[place]["kind"] == "resolved"), None)
    judge("resolution", opening, resolution, True)
    for cycle in cycles:
        turn: int | None = None
        is_first = True
        for place in cycle:
            said = ordered[place].get("author") if ordered[place].get("public") else None
            if said == "customer" and turn is None:
                turn = place
            elif turn is not None and (said == "agent" or ordered[place]["kind"] in ("resolved", "closed")):
                judge("first_response" if is_first else "next_reply", turn, place, said == "agent")
                turn, is_first = None, False
        if turn is not None:
            judge("first_response" if is_first else "next_reply", turn, None, False)
    return result


def _promised(
    ordered: list[Event], start: int, kept: str, policies: Policies, calendars: Calendars
) -> tuple[str, int] | None:
    """Policy with its instant, and the due time; None where nothing is promised."""
    named = [event["sla_policy"] for event in ordered[: start + 1] if event.get("sla_policy")]
    if not named or named[-1] not in policies:
        return None
    begin = ordered[start]["time"]
    versions = sorted(policies[named[-1]], key=lambda each: each[0])
    since, terms = [each for each in versions if each[0] <= begin][-1:][0] if versions[0][0] <= begin else versions[0]
    if kept not in terms:
        return None
    name = f"{named[-1]}.{_instant(since)}"
    if not terms["business"]:
        return name, begin + terms[kept]
    until = due(names_of(ordered[: start + 1]), calendars, begin, terms[kept])
    return None if until is None else (name, until)


def _instant(ms: int) -> str:
    """As definition ids have it; histories are of whole seconds."""
    assert ms % 1_000 == 0
    return re.sub("[-:]", "", datetime.fromtimestamp(ms // 1_000, UTC).isoformat()).replace("+0000", "Z")
