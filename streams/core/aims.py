"""Targets and initiatives as facts: what was published last for one minute, or of one start or end, is what counts."""

from schemas.aims import INITIATIVES, TARGETS, Numbers, numbers_of_end, numbers_of_start, numbers_of_target
from schemas.events import InitiativeEnded, InitiativeStarted, TargetPublished
from streams.core.admission import Refused
from streams.core.definitions import Definitions
from streams.core.facts import Change, Fact, difference
from streams.core.parts import MINUTE_MS
from streams.core.segments import Segments

AimEvent = TargetPublished | InitiativeStarted | InitiativeEnded

Publications = dict[int, tuple[Fact, ...]]
"""What was published of one aim: the minute of a target, or `_STARTED` or `_ENDED` of an initiative, to its facts."""

_STARTED, _ENDED = 0, 1


class Aims:
    """What a partition's log has published of KPIs and initiatives; never forgotten, so that it can be replaced.

    Definitions are as many as a dimension may have values, and publications of one KPI as many as a subject may have
    events; what is more is refused.
    """

    def __init__(self, definitions: Definitions, segments: Segments, published: dict[str, Publications]) -> None:
        self.published = published
        """By metric and the subject of the events."""
        self._definitions = definitions
        self._segments = segments

    def apply(self, event: AimEvent, time: int, definition_cap: int, publication_cap: int) -> Change:
        """What the event does to the facts. Raises Refused, and changes nothing, past one of the caps."""
        metric, slot, numbers = _meaning(event, time)
        name = f"{metric} {event.subject}"
        known = self.published.get(name, {})
        if slot not in known and len(known) >= publication_cap:
            raise Refused("too_many_events", f"the subject has {publication_cap} publications already")
        found = self._definitions.references(metric, numbers, definition_cap)
        segment = self._segments.named(event.data) if isinstance(event, InitiativeStarted) else 0
        facts = tuple(Fact(number, time, segment, value) for number, value in zip(found, numbers.values(), strict=True))
        self.published[name] = {**known, slot: facts}
        return difference(known.get(slot, ()), facts)


def _meaning(event: AimEvent, time: int) -> tuple[str, int, Numbers]:
    """The metric, which earlier publication the event takes the place of, and what it says."""
    match event:
        case TargetPublished():
            return TARGETS, time // MINUTE_MS, numbers_of_target(event.subject, event.data)
        case InitiativeStarted():
            return INITIATIVES, _STARTED, numbers_of_start(event.subject, event.data)
        case InitiativeEnded():
            return INITIATIVES, _ENDED, numbers_of_end(event.subject)
