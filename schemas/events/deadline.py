"""Events of what begins and is judged at its due time: waits, follow-ups, promises, memberships and repairs."""

from schemas.events.envelope import SUFFIX, Dimensions, Envelope, Instant


class DueData(Dimensions, kw_only=True):
    due_at: Instant
    """By when it has to be done; not before the event's own time."""


class DeadlineEvent(Envelope, kw_only=True):
    """What all events share of what begins and is judged at its due time: a wait, promise or follow-up has to be met by
    then, a customer has to stay and a repair to last until then."""

    data: Dimensions


class WaitStarted(DeadlineEvent, tag="cx.wait.started" + SUFFIX, kw_only=True):
    data: Dimensions


class WaitServed(DeadlineEvent, tag="cx.wait.served" + SUFFIX, kw_only=True):
    data: Dimensions


class WaitAbandoned(DeadlineEvent, tag="cx.wait.abandoned" + SUFFIX, kw_only=True):
    data: Dimensions


class FollowupDue(DeadlineEvent, tag="cx.followup.due" + SUFFIX, kw_only=True):
    data: DueData


class FollowupDone(DeadlineEvent, tag="cx.followup.done" + SUFFIX, kw_only=True):
    data: Dimensions


class PromiseMade(DeadlineEvent, tag="cx.promise.made" + SUFFIX, kw_only=True):
    data: DueData


class PromiseKept(DeadlineEvent, tag="cx.promise.kept" + SUFFIX, kw_only=True):
    data: Dimensions


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
