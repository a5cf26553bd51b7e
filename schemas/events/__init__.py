"""The events cxstream understands: CloudEvents 1.0 in structured JSON mode, version 1 of each type.

One class per type; its ``data`` class names the fields. Unknown extra fields are allowed and ignored.
"""

from schemas.events.aims import InitiativeEnded, InitiativeStarted, StartedData, TargetData, TargetPublished
from schemas.events.case import (
    AssessedData,
    CaseAssessed,
    CaseAssigned,
    CaseClosed,
    CaseConfirmed,
    CaseEscalated,
    CaseEvent,
    CaseMessage,
    CaseOpened,
    CaseReopened,
    CaseResolved,
    EscalatedData,
    MessageData,
    ResolvedData,
)
from schemas.events.deadline import (
    CustomerJoined,
    CustomerLeft,
    DeadlineEvent,
    DueData,
    FollowupDone,
    FollowupDue,
    PromiseKept,
    PromiseMade,
    RepairCompleted,
    RepairReworked,
    WaitAbandoned,
    WaitServed,
    WaitStarted,
)
from schemas.events.envelope import END, FIRST, SUFFIX, Dimensions, DimensionValue, Envelope, Instant, Revision, Text
from schemas.events.erasure import ERASED, Customer, CustomerErased, ErasedData
from schemas.events.reference import (
    REFERENCE_PREFIX,
    CalendarData,
    CalendarPublished,
    SlaPolicyData,
    SlaPolicyPublished,
)
from schemas.events.survey import (
    SURVEY_PREFIX,
    AnsweredData,
    InvitedData,
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
    WithdrawnData,
)
from schemas.events.touchpoint import MEASURE_NAME, MeasuredData, Milliseconds, TouchpointMeasured

__all__ = [
    "END",
    "ERASED",
    "FIRST",
    "MEASURE_NAME",
    "REFERENCE_PREFIX",
    "SUFFIX",
    "SURVEY_PREFIX",
    "AnsweredData",
    "AssessedData",
    "CalendarData",
    "CalendarPublished",
    "CaseAssessed",
    "CaseAssigned",
    "CaseClosed",
    "CaseConfirmed",
    "CaseEscalated",
    "CaseEvent",
    "CaseMessage",
    "CaseOpened",
    "CaseReopened",
    "CaseResolved",
    "Customer",
    "CustomerErased",
    "CustomerJoined",
    "CustomerLeft",
    "DeadlineEvent",
    "DimensionValue",
    "Dimensions",
    "DueData",
    "Envelope",
    "ErasedData",
    "EscalatedData",
    "Event",
    "FollowupDone",
    "FollowupDue",
    "InitiativeEnded",
    "InitiativeStarted",
    "Instant",
    "InvitedData",
    "MeasuredData",
    "MessageData",
    "Milliseconds",
    "PromiseKept",
    "PromiseMade",
    "RepairCompleted",
    "RepairReworked",
    "ResolvedData",
    "Revision",
    "SlaPolicyData",
    "SlaPolicyPublished",
    "StartedData",
    "SurveyAnswered",
    "SurveyBounced",
    "SurveyBrokenOff",
    "SurveyDeclined",
    "SurveyDelivered",
    "SurveyEvent",
    "SurveyInvited",
    "SurveyStarted",
    "SurveySuppressed",
    "SurveyWithdrawn",
    "TargetData",
    "TargetPublished",
    "Text",
    "TouchpointMeasured",
    "WaitAbandoned",
    "WaitServed",
    "WaitStarted",
    "WithdrawnData",
]

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
    | SurveyBrokenOff
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
    | SlaPolicyPublished
    | TargetPublished
    | InitiativeStarted
    | InitiativeEnded
)
