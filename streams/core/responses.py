"""Survey responses: the facts of one response as a pure function of the set of its events.

* An answer is known by (response, metric, question). Its highest revision counts, in the pane of its lowest one, unless
  the response was withdrawn at that revision or a higher one (domain.md 4.1, rule 6).
* An answer has the dimensions of the invitation where it names none itself.
* The response rate belongs to the pane of the earliest invitation: 1 with an answer that counts, else 0.
* An answer that also says what was expected has both in one fact more, unless one of them is "not applicable".
* An answer timed before the invitation is a contradiction: it counts, and is counted as one. A withdrawal without any
  answer is an orphan.
* The way of the questionnaire (`Step`): of each kind the earliest counts. delivery_rate belongs to the pane of the
  invitation, 1 when it was delivered, else 0 when it bounced; one that bounced, was not delivered and not answered is
  in no response rate (domain.md 4.6). completion_rate belongs to the pane of the start, 1 with an answer that counts,
  else 0; completion_time to that of the newest first answer. A delivery or bounce without any invitation is an orphan,
  an answer before the start a contradiction.
* Broken off is a questionnaire with no first answer after its last break-off: it is not completed. With an answer that
  counts it is partial (surveys_partial, in the pane of that break-off).
"""

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec
from msgspec.structs import replace

from schemas.dimensions import Segment
from schemas.events import (
    SurveyAnswered,
    SurveyBounced,
    SurveyBrokenOff,
    SurveyDeclined,
    SurveyDelivered,
    SurveyEvent,
    SurveyInvited,
    SurveyStarted,
    SurveySuppressed,
    SurveyWithdrawn,
)
from schemas.gaps import Gap, pair_of
from schemas.scales import NOT_APPLICABLE
from streams.core.facts import Fact
from streams.core.rules import Rules
from streams.core.segments import Segments

SUPPRESSED, DELIVERED, BOUNCED, STARTED, DECLINED, BROKEN_OFF = range(6)
_STEPS: Final[dict[type[SurveyEvent], int]] = {
    SurveySuppressed: SUPPRESSED,
    SurveyDelivered: DELIVERED,
    SurveyBounced: BOUNCED,
    SurveyStarted: STARTED,
    SurveyDeclined: DECLINED,
    SurveyBrokenOff: BROKEN_OFF,
}


