"""All customers of a partition."""

from collections.abc import Iterable
from typing import NamedTuple

from schemas.events import CaseOpened, SurveyInvited
from streams.core.admission import Refused
from streams.core.customer_facts import Asked, Contact, Customer, facts, with_one_more
from streams.core.erasures import digest
from streams.core.facts import Change, difference
from streams.core.rules import Rules, newest
from streams.core.segments import Segments
from streams.core.subjects import Entry, Subjects


class Admitted(NamedTuple):
    """A customer who may have one more event."""

    known_as: str
    entry: Entry[Customer] | None
    """None of one who is not remembered."""


class CustomerBook:
    """Applies invitations and opened cases that name a customer. One that comes late retracts what it changes."""

    def __init__(self, customers: Subjects[Customer], rules: dict[int, Rules], segments: Segments, cap: int) -> None:
        self.customers = customers
        """By digest, so that nothing that is kept repeats a reference."""
        self.cap = cap
        self._rules = rules
        self._segments = segments

    def admit(self, customer: str, sequence: int, watermark: int) -> Admitted:
        """The customer of an event; ``sequence`` and ``watermark`` are those before it.

        Raises Refused when as many events of the customer are kept as may be.
        """
        known_as = digest(customer)
        entry = self.customers.get(known_as, sequence, watermark)
        if entry is not None and entry.kept.length >= self.cap:
            raise Refused("too_many_events", f"its customer has {self.cap} invitations and cases")
        return Admitted(known_as, entry)

    def apply(
        self, event: SurveyInvited | CaseOpened, customer: Admitted, time: int, sequence: int, watermark: int
    ) -> Change:
        """What one event does to the facts of its customer, as `admit` has just found it."""
        known_as, entry = customer
        own = self._segments.named(event.data)
        now: Asked | Contact
        if isinstance(event, CaseOpened):
            now = Contact(time, event.id, own, event.subject, event.data.reason or "")
        else:
            now = Asked(time, event.id, own)
        if entry is None:
            self.customers.begin(known_as, sequence, watermark)
            first = with_one_more(Customer(newest(self._rules)), now, self._segments)
            self.customers.put(known_as, Entry(sequence, time, first, self.customers.begun))
            return Change(facts(first, self._rules[first.epoch]))
        before = entry.kept
        after = with_one_more(before, now, self._segments)
        self.customers.put(known_as, Entry(sequence, max(entry.last_time, time), after, entry.number))
        rules = self._rules[after.epoch]
        return difference(facts(before, rules), facts(after, rules))

    def sweep(self, sequence: int, watermark: int) -> None:
        """Free the memory of forgotten customers."""
        self.customers.sweep(sequence, watermark)

    def limit_to(self, cap: int, sequence: int, watermark: int) -> None:
        """Remember at most ``cap`` customers from here on."""
        self.customers.limit_to(cap, sequence, watermark)

    def epochs(self) -> Iterable[int]:
        """The epochs in which what is remembered of customers began."""
        return (entry.kept.epoch for entry in self.customers.entries.values())
