"""All survey responses of a partition."""

from collections.abc import Iterable

from schemas.events import SurveyAnswered, SurveyEvent, SurveyWithdrawn
from streams.core.admission import Refused
from streams.core.facts import Change, difference
from streams.core.responses import Response, earlier_answer, expectation_of, extend, facts, withdrawn_at
from streams.core.rules import Rules, newest
from streams.core.segments import Segments
from streams.core.subjects import Entry, Subjects


class ResponseBook:
    """Applies survey events. A revision retracts what it replaces."""

    def __init__(self, responses: Subjects[Response], rules: dict[int, Rules], segments: Segments, cap: int) -> None:
        self.responses = responses
        self.cap = cap
        self._rules = rules
        self._segments = segments

    def remembers(self, event: SurveyEvent, sequence: int, watermark: int) -> bool:
        """Whether anything of the event's response is kept."""
        return self.responses.get(event.subject, sequence, watermark) is not None

    def apply(self, event: SurveyEvent, time: int, scale: str, sequence: int, watermark: int) -> Change | None:
        """What one event does to the facts; None when its answer or withdrawal is known, under whatever event id.

        ``scale`` is that of an answer; ``sequence`` and ``watermark`` are those before the event. Raises Refused, and
        changes nothing, when an answer contradicts the one known of its revision, or the event is one too many.
        """
        subject = event.subject
        entry = self.responses.get(subject, sequence, watermark)
        if entry is None:
            self.responses.begin(subject, sequence, watermark)
            response = extend(Response(newest(self._rules)), event, time, self._segments.named(event.data), scale)
            self.responses.entries[subject] = Entry(sequence, time, response, self.responses.begun)
            return Change(facts(response, self._rules[response.epoch], self._segments))
        response = entry.kept
        if self._is_known(response, event, scale):
            return None
        grown = extend(response, event, time, self._segments.named(event.data), scale)
        self.responses.put(subject, Entry(sequence, max(entry.last_time, time), grown, entry.number))
        rules = self._rules[grown.epoch]
        return difference(facts(response, rules, self._segments), facts(grown, rules, self._segments))

    def _is_known(self, response: Response, event: SurveyEvent, scale: str) -> bool:
        if isinstance(event, SurveyAnswered):
            answer = earlier_answer(response, event)
            if answer is not None:
                if (answer.scale, answer.score, answer.expectation) == (scale, event.data.score, expectation_of(event)):
                    return True
                raise Refused("revision_conflict", f"response {event.subject} has another answer of this revision")
        elif isinstance(event, SurveyWithdrawn) and withdrawn_at(response, event.data.revision):
            return True
        if response.length >= self.cap:
            raise Refused("too_many_events", f"response {event.subject} has {self.cap} events")
        return False

    def sweep(self, sequence: int, watermark: int) -> None:
        """Free the memory of forgotten responses."""
        self.responses.sweep(sequence, watermark)

    def limit_to(self, cap: int, sequence: int, watermark: int) -> None:
        """Remember at most ``cap`` responses from here on."""
        self.responses.limit_to(cap, sequence, watermark)

    def epochs(self) -> Iterable[int]:
        """The epochs in which responses in memory began."""
        return (entry.kept.epoch for entry in self.responses.entries.values())
