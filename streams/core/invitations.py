"""Survey fatigue: the facts of all invitations of one customer as a pure function of their set.

* survey_cap_kept belongs to the pane of each invitation: 0 when it is one more than its customer may get within the
  duration that ends with it (`Rules.survey_cap` in `Rules.survey_cap_span_ms`; domain.md 2.2 K29), else 1.
* Simultaneous invitations are ordered by id, those of one id from two sources by what they name.

Invitations that name no customer are of nobody, and in none of this.
"""

import msgspec

from streams.core.definitions import Rules
from streams.core.facts import Fact
from streams.core.segments import Segments


class Asked(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One invitation of a customer."""

    time: int
    """ms since 1970 UTC."""
    id: str
    own: int
    """Number of the segment that the event names."""


class Invited(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The invitations of a customer; immutable, so that a checkpoint may hold them while the next event comes."""

    epoch: int
    """Number of the rules under which the first of them came."""
    asked: tuple[Asked, ...]
    """In order."""


def insert(asked: tuple[Asked, ...], now: Asked, segments: Segments) -> tuple[Asked, ...]:
    """The invitations, which are in order, and one more in its place."""
    if not asked or now.time > asked[-1].time:
        return (*asked, now)
    return tuple(sorted((*asked, now), key=lambda each: (each.time, each.id, segments.known[each.own])))


def facts(invited: Invited, rules: Rules) -> list[Fact]:
    """One for each of the invitations."""
    result = []
    oldest = 0  # of those within the duration
    for number, each in enumerate(invited.asked):
        while invited.asked[oldest].time <= each.time - rules.survey_cap_span_ms:
            oldest += 1
        is_kept = number - oldest < rules.survey_cap
        result.append(Fact(rules.survey_cap_kept, each.time, each.own, int(is_kept)))
    return result
