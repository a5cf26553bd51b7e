"""One source partition, from bytes to rows and live windows: the pure, synchronous core.

The live worker, the replay, the tests and the benchmarks all drive this object. It knows no Kafka, no clock and no
network: what it does is a function of the records it is given, in the order of their offsets.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from schemas.events import (
    CalendarPublished,
    CaseEvent,
    CustomerErased,
    DeadlineEvent,
    SlaPolicyPublished,
    SurveyEvent,
    TouchpointMeasured,
)
from schemas.rejects import Reject
from schemas.rows import Row
from schemas.versions import Version, with_version
from streams.core.admission import Refused, admit, milliseconds
from streams.core.aims import AimEvent, Aims
from streams.core.books import Books
from streams.core.checkpoint import Checkpoint, Header
from streams.core.configuration import Configuration
from streams.core.definitions import Definitions
from streams.core.duplicates import Duplicates, identity
from streams.core.erasures import Erased, Erasures
from streams.core.facts import Change
from streams.core.live import Look
from streams.core.part_store import PartStore
from streams.core.parts import MINUTE_MS, closed_before
from streams.core.published import Published
from streams.core.records import Record, Source
from streams.core.rules import Rules, newest
from streams.core.segments import Segments
from streams.core.windows import SHOWN_MINUTES, LiveWindows

SWEEP_EVERY = 1_024
"""Accepted events between two sweeps of forgotten subjects, at least: what is forgotten and not swept is memory that a
quiet partition would keep for long, and a worker that is often replaced for ever."""


EPOCH_CAP = 1_000
"""Configurations in use at once, some 20 KiB each: as much that was published within the horizon of a case."""


class PartitionProcessor:
    """Everything a partition knows, and how each record changes it."""

    def __init__(
        self,
        source: Source,
        configuration: Configuration,
        checkpoint: Checkpoint | None = None,
        log_start: int = 0,
        erased: Sequence[Erased] = (),
    ) -> None:
        """A partition at the start of its log under ``configuration``; `restore` is the way from a checkpoint.

        ``log_start``: offset of the first record that the log still has. ``erased``: customers who are left out from
        there on, although the log says so only later.
        """
        origin = checkpoint or _beginning(configuration, log_start, erased)
        header = origin.header
        self.source = source
        self.applied = header.applied
        """Offset of the last applied record, one below the log's start before the first; records up to it are
        ignored."""
        self.watermark = header.watermark
        """Largest accepted event time, ms."""
        self._closed_earlier = header.closed
        self._closed = 0
        self._closes_at = 0
        """The watermark at which it moves on, ms."""
        self.counts = header.counts.copy()
        self._sweep_at = self.counts.accepted + SWEEP_EVERY
        self._epochs = dict(enumerate(header.epochs, header.first_epoch))
        self.configuration = current = header.epochs[-1]
        """The semantic settings in force."""
        self._definitions = Definitions(list(header.definitions))
        self._rules: dict[int, Rules] = {}
        self._in_force: Rules
        for number, each in self._epochs.items():
            self._add_rules(number, each)
        self._segments = Segments(
            current.dimensions,
            current.dimension_cap,
            current.segment_cap,
            list(header.segments),
            {name: list(values) for name, values in header.admitted.items()},
        )
        self._duplicates = Duplicates(current.duplicate_memory, origin.duplicates, header.expired_duplicates)
        self._books = Books(origin, current, self._rules, self._segments, self.counts)
        self._erasures = Erasures(current.erasure_memory, origin.erased, origin.left_out)
        self._aims = Aims(self._definitions, self._segments, dict(header.aims))
        self._parts = PartStore(self._definitions.known, self._segments, current.late_part_shift, origin.parts)
        self._windows = LiveWindows(origin.rollups)
        self._close()

    @classmethod
    def restore(cls, source: Source, checkpoint: Checkpoint) -> "PartitionProcessor":
        """The partition as the checkpoint knew it, under the checkpoint's own configuration; every cell is unstored."""
        return cls(source, checkpoint.configuration, checkpoint)

    @property
    def unstored(self) -> int:
        """Cells whose newest version is not known to be in ClickHouse."""
        return self._parts.unstored

    @property
    def cells(self) -> int:
        """Cells in memory."""
        return self._parts.cells

    @property
    def closed(self) -> int:
        """The minute before which panes are closed: a fact for one of those goes to a late part."""
        return self._closed

    def apply(self, records: Sequence[Record]) -> list[Reject]:
        """Apply records in offset order; those at or below `applied` are ignored.

        Returns the records that are no acceptable events. Never raises for anything a record may hold.
        """
        rejects = []
        for record in records:
            offset = record.offset
            if offset <= self.applied:
                continue
            try:
                self._apply(record, offset)
            except Refused as refused:
                self.counts.reject(refused.reason)
                rejects.append(Reject(offset, refused.reason, refused.detail))
            self.applied = offset
        return rejects

    def take_rows(self) -> list[Row]:
        """Changed cells as absolute rows, those that wait longest first; in flight until `confirm`.

        A partition that has very many (see `part_store.MOST_ROWS`) gives the rest with the next calls.

        Raises RuntimeError while rows taken earlier are not confirmed.
        """
        return self._parts.take_rows(self.source)

    def confirm(self) -> None:
        """The rows taken last are durable in ClickHouse; parts that are closed and stored leave memory."""
        self._parts.confirm()
        self._evict()

    def checkpoint(self) -> Checkpoint:
        """Everything the partition knows after `applied`, as a value that later records do not change."""
        self._evict()
        cases, responses, deadlines, customers = self._books.subjects
        header = Header(
            applied=self.applied,
            watermark=self.watermark,
            closed=self._closed_earlier,
            counts=self.counts.copy(),
            epochs=list(self._epochs.values()),
            first_epoch=next(iter(self._epochs)),
            cases_begun=cases.begun,
            responses_begun=responses.begun,
            deadlines_begun=deadlines.begun,
            customers_begun=customers.begun,
            definitions=list(self._definitions.known),
            segments=list(self._segments.known),
            admitted={name: list(values) for name, values in self._segments.admitted.items()},
            expired_duplicates=self._duplicates.expired,
            aims=dict(self._aims.published),
        )
        return Checkpoint(
            header,
            self._parts.freeze(),
            self._windows.freeze(),
            self._duplicates.blocks(),
            list(cases.entries.items()),
            list(responses.entries.items()),
            list(deadlines.entries.items()),
            list(customers.entries.items()),
            list(self._erasures.customers.items()),
            list(self._erasures.subjects),
        )

    def adopt(self, configuration: Configuration) -> None:
        """Go on under other semantic settings; what is under way keeps the definitions it began with.

        Closed panes stay closed under more lateness: what left memory would begin again at nothing and replace its row.
        So would late parts if their numbers came again. What is forgotten stays forgotten under a longer horizon,
        whether it was swept or not.

        Raises RegistryError, and changes nothing, when a metric has another meaning under its old version; ValueError
        when late parts are to collect more offsets than before.
        """
        if configuration.late_part_shift > self.configuration.late_part_shift:
            raise ValueError(
                f"late_part_shift may only shrink (CX_LATE_PART_SHIFT, at most {self.configuration.late_part_shift}): "
                "late parts would get the numbers of earlier ones"
            )
        self._begin_epoch(configuration.keeping(self.configuration.published))
        self._sweep()
        self._closed_earlier = self._closed
        self._close()
        self._segments.keep(configuration.dimensions, configuration.dimension_cap, configuration.segment_cap)
        self._duplicates.limit_to(configuration.duplicate_memory)
        self._erasures.limit_to(configuration.erasure_memory)
        self._parts.late_part_shift = configuration.late_part_shift
        self._books.adopt(configuration, self.counts.accepted, self.watermark)
        self._forget_epochs()

    def look(self, as_of_ms: int) -> Look:
        """The live windows that end at ``as_of_ms``, the cases open now, and the deadlines pending then."""
        return Look(
            as_of_ms,
            self._windows.look(self._parts.parts.values(), as_of_ms),
            self._books.cases.loads.copy(),
            self._books.deadlines.loads.copy(),
            self._definitions.known,
            self._segments.known,
        )

    def _apply(self, record: Record, offset: int) -> None:
        """Apply one record; raises Refused when it is no event, or one that contradicts what is known.

        1. Decode. 2. Skip what was accepted before, and what tells of an erased customer. 3. Take it into its case,
        response or deadline, or refuse it. From here on the event is accepted: 4. remember it, 5. advance the watermark
        and book the targets it passes, 6. book the event's own facts. Facts go to parts by the watermark as it was
        before this event.
        """
        event, time, scale = admit(record, self.configuration)  # 1
        known_as = identity(event.source, event.id)
        counts, books, before = self.counts, self._books, self.watermark
        if known_as in self._duplicates.seen:  # 2
            counts.duplicates += 1
            return
        if self._erasures.customers and self._erasures.cover(event, time):
            if not books.remember(event, counts.accepted, before):
                self._erasures.leave_out(event)
            counts.erased += 1
            return
        change: Change | None = None
        if type(event) is TouchpointMeasured:  # 3
            definition = self._in_force.measured(event.data.measure)
        elif isinstance(event, CaseEvent):
            change = books.case(event, time, counts.accepted, before)
        elif isinstance(event, SurveyEvent):
            change = books.survey(event, time, scale, counts.accepted, before)
            if change is None:
                counts.duplicates += 1
                return
        elif isinstance(event, DeadlineEvent):
            change = books.deadlines.apply(event, time, counts.accepted, before)
        elif isinstance(event, CustomerErased):
            self._erasures.erase(event.data.customer, time)
        elif isinstance(event, CalendarPublished):
            self._publish_calendar(event, time)
        elif isinstance(event, SlaPolicyPublished):
            self._publish_policy(event, time)
        elif isinstance(event, AimEvent):
            current = self.configuration
            change = self._aims.apply(event, time, current.dimension_cap, current.subject_event_cap)
        self._duplicates.add(known_as)  # 4
        closed = self._closed
        if time // MINUTE_MS < closed:
            counts.late += 1
        if time > before:  # 5
            self.watermark = time
            if time >= self._closes_at:
                self._close()
            if time > books.cases.targets.next:
                self._book(books.cases.expire(time, counts.accepted, before), offset, closed)
            if time > books.deadlines.due_times.next:
                self._book(books.deadlines.expire(time, counts.accepted, before), offset, closed)
        counts.accepted += 1
        if change is not None:  # 6
            self._book(change, offset, closed)
        elif type(event) is TouchpointMeasured:
            own = self._segments.named(event.data)
            self._parts.fold(definition, time, own, event.data.duration_ms, 1, offset, closed)
            counts.folded += own in self._segments.others or definition in self._definitions.others
        if counts.accepted >= self._sweep_at:
            self._sweep()

    def _publish_calendar(self, event: CalendarPublished, time: int) -> None:
        since = time if event.data.effective_from is None else milliseconds(event.data.effective_from)
        published = self.configuration.published
        version = Version(since, event.data.as_calendar())
        self._publish(replace(published, calendars=with_version(published.calendars, event.subject, version)))

    def _publish_policy(self, event: SlaPolicyPublished, time: int) -> None:
        since = time if event.data.effective_from is None else milliseconds(event.data.effective_from)
        published = self.configuration.published
        version = Version(since, event.data.as_policy())
        known = published.sla_policies.get(event.subject, ())
        if any(each.since == since and each.content != version.content for each in known):
            # The instant is in the definition of what is judged: shares under two promises would mix.
            raise Refused(
                "revision_conflict", f"{event.subject} has other terms from that instant on: publish a later one"
            )
        self._publish(replace(published, sla_policies=with_version(published.sla_policies, event.subject, version)))

    def _publish(self, published: Published) -> None:
        """What is published holds for whatever begins from here on.

        Raises Refused when more is in use than a partition may remember.
        """
        if published == self.configuration.published:
            return
        if len(self._epochs) >= EPOCH_CAP:
            self._forget_epochs()
        if len(self._epochs) >= EPOCH_CAP:
            raise Refused("too_many_events", f"{EPOCH_CAP} configurations, each with what was published, are in use")
        self._begin_epoch(self.configuration.keeping(published))
        self._forget_epochs()

    def _begin_epoch(self, configuration: Configuration) -> None:
        """Cases, responses and deadlines that begin from here on are counted under this configuration."""
        number = newest(self._rules) + 1
        self._add_rules(number, configuration)
        self._epochs[number] = self.configuration = configuration

    def _book(self, change: Change, offset: int, closed: int) -> None:
        fold = self._parts.fold
        for fact in change.retracted:
            fold(fact.definition, fact.time, fact.segment, fact.value, -1, offset, closed)
        for fact in change.added:
            fold(fact.definition, fact.time, fact.segment, fact.value, 1, offset, closed)
        others = self._segments.others
        if others:
            self.counts.folded += sum(fact.segment in others for fact in change.added)

    def _close(self) -> None:
        """Close the panes that the watermark has left behind by the lateness."""
        lateness = self.configuration.lateness_ms
        self._closed = max(self._closed_earlier, closed_before(self.watermark, lateness))
        self._closes_at = (self._closed + 1) * MINUTE_MS + lateness

    def _add_rules(self, number: int, configuration: Configuration) -> None:
        rules = Rules(configuration, self._definitions)
        if self._rules:
            self._in_force.later = rules
        self._in_force = self._rules[number] = rules

    def _forget_epochs(self) -> None:
        """Drop the oldest epochs up to the first in which a case, response or deadline in memory began.

        Later ones stay though none began in them: `Rules.answer` looks for a metric from epoch to epoch.
        """
        oldest = self._books.oldest_epoch
        needed = newest(self._rules) if oldest is None else oldest
        for number in [number for number in self._rules if number < needed]:
            del self._rules[number], self._epochs[number]

    def _evict(self) -> None:
        newest = self.watermark // MINUTE_MS
        for part in self._parts.evict(self._closed, newest - SHOWN_MINUTES, self.applied):
            self._windows.absorb(part, newest)
        self._windows.trim(newest)

    def _sweep(self) -> None:
        kept = self._books.sweep(self.counts.accepted, self.watermark)
        # A sweep looks at every old subject: waiting for as many events as there are keeps its cost per event constant.
        self._sweep_at = self.counts.accepted + max(SWEEP_EVERY, kept)


def _beginning(configuration: Configuration, log_start: int, erased: Sequence[Erased]) -> Checkpoint:
    """What a partition knows before the first record of its log."""
    header = Header(applied=log_start - 1, watermark=0, epochs=[configuration])
    return Checkpoint(header, [], [], [], [], [], [], [], list(erased), [])
