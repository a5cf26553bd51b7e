"""The events cxstream understands: CloudEvents 1.0 in structured JSON mode, version 1 of each type.

One class per type; its ``data`` class names the fields. Unknown extra fields are allowed and ignored. Structs are not
tracked by the garbage collector (``gc=False``): they hold no cycles, and a chunk of them would otherwise trigger it.
"""

import re
from datetime import date, datetime
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from schemas.calendars import Calendar, CalendarError, Weekday

SUFFIX: Final = ".v1"

ERASED: Final = "cx.customer.erased" + SUFFIX

CALENDAR: Final = "cx.reference.calendar.published" + SUFFIX

Text = Annotated[str, Meta(min_length=1, max_length=512)]
"""Ids and references: not empty, at most 512 characters, so that state kept per id stays bounded."""

Instant = Annotated[datetime, Meta(tz=True)]
"""RFC 3339 with a zone; a naive time could be any of 25 hours and is refused."""

Milliseconds = Annotated[int, Meta(ge=0, le=2**40)]
"""At most 34 years: then 8 million of them in one cell still have a sum that ClickHouse's Int64 holds; a cell it cannot
hold would keep all rows of its batch from being stored, for ever."""
Revision = Annotated[int, Meta(ge=0, le=2**31 - 1)]

MEASURE_NAME: Final = re.compile("[a-z][a-z0-9_]{0,63}")
"""What becomes part of a metric id."""

DimensionValue = Annotated[str, Meta(max_length=256)] | None


class Dimensions(msgspec.Struct, kw_only=True, gc=False):
    """What every event's data may say about where it happened; all optional."""

    channel: DimensionValue = None
    journey: DimensionValue = None
    stage: DimensionValue = None
    touchpoint: DimensionValue = None
    region: DimensionValue = None
    team: DimensionValue = None
    agent: DimensionValue = None
    product: DimensionValue = None
    customer_class: DimensionValue = None
    queue: DimensionValue = None
    kind: DimensionValue = None
    priority: DimensionValue = None
    severity: DimensionValue = None
    reason: DimensionValue = None
    question: DimensionValue = None
    customer: DimensionValue = None
    """A reference, never a name; the record key where it is present. Not a dimension of any row."""
    calendar: DimensionValue = None
    """Of a case: the published calendar by which it is worked on from here on. Not a dimension of any row."""


class Envelope(msgspec.Struct, tag_field="type", kw_only=True, gc=False):
    """The CloudEvents attributes all types share. ``source`` and ``id`` together identify an event."""

    specversion: Literal["1.0"]
    id: Text
    source: Text
    time: Instant
    subject: Text
    """The case id, the response id of a survey, or what a wait, promise or follow-up is known by."""


class MessageData(Dimensions, kw_only=True):
    author: Literal["customer", "agent", "bot"]
    public: bool = True
    """False: an internal note, which answers nobody."""


class EscalatedData(Dimensions, kw_only=True):
    level: Annotated[int, Meta(ge=1, le=3)]


class AssessedData(Dimensions, kw_only=True):
    valid: bool
    """Whether the complaint is justified."""


class ResolvedData(Dimensions, kw_only=True):
    author: Literal["customer", "agent", "bot"] | None = None


class MeasuredData(Dimensions, kw_only=True):
    measure: Annotated[str, Meta(max_length=64, extra_json_schema={"pattern": f"^{MEASURE_NAME.pattern}$"})]
    duration_ms: Milliseconds


class DueData(Dimensions, kw_only=True):
    due_at: Instant
    """By when it has to be done; not before the event's own time."""


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


Customer = Annotated[str, Meta(min_length=1, max_length=256)]
"""A reference that an event may have."""


class ErasedData(Dimensions, kw_only=True):
    customer: Customer
    """Of whom everything up to the event's time is to be forgotten; as the customer's other events have it."""


class CalendarData(Dimensions, kw_only=True):
    """Fields as in `schemas.calendars`. Raises ValueError for what is no calendar."""

    zone: str
    week: dict[Weekday, tuple[str, ...]]
    days: dict[date, tuple[str, ...]] = {}
    effective_from: Instant | None = None
    """Default: the event's time."""

    def __post_init__(self) -> None:
        try:
            self.as_calendar()
        except CalendarError:  # whose text repeats what it found
            raise ValueError("zone is no IANA time zone, or a shift none such as 08:00-17:30") from None

    def as_calendar(self) -> Calendar:
        return Calendar(zone=self.zone, week=self.week, days=self.days)


class WithdrawnData(Dimensions, kw_only=True):
    revision: Revision = 0
    """Withdraws every answer of the response with this revision or a lower one."""


class CaseEvent(Envelope, kw_only=True):
    """What all events of a case share."""

    data: Dimensions


class SurveyEvent(Envelope, kw_only=True):
    """What all events of a survey response share."""

    data: Dimensions


