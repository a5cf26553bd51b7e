"""Events of a survey response: asking somebody, and what came of it."""

from typing import Final

from schemas.events.envelope import SUFFIX, Dimensions, Envelope, Instant, Revision, Text

SURVEY_PREFIX: Final = "cx.survey."
"""Types with this prefix go to the surveys topic, others to that of touchpoints; erasures and reference to both."""


class InvitedData(Dimensions, kw_only=True):
    metric: Text
    case_id: Text | None = None


class AnsweredData(Dimensions, kw_only=True):
    metric: Text
    score: int
    scale: Text | None = None
    """Default: the metric's first scale."""
    revision: Revision = 0
    case_id: Text | None = None
    invited_at: Instant | None = None
    expectation: int | None = None
    """What was expected, on the scale of the score."""


class WithdrawnData(Dimensions, kw_only=True):
    revision: Revision = 0
    """Withdraws every answer of the response with this revision or a lower one."""


class SurveyEvent(Envelope, kw_only=True):
    """What all events of a survey response share."""

    data: Dimensions


class SurveyInvited(SurveyEvent, tag="cx.survey.invited" + SUFFIX, kw_only=True):
    data: InvitedData


class SurveySuppressed(SurveyEvent, tag="cx.survey.suppressed" + SUFFIX, kw_only=True):
    """Somebody was not asked: the customer has been asked too often, or wants no surveys."""

    data: Dimensions


class SurveyDelivered(SurveyEvent, tag="cx.survey.delivered" + SUFFIX, kw_only=True):
    data: Dimensions


class SurveyBounced(SurveyEvent, tag="cx.survey.bounced" + SUFFIX, kw_only=True):
    """The invitation reached nobody."""

    data: Dimensions


class SurveyStarted(SurveyEvent, tag="cx.survey.started" + SUFFIX, kw_only=True):
    """The customer has opened the questionnaire."""

    data: Dimensions


class SurveyDeclined(SurveyEvent, tag="cx.survey.declined" + SUFFIX, kw_only=True):
    """The customer does not want to answer."""

    data: Dimensions


class SurveyBrokenOff(SurveyEvent, tag="cx.survey.broken_off" + SUFFIX, kw_only=True):
    """The customer has left the questionnaire before its end; an answer after it shows that it was gone on with."""

    data: Dimensions


class SurveyAnswered(SurveyEvent, tag="cx.survey.answered" + SUFFIX, kw_only=True):
    data: AnsweredData


class SurveyWithdrawn(SurveyEvent, tag="cx.survey.withdrawn" + SUFFIX, kw_only=True):
    data: WithdrawnData
