"""What was promised to the customer of a case under its service level agreement (domain.md 4.6, sla_attainment).

A case names a policy in any of its events. In force at an instant is the one it named last, in the version of that
instant, as published in the log when the case began; the first version of a policy holds before its time as well. What
begins under a policy is judged by it to the end:

* sla_first_response and sla_next_reply, where the customer began to wait: 1 when a human answers by then, 0 as soon as
  event time has passed that. A cycle that ends before has neither.
* sla_resolution, where the case was opened: 1 when it is first resolved by then, 0 as soon as event time has passed
  that.

Each version of a policy has a definition of its own, so that shares of two never mix. One that is unknown counts as
unknown_sla_policies where it is named, and promises nothing; nor does one in business time where the case has named no
calendar before.
"""

from typing import Final

import msgspec
from msgspec.structs import replace

from streams.business_time import Named
from streams.core.due_times import NEVER
from streams.core.facts import Fact
from streams.core.policies import Promise
from streams.core.rules import Rules

NONE: Final = -1


class Owed(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What is owed to the customer of one case; definitions are numbers, times ms since 1970 UTC."""

    policy: str = ""
    """The one named last."""
    due: int = NEVER
    """The earlier of the two below: event time past it decides something."""
    reply: int = NONE
    """Definition under which the reply to the open turn is judged."""
    reply_due: int = NEVER
    resolution: int = NONE
    """Definition under which the resolution is judged."""
    resolution_due: int = NEVER


NOTHING: Final = Owed()


def named(owed: Owed, policy: str) -> Owed:
    """After the case names a policy; what began before stays as it is."""
    return replace(owed, policy=policy)


def opened(owed: Owed, time: int, calendars: Named, rules: Rules) -> Owed:
    """After the case is opened at ``time``."""
    promise = rules.policies.promise("sla_resolution", owed.policy, time)
    if promise is None:
        return owed
    return _due(replace(owed, resolution=promise.definition, resolution_due=_until(promise, time, calendars, rules)))


def asked(owed: Owed, time: int, is_first: bool, calendars: Named, rules: Rules) -> Owed:
    """After the customer begins to wait at ``time``, for the first time in the cycle or again."""
    promise = rules.policies.promise("sla_first_response" if is_first else "sla_next_reply", owed.policy, time)
    if promise is None:
        return owed
    return _due(replace(owed, reply=promise.definition, reply_due=_until(promise, time, calendars, rules)))


def answered(owed: Owed, turn: int, segment: int, facts: list[Fact]) -> Owed:
    """After a human answers in time the turn that began at ``turn``."""
    facts.append(Fact(owed.reply, turn, segment, 1))
    return ended(owed)


def ended(owed: Owed) -> Owed:
    """After nobody waits for a reply any more."""
    return _due(replace(owed, reply_due=NEVER))


def resolved(owed: Owed, begun: int, segment: int, facts: list[Fact]) -> Owed:
    """After the case that was opened at ``begun`` is resolved in time."""
    facts.append(Fact(owed.resolution, begun, segment, 1))
    return _due(replace(owed, resolution_due=NEVER))


def passed(owed: Owed, reached: int, turn: int, begun: int, segment: int, facts: list[Fact]) -> Owed:
    """Once event time has ``reached`` a time past `Owed.due`; times of the open turn and of the opening."""
    if reached > owed.reply_due:
        facts.append(Fact(owed.reply, turn, segment, 0))
        owed = replace(owed, reply_due=NEVER)
    if reached > owed.resolution_due:
        facts.append(Fact(owed.resolution, begun, segment, 0))
        owed = replace(owed, resolution_due=NEVER)
    return _due(owed)


def _until(promise: Promise, begin: int, calendars: Named, rules: Rules) -> int:
    if not promise.business:
        return begin + promise.within_ms
    due = rules.calendars.due(calendars, begin, promise.within_ms) if calendars else None
    return NEVER if due is None else due


def _due(owed: Owed) -> Owed:
    return replace(owed, due=min(owed.reply_due, owed.resolution_due))
