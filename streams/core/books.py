"""The books of a partition, each with its bounded memory: cases, responses, waits, promises and follow-ups, and
customers."""

from collections.abc import Iterator
from itertools import chain
from typing import Any

from schemas.events import CaseEvent, CaseOpened, DeadlineEvent, Event, SurveyEvent, SurveyInvited
from streams.core.case_book import CaseBook
from streams.core.checkpoint import Checkpoint
from streams.core.configuration import Configuration
from streams.core.counts import Counts
from streams.core.customer_book import CustomerBook
from streams.core.deadline_book import DeadlineBook
from streams.core.facts import Change
from streams.core.response_book import ResponseBook
from streams.core.rules import Rules
from streams.core.segments import Segments
from streams.core.subjects import Subjects

Book = CaseBook | ResponseBook | DeadlineBook | CustomerBook


class Books:
    """One of each kind, under the same bounds."""

    def __init__(
        self,
        origin: Checkpoint,
        configuration: Configuration,
        rules: dict[int, Rules],
        segments: Segments,
        counts: Counts,
    ) -> None:
        """Takes over what ``origin`` remembers; ``rules`` and ``segments`` are the partition's and go on changing."""
        horizon = configuration.subject_horizon_ms, configuration.subject_horizon_events, configuration.subject_cap
        shared = rules, segments, configuration.subject_event_cap
        header = origin.header
        self.cases = CaseBook(Subjects(*horizon, dict(origin.cases), header.cases_begun, counts), *shared)
        self.responses = ResponseBook(
            Subjects(*horizon, dict(origin.responses), header.responses_begun, counts), *shared
        )
        self.deadlines = DeadlineBook(
            Subjects(*horizon, dict(origin.deadlines), header.deadlines_begun, counts), *shared
        )
        self.customers = CustomerBook(
            Subjects(*horizon, dict(origin.customers), header.customers_begun, counts), *shared
        )

    def __iter__(self) -> Iterator[Book]:
        yield self.cases
        yield self.responses
        yield self.deadlines
        yield self.customers

    @property
    def subjects(self) -> tuple[Subjects[Any], ...]:
        """What each of them remembers."""
        return self.cases.cases, self.responses.responses, self.deadlines.deadlines, self.customers.customers

    @property
    def oldest_epoch(self) -> int | None:
        """The first in which anything began that is remembered."""
        return min(chain.from_iterable(book.epochs() for book in self), default=None)

    def remember(self, event: Event, sequence: int, watermark: int) -> bool:
        """Whether any of the subject of the event is counted; true of an event that stands for itself."""
        if isinstance(event, CaseEvent):
            return self.cases.remembers(event, sequence, watermark)
        if isinstance(event, SurveyEvent):
            return self.responses.remembers(event, sequence, watermark)
        return not isinstance(event, DeadlineEvent) or self.deadlines.remembers(event, sequence, watermark)

    def case(self, event: CaseEvent, time: int, sequence: int, watermark: int) -> Change:
        """What one event of a case does to the facts, its opening also to those of its customer, if it says why.

        As `CaseBook.apply`, and refused as well when its customer has too many events.
        """
        if type(event) is not CaseOpened or not event.data.customer or not event.data.reason:
            return self.cases.apply(event, time, sequence, watermark)
        customer = self.customers.admit(event.data.customer, sequence, watermark)
        change = self.cases.apply(event, time, sequence, watermark)
        return _both(change, self.customers.apply(event, customer, time, sequence, watermark))

    def survey(self, event: SurveyEvent, time: int, scale: str, sequence: int, watermark: int) -> Change | None:
        """The same of a response and its invitation; None as of `ResponseBook.apply`."""
        if type(event) is not SurveyInvited or not event.data.customer:
            return self.responses.apply(event, time, scale, sequence, watermark)
        customer = self.customers.admit(event.data.customer, sequence, watermark)
        change = self.responses.apply(event, time, scale, sequence, watermark)
        assert change is not None  # an invitation is never known already
        return _both(change, self.customers.apply(event, customer, time, sequence, watermark))

    def sweep(self, sequence: int, watermark: int) -> int:
        """Frees the memory of what is forgotten; how many subjects are left."""
        for book in self:
            book.sweep(sequence, watermark)
        return sum(len(each.entries) for each in self.subjects)

    def adopt(self, configuration: Configuration, sequence: int, watermark: int) -> None:
        """Other bounds from here on."""
        for subjects in self.subjects:
            subjects.horizon_ms = configuration.subject_horizon_ms
            subjects.horizon_events = configuration.subject_horizon_events
        for book in self:
            book.cap = configuration.subject_event_cap
            book.limit_to(configuration.subject_cap, sequence, watermark)


def _both(one: Change, other: Change) -> Change:
    return Change([*one.added, *other.added], [*one.retracted, *other.retracted])
