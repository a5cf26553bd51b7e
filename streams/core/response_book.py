"""All survey responses of a partition."""

from typing import Literal

from schemas.events import SurveyAnswered, SurveyEvent, SurveyWithdrawn
from streams.core.definitions import Rules
from streams.core.facts import Fact, difference
from streams.core.responses import Response, earlier_answer, extend, facts, withdrawn_at
from streams.core.segments import Segments
from streams.core.subjects import Entry, Subjects


class ResponseBook:
    """Applies survey events. Facts leave it with their weight; a revision retracts what it replaces."""

    def __init__(self, responses: Subjects[Response], rules: list[Rules], segments: Segments, cap: int) -> None:
        self.responses = responses
        self.cap = cap
        self._rules = rules
        self._segments = segments

    def known(
        self, event: SurveyEvent, scale: str, sequence: int, watermark: int
    ) -> Literal["repeated", "revision_conflict", "too_many_events"] | None:
        """What already stands against accepting the event; None when nothing does.

        ``repeated``: the response has this revision of this answer or withdrawal already, under another event id.
        """
        entry = self.responses.get(event.subject, sequence, watermark)
        if entry is None:
            return None
        if isinstance(event, SurveyAnswered):
            answer = earlier_answer(entry.kept, event)
            if answer is not None:
                same = (answer.scale, answer.score) == (scale, event.data.score)
                return "repeated" if same else "revision_conflict"
        elif isinstance(event, SurveyWithdrawn) and withdrawn_at(entry.kept, event.data.revision):
            return "repeated"
        return "too_many_events" if entry.kept.length >= self.cap else None

    def apply(
        self, event: SurveyEvent, time: int, own: int, scale: str, sequence: int, watermark: int
    ) -> list[tuple[Fact, int]]:
        """Facts of one accepted event that `known` let pass; ``watermark`` is the one before it."""
        entry = self.responses.get(event.subject, sequence, watermark)
        if entry is None:
            old = None
            response = Response(len(self._rules) - 1)
            last_time = time
        else:
            old = response = entry.kept
            last_time = max(entry.last_time, time)
        response = extend(response, event, time, own, scale)
        self.responses.put(event.subject, Entry(sequence, last_time, response))
        rules = self._rules[response.epoch]
        new_facts = facts(response, rules, self._segments)
        if old is None:
            return [(fact, 1) for fact in new_facts]
        return difference(facts(old, rules, self._segments), new_facts)

    def sweep(self, sequence: int, watermark: int) -> None:
        """Free the memory of forgotten responses."""
        self.responses.sweep(sequence, watermark)
