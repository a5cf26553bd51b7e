"""Cases, complaints among them: answered or not, resolved or not, in one contact or more, for good or reopened."""

from collections.abc import Iterable, Iterator
from itertools import islice
from random import Random
from typing import Final, Literal, NamedTuple

from deploy.local.simulator.happening import Value
from deploy.local.simulator.industries.plan import Life, Place, Step, Tally, all_or_none, all_within, spread
from schemas.metrics import duration_ms

Severity = Literal["general", "important", "crisis"]

FIRST_RESPONSE: Final = "5m"
RESOLUTION: Final = "7d"
CONTACT: Final[dict[Severity, str]] = {"general": "24h", "important": "4h", "crisis": "1h"}
"""The targets of the source documents (domain.md K1, K7, K10); the week of a resolution is cxstream's own."""
_CONTACT_KPIS: Final[dict[Severity, str]] = {
    "important": "complaint_contact_important",
    "crisis": "crisis_contact",
}

_ASKED_MS: Final = 1_000
_BOT_MS: Final = 2_000
"""After the question: a bot greets everybody at once, and answers nobody."""
_ASSIGNED_MS: Final = 30_000
_ESCALATED_MS: Final = 60_000
_PASSED_ON_MS: Final = 90_000
_PAUSE_MS: Final = 300_000
"""From a reply to the customer's next question."""
_REOPENED_MS: Final = 86_400_000
_CONFIRMED_MS: Final = 1_800_000
_CLOSED_MS: Final = 3_600_000
"""From the last resolution, as the customer's word is."""


class Cases(NamedTuple):
    """Cases that take the same course; one that is reopened takes it again, with one question."""

    place: Place
    number: int
    reply: str | None = None
    """Mean time from a question to a human's reply; None: nobody replies."""
    resolved: str | None = None
    """Mean time from opening to resolution, longer than all replies take; None: it stays open."""
    questions: int = 1
    """Asked before it is resolved."""
    reopened: bool = False
    """Once, a day after its resolution."""
    complaint: Severity | None = None
    escalated: bool = False
    """To the second level."""
    passed_on: bool = False
    """By who received it first to somebody else."""
    confirmed: bool = False
    """By the customer, after its last resolution and before it is closed."""

    def tallies(self) -> Iterator[Tally]:
        """Each cycle has a first response and a resolution of its own; everything else is of the case as a whole."""
        number, cycles = self.number, self._cycles
        yield all_or_none("complaint_rate", number, self.complaint is not None)
        yield all_or_none("first_response_within", cycles, self._replied_within(FIRST_RESPONSE))
        if self.reply is not None:
            replies, reply_ms = cycles + self._further_questions, duration_ms(self.reply)
            yield Tally("first_response_mean", cycles, cycles * reply_ms)
            yield Tally("next_reply_mean", replies, replies * reply_ms)
        in_time = self.resolved is not None and all_within(self.resolved, RESOLUTION)
        yield all_or_none("resolution_rate", number, in_time)
        if self.resolved is not None:
            yield Tally("fault_handling_mean", cycles, cycles * duration_ms(self.resolved))
            yield all_or_none("reopened", number, self.reopened)
            at_first = self.reply is not None and self.questions == 1 and not self.reopened
            yield all_or_none("first_contact_resolution", number, at_first)
        if self.complaint is not None:
            yield all_or_none("escalated", number, self.escalated)
            if self.resolved is not None:
                yield all_or_none("ownership_kept", number, not self.passed_on)
                yield all_or_none("resolution_confirmed", number, self.confirmed and not self.reopened)
            for kpi in filter(None, ("complaint_contact", _CONTACT_KPIS.get(self.complaint))):
                yield all_or_none(kpi, number, self._replied_within(CONTACT[self.complaint]))

    def lives(self, random: Random) -> Iterator[Life]:
        """Each from its opening to its end."""
        first, further = (_durations(random, n, self.reply) for n in (self._cycles, self._further_questions))
        resolutions = _durations(random, self._cycles, self.resolved)
        traits: dict[str, Value] = {}
        if self.complaint is not None:
            traits = {"kind": "complaint", "severity": self.complaint}
        for _ in range(self.number):
            life = [Step(0, "cx.case.opened.v1", traits), Step(_ASSIGNED_MS, "cx.case.assigned.v1")]
            if self.escalated:
                life.append(Step(_ESCALATED_MS, "cx.case.escalated.v1", {"level": 2}))
            if self.passed_on:
                life.append(Step(_PASSED_ON_MS, "cx.case.assigned.v1"))
            replies = [*islice(first, 1), *islice(further, self.questions - 1)]
            life += _cycle(0, replies, next(resolutions, None))
            if self.reopened:
                again = life[-1].at_ms + _REOPENED_MS
                life.append(Step(again, "cx.case.reopened.v1"))
                life += _cycle(again, list(islice(first, 1)), next(resolutions, None))
            resolved = life[-1].at_ms
            if self.confirmed:
                life.append(Step(resolved + _CONFIRMED_MS, "cx.case.confirmed.v1"))
            if self.resolved is not None:
                life.append(Step(resolved + _CLOSED_MS, "cx.case.closed.v1"))
            yield life

    def _replied_within(self, limit: str) -> bool:
        return self.reply is not None and all_within(self.reply, limit)

    @property
    def _cycles(self) -> int:
        return self.number * (2 if self.reopened else 1)

    @property
    def _further_questions(self) -> int:
        return self.number * (self.questions - 1)


def _cycle(begins_ms: int, replies: Iterable[int], resolution_ms: int | None) -> Iterator[Step]:
    """From the first question to the resolution; each further question comes a while after a reply."""
    now = begins_ms + _ASKED_MS
    yield _message(now, "customer")
    yield _message(now + _BOT_MS, "bot")
    for place, reply in enumerate(replies):
        if place:
            now += _PAUSE_MS
            yield _message(now, "customer")
        now += reply
        yield _message(now, "agent")
    if resolution_ms is not None:
        yield Step(begins_ms + resolution_ms, "cx.case.resolved.v1", {"author": "agent"})


def _durations(random: Random, number: int, mean: str | None) -> Iterator[int]:
    return iter(() if mean is None else spread(random, number, mean))


def _message(at_ms: int, author: str) -> Step:
    return Step(at_ms, "cx.case.message.v1", {"author": author})
