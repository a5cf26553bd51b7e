"""Customers who were erased: what they did until then is left out wherever it comes again.

`cx.customer.erased` names a customer; its time says until when everything of theirs is to be forgotten. What comes
later and tells of that time (a late or repeated delivery, a dead letter that is sent again, an import) counts nowhere
and becomes no dead letter. What a customer does after that time counts as anybody's.

Rows and checkpoints hold no reference of anybody, so what was counted before the erasure may stay counted. A replay can
leave that out as well: it starts with every erasure of its log known.
"""

from collections.abc import Iterable
from hashlib import blake2b
from typing import Literal

from schemas.events import CustomerErased, Event
from streams.core.duplicates import identity

ErasedContributions = Literal["keep", "withdraw"]
"""What becomes of the facts that were counted before their customer was erased."""

Erased = tuple[str, int]
"""Digest of a customer's reference, and the time until which the customer is erased, ms since 1970 UTC."""


class Erasures:
    """The customers erased last, and the subjects of which a part was left out."""

    def __init__(self, limit: int, customers: Iterable[Erased] = (), subjects: Iterable[str] = ()) -> None:
        """``customers`` and ``subjects``: as they were, oldest first; ``limit``: of each, so many are remembered."""
        self.customers = dict(customers)
        """Time until which each is erased, by the digest of the reference: the oldest erasure first."""
        self.subjects = dict.fromkeys(subjects)
        """Cases, responses and deadlines whose beginning was left out: what is left of them would be an orphan."""
        self._limit = max(limit, len(self.customers))

    def erase(self, customer: str, time: int) -> None:
        """Everything of this customer up to ``time`` (ms) is left out from here on."""
        known_as = digest(customer)
        self.customers[known_as] = max(time, self.customers.pop(known_as, time))
        self.limit_to(self._limit)

    def cover(self, event: Event, time: int) -> bool:
        """Whether the event, which happened at ``time``, has to be left out; an erasure itself never."""
        if isinstance(event, CustomerErased):
            return False
        customer = event.data.customer
        if customer and time <= self.customers.get(digest(customer), -1):
            return True
        return bool(self.subjects) and _subject(event) in self.subjects

    def leave_out(self, event: Event) -> None:
        """Also leave out whatever else belongs to the subject of this event, whoever it names."""
        self.subjects[_subject(event)] = None
        self.limit_to(self._limit)

    def limit_to(self, limit: int) -> None:
        """Remember at most so many customers, and as many subjects, from here on."""
        self._limit = limit
        for remembered in (self.customers, self.subjects):
            while len(remembered) > limit:
                del remembered[next(iter(remembered))]


def digest(customer: str) -> str:
    """What a customer is known by here, so that nothing that is kept repeats a reference that was to be erased."""
    return blake2b(customer.encode(), digest_size=16).hexdigest()


def _subject(event: Event) -> str:
    """A case, a response and a wait may share a name, and only their types tell them apart."""
    return identity(str(event.__struct_config__.tag).rsplit(".", 2)[0], event.subject)
