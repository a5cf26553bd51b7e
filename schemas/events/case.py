"""Events of a case: a contact from its opening to its end."""

from typing import Annotated, Literal

from msgspec import Meta

from schemas.events.envelope import SUFFIX, Dimensions, Envelope


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


class CaseEvent(Envelope, kw_only=True):
    """What all events of a case share."""

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