class DeadlineEvent(Envelope, kw_only=True):
    """What all events share of what begins and is judged at its due time: a wait, promise or follow-up has to be met by
    then, a customer has to stay and a repair to last until then."""

    data: Dimensions


class CaseOpened(CaseEvent, tag="cx.case.opened" + SUFFIX, kw_only=True):
    data: Dimensions


class CaseMessage(CaseEvent, tag="cx.case.message" + SUFFIX, kw_only=True):
    data: MessageData


class CaseAssigned(CaseEvent, tag="cx.case.assigned" + SUFFIX, kw_only=True):
    data: Dimensions


class CaseEscalated(CaseEvent, tag="cx.case.escalated" + SUFFIX, kw_only=True):
    data: EscalatedData


class CaseAssessed(CaseEvent, tag="cx.case.assessed" + SUFFIX, kw_only=True):
    """Of a complaint: somebody has looked into it."""

    data: AssessedData


class CaseResolved(CaseEvent, tag="cx.case.resolved" + SUFFIX, kw_only=True):
    data: ResolvedData


class CaseConfirmed(CaseEvent, tag="cx.case.confirmed" + SUFFIX, kw_only=True):
    """Of a resolved complaint: the customer agrees that it is."""

    data: Dimensions


class CaseReopened(CaseEvent, tag="cx.case.reopened" + SUFFIX, kw_only=True):
    data: Dimensions


class CaseClosed(CaseEvent, tag="cx.case.closed" + SUFFIX, kw_only=True):
    data: Dimensions


class WaitStarted(DeadlineEvent, tag="cx.wait.started" + SUFFIX, kw_only=True):
    data: Dimensions


class WaitServed(DeadlineEvent, tag="cx.wait.served" + SUFFIX, kw_only=True):
    data: Dimensions


class WaitAbandoned(DeadlineEvent, tag="cx.wait.abandoned" + SUFFIX, kw_only=True):
    data: Dimensions


class TouchpointMeasured(Envelope, tag="cx.touchpoint.measured" + SUFFIX, kw_only=True):
    data: MeasuredData


class FollowupDue(DeadlineEvent, tag="cx.followup.due" + SUFFIX, kw_only=True):
    data: DueData


class FollowupDone(DeadlineEvent, tag="cx.followup.done" + SUFFIX, kw_only=True):
    data: Dimensions


class PromiseMade(DeadlineEvent, tag="cx.promise.made" + SUFFIX, kw_only=True):
    data: DueData


class PromiseKept(DeadlineEvent, tag="cx.promise.kept" + SUFFIX, kw_only=True):
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


class SurveyAnswered(SurveyEvent, tag="cx.survey.answered" + SUFFIX, kw_only=True):
    data: AnsweredData


class SurveyWithdrawn(SurveyEvent, tag="cx.survey.withdrawn" + SUFFIX, kw_only=True):
    data: WithdrawnData


class CustomerJoined(DeadlineEvent, tag="cx.customer.joined" + SUFFIX, kw_only=True):
    """Of a membership, such as a contract, whose number is the subject: it is kept as it is."""

    data: Dimensions


class CustomerLeft(DeadlineEvent, tag="cx.customer.left" + SUFFIX, kw_only=True):
    data: Dimensions


class RepairCompleted(DeadlineEvent, tag="cx.repair.completed" + SUFFIX, kw_only=True):
    """Something was repaired, or handed over."""

    data: Dimensions


class RepairReworked(DeadlineEvent, tag="cx.repair.reworked" + SUFFIX, kw_only=True):
    """It had to be repaired again."""

    data: Dimensions


class CustomerErased(Envelope, tag=ERASED, kw_only=True):
    data: ErasedData


class CalendarPublished(Envelope, tag=CALENDAR, kw_only=True):
    """A version of the calendar that the subject names. Every partition needs it: `cxstream calendars` sees to that."""

    data: CalendarData


Event = (
    CaseOpened
    | CaseMessage
    | CaseAssigned
    | CaseEscalated
    | CaseAssessed
    | CaseResolved
    | CaseConfirmed
    | CaseReopened
    | CaseClosed
    | TouchpointMeasured
    | SurveyInvited
    | SurveySuppressed
    | SurveyDelivered
    | SurveyBounced
    | SurveyStarted
    | SurveyDeclined
    | SurveyAnswered
    | SurveyWithdrawn
    | WaitStarted
    | WaitServed
    | WaitAbandoned
    | FollowupDue
    | FollowupDone
    | PromiseMade
    | PromiseKept
    | CustomerJoined
    | CustomerLeft
    | RepairCompleted
    | RepairReworked
    | CustomerErased
    | CalendarPublished
)

SURVEY_PREFIX: Final = "cx.survey."
"""Types with this prefix go to the surveys topic, all others to the touchpoints topic; `CustomerErased` to both."""
