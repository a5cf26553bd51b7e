"""Targets and initiatives by brute force: which publication takes the place of which, and the facts of one."""

from decimal import Decimal

from tests.oracle.subjects import Event, Fact, segment_of

FAMILIES = ("target", "initiative")


def place_of(event: Event) -> tuple[str, str, object]:
    """A later event of the same place replaces this one."""
    if event["family"] == "target":
        return "target", event["subject"], event["time"] // 60_000
    return "initiative", event["subject"], event["kind"]


def facts_of(event: Event) -> list[Fact]:
    """What one publication says, in ten-thousandths."""
    subject, at = event["subject"], event["time"]
    if event["family"] == "target":
        named = f"reference.v1.{subject}.v{event['version']}.{event['unit']}"
        sides = [(side, event[side]) for side in ("floor", "goal") if event[side] is not None]
        return [("reference.target", f"{named}.{side}", at, (), _kept(text)) for side, text in sides]
    if event["kind"] == "ended":
        return [("reference.initiative", f"reference.v1.{subject}.ended", at, (), 0)]
    named, segment = f"reference.v1.{subject}.{event['kpi']}", segment_of(event)
    facts: list[Fact] = [("reference.initiative", f"{named}.started", at, segment, 0)]
    if event["expected"] is not None:
        facts.append(("reference.initiative", f"{named}.expected", at, segment, _kept(event["expected"])))
    return facts


def too_many(event: Event, accepted: list[Event], publications: int, definitions: int) -> bool:
    """Whether the caps leave no room for the event after those that were accepted."""
    places = {place_of(each) for each in accepted if _of(each) == _of(event)} - {place_of(event)}
    if len(places) >= publications and place_of(event) not in {place_of(each) for each in accepted}:
        return True
    known = {name for each in accepted if each["family"] == event["family"] for _, name, *_ in facts_of(each)}
    wanted = known | {name for _, name, *_ in facts_of(event)}
    return wanted != known and len(wanted) > definitions


def _of(event: Event) -> tuple[str, str]:
    return event["family"], event["subject"]


def _kept(text: str) -> int:
    return int(Decimal(text) * 10_000)
