"""Replies and resolutions of a case in the business time of the calendars that it names (domain.md 4.5).

A case is worked on by the calendar that one of its events names, until another one names another; the first of them
holds before as well. Calendars are those that were published in the log when the case began, as its definitions are, so
that what is retracted is what was booked. One that was not counts as unknown_calendars where it is named, and no
business time that it is part of is booked.

Durations are booked beside those of the calendar on the wall, where they end. Attainment belongs to the pane of the
question: 1 when answered by the target in business time, 0 as soon as event time has passed that. Naming another
calendar before then moves it.
"""

from typing import Final

from streams.business_time import Named
from streams.core.facts import Fact
from streams.core.rules import Rules

NONE: Final = -1


def named(calendars: Named, name: str, time: int) -> Named:
    """After the case names a calendar at ``time``."""
    if calendars and calendars[-1][1] == name:
        return calendars
    return (*calendars, (time, name))


def due(calendars: Named, question: int, rules: Rules) -> int:
    """When the target of a question has passed; NONE where that is unknown, or never."""
    if not calendars or not rules.business_target_ms:
        return NONE
    passed = rules.calendars.due(calendars, question, rules.business_target_ms)
    return NONE if passed is None else passed


def answered(
    calendars: Named,
    turn: int,
    question: int,
    business_due: int,
    time: int,
    segment: int,
    rules: Rules,
    facts: list[Fact],
) -> None:
    """A turn that began at ``turn`` is answered at ``time``; ``question`` >= 0 where it is the first of its cycle."""
    waited = rules.calendars.elapsed(calendars, turn, time)
    if waited is None:
        return
    facts.append(Fact(rules.next_reply_business, time, segment, waited))
    if question >= 0:
        facts.append(Fact(rules.first_response_business, time, segment, waited))
    if business_due >= 0:
        facts.append(Fact(rules.attainment_business, question, segment, 1))


def resolved(calendars: Named, begun: int, time: int, segment: int, rules: Rules, facts: list[Fact]) -> None:
    """A cycle that began at ``begun`` is resolved at ``time``."""
    took = rules.calendars.elapsed(calendars, begun, time)
    if took is not None:
        facts.append(Fact(rules.resolution_business, time, segment, took))
