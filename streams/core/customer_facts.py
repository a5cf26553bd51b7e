"""One customer across cases and responses: facts as a pure function of the set of invitations and of opened cases.

* survey_cap_kept belongs to the pane of each invitation: 0 when it is one more than its customer may get within the
  duration that ends with it (`Rules.survey_cap` in `Rules.survey_cap_span_ms`; domain.md 2.2 K29), else 1.
* repeat_contact_rate belongs to the pane in which a case was opened: 1 when the customer opens another case for the
  same reason within its target after that, else 0 (domain.md 4.6, the repeat of first-contact resolution). Of several
  openings of one case the earliest counts.
* Simultaneous events are ordered by id, those of one id from two sources by what they name.

Events that name no customer are of nobody, and in none of this; nor are cases opened without a reason, for whether two
of those are about the same could only be guessed.
"""

from collections import defaultdict
from collections.abc import Iterator

import msgspec

from streams.core.facts import Fact
from streams.core.rules import Rules
from streams.core.segments import Segments


class Asked(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One invitation of a customer."""

    time: int
    """ms since 1970 UTC."""
    id: str
    own: int
    """Number of the segment that the event names."""


class Contact(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One opened case of a customer."""

    time: int
    id: str
    own: int
    case: str
    reason: str


class Customer(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What is known of a customer; immutable, so that a checkpoint may hold it while the next event comes."""

    epoch: int
    """Number of the rules under which the first of it came."""
    asked: tuple[Asked, ...] = ()
    """In order."""
    contacts: tuple[Contact, ...] = ()
    """In order."""

    @property
    def length(self) -> int:
        """Events so far."""
        return len(self.asked) + len(self.contacts)


def with_one_more(customer: Customer, now: Asked | Contact, segments: Segments) -> Customer:
    """The customer with one more event in its place."""
    if isinstance(now, Asked):
        asked = (*customer.asked, now)
        if customer.asked and now.time <= customer.asked[-1].time:
            asked = tuple(sorted(asked, key=lambda each: (each.time, each.id, segments.known[each.own])))
        return Customer(customer.epoch, asked, customer.contacts)
    contacts = (*customer.contacts, now)
    if customer.contacts and now.time <= customer.contacts[-1].time:
        key = lambda each: (each.time, each.id, segments.known[each.own], each.case, each.reason)  # noqa: E731
        contacts = tuple(sorted(contacts, key=key))
    return Customer(customer.epoch, customer.asked, contacts)


def facts(customer: Customer, rules: Rules) -> list[Fact]:
    """All facts of the customer."""
    return [*_invitations(customer, rules), *_contacts(customer, rules)]


def _invitations(customer: Customer, rules: Rules) -> Iterator[Fact]:
    oldest = 0  # of those within the duration
    for number, each in enumerate(customer.asked):
        while customer.asked[oldest].time <= each.time - rules.survey_cap_span_ms:
            oldest += 1
        yield Fact(rules.survey_cap_kept, each.time, each.own, int(number - oldest < rules.survey_cap))


def _contacts(customer: Customer, rules: Rules) -> Iterator[Fact]:
    cases: dict[str, Contact] = {}
    for each in customer.contacts:
        cases.setdefault(each.case, each)
    by_reason: defaultdict[str, list[Contact]] = defaultdict(list)
    for each in cases.values():
        by_reason[each.reason].append(each)
    for same in by_reason.values():
        for each, later in zip(same, [*same[1:], None], strict=True):
            is_repeated = later is not None and later.time <= each.time + rules.repeat_target_ms
            yield Fact(rules.repeat_contact_rate, each.time, each.own, int(is_repeated))
