"""All invitations of a partition, by customer."""

from collections.abc import Iterable

from schemas.events import SurveyInvited
from streams.core.admission import Refused
from streams.core.definitions import Rules, newest
from streams.core.erasures import digest
from streams.core.facts import Change, difference
from streams.core.invitations import Asked, Invited, facts, insert
from streams.core.segments import Segments
from streams.core.subjects import Entry, Subjects


class InvitationBook:
    """Applies invitations that name a customer. One that comes late retracts what it makes one too many."""

    def __init__(self, customers: Subjects[Invited], rules: dict[int, Rules], segments: Segments, cap: int) -> None:
        self.customers = customers
        """By digest, so that nothing that is kept repeats a reference."""
        self.cap = cap
        self._rules = rules
        self._segments = segments

    def check(self, event: SurveyInvited, sequence: int, watermark: int) -> None:
        """Raises Refused when its customer has as many invitations as are kept of one."""
        customer = event.data.customer
        entry = self.customers.get(digest(customer), sequence, watermark) if customer else None
        if entry is not None and len(entry.kept.asked) >= self.cap:
            raise Refused("too_many_events", f"the customer of response {event.subject} has {self.cap} invitations")

    def apply(self, event: SurveyInvited, customer: str, time: int, sequence: int, watermark: int) -> Change:
        """What one event does to the facts of its customer; ``sequence`` and ``watermark`` are those before it, as in
        `check`, which it has passed."""
        known_as = digest(customer)
        entry = self.customers.get(known_as, sequence, watermark)
        asked = Asked(time, event.id, self._segments.named(event.data))
        if entry is None:
            self.customers.begin(known_as, sequence, watermark)
            invited = Invited(newest(self._rules), (asked,))
            self.customers.put(known_as, Entry(sequence, time, invited, self.customers.begun))
            return Change(facts(invited, self._rules[invited.epoch]))
        before = entry.kept
        invited = Invited(before.epoch, insert(before.asked, asked, self._segments))
        self.customers.put(known_as, Entry(sequence, max(entry.last_time, time), invited, entry.number))
        rules = self._rules[invited.epoch]
        return difference(facts(before, rules), facts(invited, rules))

    def sweep(self, sequence: int, watermark: int) -> None:
        """Free the memory of forgotten customers."""
        self.customers.sweep(sequence, watermark)

    def limit_to(self, cap: int, sequence: int, watermark: int) -> None:
        """Remember at most ``cap`` customers from here on."""
        self.customers.limit_to(cap, sequence, watermark)

    def epochs(self) -> Iterable[int]:
        """The epochs in which the invitations in memory began."""
        return (entry.kept.epoch for entry in self.customers.entries.values())
