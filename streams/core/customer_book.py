"""All customers of a partition."""

from collections.abc import Iterable

from schemas.events import CaseOpened, SurveyInvited
from streams.core.admission import Refused
from streams.core.customer_facts import Asked, Contact, Customer, facts, with_one_more
from streams.core.definitions import Rules, newest
from streams.core.erasures import digest
from streams.core.facts import Change, difference
from streams.core.segments import Segments
from streams.core.subjects import Entry, Subjects


class CustomerBook:
    """Applies invitations and opened cases that name a customer. One that comes late retracts what it changes."""

    def __init__(self, customers: Subjects[Customer], rules: dict[int, Rules], segments: Segments, cap: int) -> None:
        self.customers = customers
        """By digest, so that nothing that is kept repeats a reference."""
        self.cap = cap
        self._rules = rules
        self._segments = segments

    def check(self, customer: str, sequence: int, watermark: int) -> None:
        """Raises Refused when as many events of the customer are kept as may be."""
        entry = self.customers.get(digest(customer), sequence, watermark)
        if entry is not None and entry.kept.length >= self.cap:
            raise Refused("too_many_events", f"its customer has {self.cap} invitations and cases")

    def apply(
        self, event: SurveyInvited | CaseOpened, customer: str, time: int, sequence: int, watermark: int
    ) -> Change:
        """What one event does to the facts of its customer; ``sequence`` and ``watermark`` are those before it, as in
        `check`, which it has passed."""
        known_as = digest(customer)
        entry = self.customers.get(known_as, sequence, watermark)
        own = self._segments.named(event.data)
        now: Asked | Contact = Asked(time, event.id, own)
        if isinstance(event, CaseOpened):
            now = Contact(time, event.id, own, event.subject, event.data.reason or "")
        if entry is None:
            self.customers.begin(known_as, sequence, watermark)
            before, last_time, number = Customer(newest(self._rules)), time, self.customers.begun
        else:
            before, last_time, number = entry.kept, max(entry.last_time, time), entry.number
        after = with_one_more(before, now, self._segments)
        self.customers.put(known_as, Entry(sequence, last_time, after, number))
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