class Invitation(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """When and for which segment somebody was asked."""

    time: int
    id: str
    own: int


class Answer(msgspec.Struct, frozen=True, order=True, array_like=True, gc=False):
    """One revision of the answer to one question."""

    metric: str
    question: str
    revision: int
    time: int
    own: int
    scale: str
    score: int
    expectation: int = NOT_APPLICABLE
    """What was expected; not applicable, too, where the answer does not say."""

    @property
    def question_key(self) -> tuple[str, str]:
        """What it answers: one response has one answer to each (metric, question) that counts."""
        return self.metric, self.question


class Withdrawal(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Takes back every answer of the response up to a revision."""

    revision: int
    time: int
    own: int


class Step(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One step on the way of the questionnaire."""

    kind: int
    time: int
    id: str
    own: int


class Response(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Everything known of one response; immutable, so that a checkpoint may hold it while the next event comes."""

    epoch: int
    """Number of the rules the response began with."""
    invitations: tuple[Invitation, ...] = ()
    answers: tuple[Answer, ...] = ()
    withdrawals: tuple[Withdrawal, ...] = ()
    steps: tuple[Step, ...] = ()

    @property
    def length(self) -> int:
        """Events so far."""
        return len(self.invitations) + len(self.answers) + len(self.withdrawals) + len(self.steps)


def earlier_answer(response: Response, event: SurveyAnswered) -> Answer | None:
    """The answer already known for the metric, question and revision of ``event``."""
    data = event.data
    wanted = (data.metric, data.question or "", data.revision)
    return next((each for each in response.answers if (*each.question_key, each.revision) == wanted), None)


def expectation_of(event: SurveyAnswered) -> int:
    """What the answer says was expected; `NOT_APPLICABLE` where it says nothing."""
    return NOT_APPLICABLE if event.data.expectation is None else event.data.expectation


def withdrawn_at(response: Response, revision: int) -> bool:
    """True when the response is known to be withdrawn at exactly this revision."""
    return any(withdrawal.revision == revision for withdrawal in response.withdrawals)


def extend(response: Response, event: SurveyEvent, time: int, own: int, scale: str) -> Response:
    """The response with one more event; ``scale`` is the resolved scale of an answer."""
    if isinstance(event, SurveyAnswered):
        data = event.data
        expectation = expectation_of(event)
        answer = Answer(data.metric, data.question or "", data.revision, time, own, scale, data.score, expectation)
        answers = (*response.answers, answer)
        return Response(response.epoch, response.invitations, answers, response.withdrawals, response.steps)
    if isinstance(event, SurveyInvited):
        return replace(response, invitations=(*response.invitations, Invitation(time, event.id, own)))
    if isinstance(event, SurveyWithdrawn):
        return replace(response, withdrawals=(*response.withdrawals, Withdrawal(event.data.revision, time, own)))
    step = Step(_STEPS[type(event)], time, event.id, own)
    return replace(response, steps=(*response.steps, step))


def facts(response: Response, rules: Rules, segments: Segments) -> list[Fact]:
    """All facts of the response."""
    result: list[Fact] = []
    invitation = _first(response.invitations, segments) if response.invitations else None
    asked = invitation.own if invitation else 0
    withdrawn = max(each.revision for each in response.withdrawals) if response.withdrawals else -1
    counted = False
    last_answered = 0
    answers = response.answers
    for first, newest in ((answers[0], answers[0]),) if len(answers) == 1 else _answers(answers):
        if newest.revision <= withdrawn:
            continue
        counted = True
        last_answered = max(last_answered, first.time)
        segment = segments.merge(asked, newest.own, rules.segment_cap)
        result.append(Fact(rules.answer(newest.metric, newest.scale), first.time, segment, newest.score))
        if NOT_APPLICABLE not in (newest.expectation, newest.score):
            pair = pair_of(Gap(newest.expectation, newest.score))
            result.append(Fact(rules.expectation_gap(newest.metric, newest.scale), first.time, segment, pair))
        if invitation and first.time < invitation.time:
            result.append(Fact(rules.contradictions, first.time, segment, 0))
    steps = _earliest(response.steps, segments) if response.steps else {}
    if invitation and (counted or BOUNCED not in steps or DELIVERED in steps):
        result.append(Fact(rules.response_rate, invitation.time, asked, int(counted)))
    if steps:
        result += _way(response, invitation, steps, last_answered if counted else None, rules, segments)
    if not answers:
        result += [Fact(rules.orphans, each.time, each.own, 0) for each in response.withdrawals]
    return result


def _way(
    response: Response,
    invitation: Invitation | None,
    steps: dict[int, Step],
    answered: int | None,
    rules: Rules,
    segments: Segments,
) -> Iterator[Fact]:
    """Facts of the questionnaire's way; ``answered`` is the time of the newest first answer that counts."""

    def segment(step: Step) -> int:
        return segments.merge(invitation.own, step.own, rules.segment_cap) if invitation else step.own

    for kind, count in ((SUPPRESSED, rules.surveys_suppressed), (DECLINED, rules.surveys_declined)):
        if kind in steps:
            yield Fact(count, steps[kind].time, segment(steps[kind]), 0)
    outcome = steps.get(DELIVERED) or steps.get(BOUNCED)
    if outcome and invitation:
        yield Fact(rules.delivery_rate, invitation.time, segment(outcome), int(outcome.kind == DELIVERED))
    elif outcome:
        for each in response.steps:
            if each.kind in (DELIVERED, BOUNCED):
                yield Fact(rules.orphans, each.time, each.own, 0)
    if BROKEN_OFF in steps and answered is not None:
        left = max(
            (each for each in response.steps if each.kind == BROKEN_OFF), key=lambda each: _order(each, segments)
        )
        if answered <= left.time:
            yield Fact(rules.surveys_partial, left.time, segment(left), 0)
            answered = None
    started = steps.get(STARTED)
    if started:
        yield Fact(rules.completion_rate, started.time, segment(started), int(answered is not None))
        if answered is not None and answered >= started.time:
            yield Fact(rules.completion_time, answered, segment(started), answered - started.time)
        elif answered is not None:
            yield Fact(rules.contradictions, answered, segment(started), 0)


def _first(invitations: Sequence[Invitation], segments: Segments) -> Invitation:
    """The earliest; of simultaneous ones never the one that happened to arrive first."""
    if len(invitations) == 1:
        return invitations[0]
    return min(invitations, key=lambda each: _order(each, segments))


def _earliest(steps: Sequence[Step], segments: Segments) -> dict[int, Step]:
    """Of each kind."""
    return {each.kind: each for each in sorted(steps, key=lambda each: _order(each, segments), reverse=True)}


def _order(each: Invitation | Step, segments: Segments) -> tuple[int, str, Segment]:
    return each.time, each.id, segments.known[each.own]


def _answers(answers: Sequence[Answer]) -> list[tuple[Answer, Answer]]:
    """Lowest and highest revision of each (metric, question)."""
    ordered = sorted(answers)
    first = {answer.question_key: answer for answer in reversed(ordered)}
    newest = {answer.question_key: answer for answer in ordered}
    return [(first[key], newest[key]) for key in newest]
