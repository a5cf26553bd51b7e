"""Survey responses: the facts of one response as a pure function of the set of its events.

* An answer is known by (response, metric, question). Its highest revision counts, in the pane of its lowest one, unless
  the response was withdrawn at that revision or a higher one (domain.md 4.1, rule 6).
* An answer has the dimensions of the invitation where it names none itself.
* The response rate belongs to the pane of the earliest invitation: 1 with an answer that counts, else 0.
* An answer timed before the invitation is a contradiction: it counts, and is counted as one. A withdrawal without any
  answer is an orphan.
"""

from collections.abc import Sequence
from typing import NamedTuple

from schemas.events import SurveyAnswered, SurveyEvent, SurveyInvited, SurveyWithdrawn
from streams.core.definitions import Rules
from streams.core.facts import Fact
from streams.core.segments import Segments


class Invitation(NamedTuple):
    """When and for which segment somebody was asked."""

    time: int
    id: str
    own: int


class Answer(NamedTuple):
    """One revision of the answer to one question."""

    metric: str
    question: str
    revision: int
    time: int
    own: int
    scale: str
    score: int


class Withdrawal(NamedTuple):
    """Takes back every answer of the response up to a revision."""

    revision: int
    time: int
    own: int


class Response(NamedTuple):
    """Everything known of one response; immutable, so that a checkpoint may hold it while the next event comes."""

    epoch: int
    """Number of the rules the response began with."""
    invitations: tuple[Invitation, ...] = ()
    answers: tuple[Answer, ...] = ()
    withdrawals: tuple[Withdrawal, ...] = ()

    @property
    def length(self) -> int:
        """Events so far."""
        return len(self.invitations) + len(self.answers) + len(self.withdrawals)


def earlier_answer(response: Response, event: SurveyAnswered) -> Answer | None:
    """The answer already known for the metric, question and revision of ``event``."""
    data = event.data
    wanted = (data.metric, data.question or "", data.revision)
    return next((answer for answer in response.answers if answer[:3] == wanted), None)


def withdrawn_at(response: Response, revision: int) -> bool:
    """True when the response is known to be withdrawn at exactly this revision."""
    return any(withdrawal.revision == revision for withdrawal in response.withdrawals)


def extend(response: Response, event: SurveyEvent, time: int, own: int, scale: str) -> Response:
    """The response with one more event; ``scale`` is the resolved scale of an answer."""
    epoch, invitations, answers, withdrawals = response
    if isinstance(event, SurveyAnswered):
        data = event.data
        answer = Answer(data.metric, data.question or "", data.revision, time, own, scale, data.score)
        return Response(epoch, invitations, (*answers, answer), withdrawals)
    if isinstance(event, SurveyInvited):
        return Response(epoch, (*invitations, Invitation(time, event.id, own)), answers, withdrawals)
    if isinstance(event, SurveyWithdrawn):
        withdrawal = Withdrawal(event.data.revision, time, own)
        return Response(epoch, invitations, answers, (*withdrawals, withdrawal))
    raise TypeError(f"{type(event).__name__} is no event of a response")


def facts(response: Response, rules: Rules, segments: Segments) -> list[Fact]:
    """All facts of the response."""
    result: list[Fact] = []
    invitation = min(response.invitations, default=None)
    asked = invitation.own if invitation else 0
    withdrawn = max((withdrawal.revision for withdrawal in response.withdrawals), default=-1)
    counted = False
    for first, newest in _answers(response.answers):
        if newest.revision <= withdrawn:
            continue
        counted = True
        segment = segments.merge(asked, newest.own)
        result.append(Fact(rules.answer(newest.metric, newest.scale), first.time, segment, newest.score))
        if invitation and first.time < invitation.time:
            result.append(Fact(rules.contradictions, first.time, segment, 0))
    if invitation:
        result.append(Fact(rules.response_rate, invitation.time, asked, int(counted)))
    if not response.answers:
        result += [Fact(rules.orphans, each.time, each.own, 0) for each in response.withdrawals]
    return result


def _answers(answers: Sequence[Answer]) -> list[tuple[Answer, Answer]]:
    """Lowest and highest revision of each (metric, question)."""
    if len(answers) == 1:
        return [(answers[0], answers[0])]
    ordered = sorted(answers)
    first = {answer[:2]: answer for answer in reversed(ordered)}
    newest = {answer[:2]: answer for answer in ordered}
    return [(first[key], newest[key]) for key in newest]
