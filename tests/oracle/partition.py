"""What one partition's log must give, by brute force over the full list of its events.

Written independently of ``streams``: plain lists and dictionaries, the whole history at hand, no state machine. It
reads the rules from the design and from domain.md, not from the code under test. Input: events as dictionaries, in log
order, as `tests.property.histories` makes them; a record that is no event at all has the family ``bad`` and its reason
as kind.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.oracle import aims
from tests.oracle.business import Published, business_facts
from tests.oracle.deadlines import WHAT, deadline_facts, due_of
from tests.oracle.outcomes import outcome_facts
from tests.oracle.sla import Policies, sla_facts
from tests.oracle.subjects import (
    Event,
    Fact,
    case_facts,
    customer_facts,
    cycles_of,
    expected,
    in_order,
    measured_facts,
    response_facts,
)

OTHER = "__other__"
METRICS = {"nps": {"nps": (0, 10)}, "csat": {"csat5": (1, 5), "csat3": (1, 3)}}
"""Survey metrics: their scales, default first, with lowest and highest code; -1 is on every scale."""
FUTURE_MS = 300_000
ONE_EVENT = ("measured", "erased", "calendar", "sla_policy", *aims.FAMILIES)
"""Families whose events stand for themselves."""


@dataclass(frozen=True)
class Limits:
    """The semantic settings of the partition under test."""

    duplicate_memory: int = 200_000
    horizon_ms: int = 30 * 86_400_000
    horizon_events: int = 200_000
    subjects: int = 1_000_000
    """Cases, responses, and deadlines, that are remembered at most of each."""
    subject_events: int = 500
    dimensions: tuple[str, ...] = ("channel", "team")
    values: int = 1_000
    """Values per dimension, and names of measures."""
    lateness_ms: int = 3_600_000
    late_part_offsets: int = 65_536
    erasures: int = 100_000
    """Erased customers, and subjects left out because of them, that are remembered."""
    version: int = 1
    """Of every metric's definition."""


@dataclass
class Life:
    """One case, response or deadline, or the invitations of a customer, from its first event until it is forgotten; one
    measured duration; or all that was published in one place of a target or an initiative."""

    family: str
    subject: str
    version: int
    number: int
    """How many of its family had begun when it began, itself included."""
    events: list[Event] = field(default_factory=list)
    sequence: int = 0
    """Accepted events of the partition before its last one."""
    watermark: int = 0
    """Largest event time of the partition while it was remembered."""
    gone: bool = False
    calendars: Published = field(default_factory=dict)
    """Published before it began, as are the following."""
    policies: Policies = field(default_factory=dict)

    def facts(self) -> list[Fact]:
        """What it means, all its events at hand."""
        if self.family == "case":
            ordered = in_order(self.events)
            cycles = cycles_of(ordered)
            return [
                *case_facts(ordered, self.watermark, self.version),
                *outcome_facts(ordered, self.watermark, self.version),
                *business_facts(ordered, cycles, self.watermark, self.calendars, self.version),
                *sla_facts(ordered, cycles, self.watermark, self.policies, self.calendars, self.version),
            ]
        if self.family == "survey":
            return response_facts(self.events, self.version)
        if self.family in ("erased", "calendar", "sla_policy"):
            return []
        if self.family in aims.FAMILIES:
            return aims.facts_of(self.events[-1])
        if self.family == "customer":
            return customer_facts(self.events, self.version)
        if self.family == "deadline":
            return deadline_facts(self.events, self.watermark, self.version)
        return measured_facts(self.events, self.version)


class Walk:
    """Reads a log from its start, event by event."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.lives: list[Life] = []
        """Everything that facts come from, in the order of the beginnings; nothing is ever removed."""
        self.watermark = 0
        self.closed_until = 0
        """Event time, ms: panes that end up to here are closed."""
        self.accepted = 0
        self.duplicates = 0
        self.late = 0
        self.displaced = 0
        """Cases, responses and deadlines forgotten only because too many others had begun."""
        self.erased = 0
        """Events left out because of the customer they name, or because the beginning of their subject was."""
        self.rejected: Counter[str] = Counter()
        self.letters: set[tuple[int, str]] = set()
        """Offset and reason of each rejected record."""
        self._offset = -1
        self._remembered: list[tuple[str, str]] = []
        self._erased_until: list[tuple[str, int]] = []
        """Customer and the time up to which everything of theirs is left out; who was erased last comes last."""
        self._left_out: list[tuple[str, str]] = []
        self._begun: Counter[str] = Counter()
        self._values: defaultdict[str, list[str]] = defaultdict(list)
        self._measures: list[str] = []
        self._calendars: Published = {}
        self._policies: Policies = {}

    def adopt(self, limits: Limits) -> None:
        """Other settings from here on: what is forgotten stays so, what is closed stays closed."""
        for life in self.lives:
            life.gone = life.gone or self._forgotten(life)
        self.limits = limits
        self.closed_until = max(self.closed_until, self.watermark - limits.lateness_ms)
        self._remembered = self._remembered[-limits.duplicate_memory :]
        self._limit_erasures()
        for family in self._begun:
            self._displace(family)

    def take(self, event: Event) -> str:
        """One record; returns ``accepted``, ``duplicate``, ``erased`` or the reason why it is rejected."""
        self._offset += 1
        reason = _refused(event)
        if reason is None and (event["source"], event["id"]) in self._remembered:
            self.duplicates += 1
            return "duplicate"
        if reason is None and self._is_erased(event):
            self.erased += 1
            return "erased"
        lives: list[Life | None] = []
        if reason is None and event["family"] not in ONE_EVENT:
            lives = [self._living(each) for each in _about(event)]
            known = None if lives[0] is None else _known(lives[0].events, event)
            if known == "duplicate":
                self.duplicates += 1
                return known
            too_many = any(life is not None and len(life.events) >= self.limits.subject_events for life in lives)
            reason = known or ("too_many_events" if too_many else None)
        if reason is None and event["family"] in aims.FAMILIES:
            published = [each for life in self.lives if life.family in aims.FAMILIES for each in life.events]
            full = aims.too_many(event, published, self.limits.subject_events, self.limits.values)
            reason = "too_many_events" if full else None
        if reason is None and event["family"] == "sla_policy" and self._changes_terms(event):
            reason = "revision_conflict"
        if reason is not None:
            self.rejected[reason] += 1
            self.letters.add((self._offset, reason))
            return reason
        if event["family"] == "erased":
            self._erase(event["customer"], event["time"])
            self._accept(event, [None])
        elif event["family"] == "calendar":
            since = event["effective_from"] or event["time"]
            kept = [each for each in self._calendars.get(event["subject"], []) if each[0] != since]
            self._calendars = {**self._calendars, event["subject"]: [*kept, (since, event["week"])]}
            self._accept(event, [None])
        elif event["family"] == "sla_policy":
            since = event["effective_from"] or event["time"]
            version = (since, event["terms"])
            others = [each for each in self._policies.get(event["subject"], []) if each != version]
            self._policies = {**self._policies, event["subject"]: [*others, version]}
            self._accept(event, [None])
        elif event["family"] in aims.FAMILIES:
            replaced = [life for life in self.lives if life.family in aims.FAMILIES]
            replaced = [life for life in replaced if aims.place_of(life.events[0]) == aims.place_of(event)]
            said_for = event["family"] == "initiative" and event["kind"] == "started"
            self._accept(self._folded(event) if said_for else event, [*replaced, None][:1])
        else:
            self._accept(self._folded(event), lives or [None])
        return "accepted"

    def facts(self) -> list[Fact]:
        """All facts of the log so far."""
        return [fact for life in self.lives for fact in life.facts()]

    def _changes_terms(self, event: Event) -> bool:
        since = event["effective_from"] or event["time"]
        known = [terms for instant, terms in self._policies.get(event["subject"], []) if instant == since]
        return any(terms != event["terms"] for terms in known)

    def _accept(self, event: Event, lives: list[Life | None]) -> None:
        for each, living in zip(_about(event), lives, strict=True):
            family = each["family"]
            life = living
            if life is None:
                self._begun[family] += 1
                life = Life(family, _subject(each), self.limits.version, self._begun[family])
                life.calendars, life.policies = self._calendars, self._policies
                self.lives.append(life)
                self._displace(family)
            life.events.append(each)
            life.sequence = self.accepted
            life.gone = family in ONE_EVENT
        self._remembered = [*self._remembered, (event["source"], event["id"])][-self.limits.duplicate_memory :]
        if (event["time"] // 60_000 + 1) * 60_000 <= self.closed_until:
            self.late += 1
        watermark = max(self.watermark, event["time"])
        for life in self.lives:
            if not self._forgotten(life):
                life.watermark = watermark
        self.watermark = watermark
        self.closed_until = max(self.closed_until, watermark - self.limits.lateness_ms)
        self.accepted += 1

    def _is_erased(self, event: Event) -> bool:
        """Whether it tells of what was to be forgotten; then so does all that is still to come of its subject, unless
        some of that is counted already."""
        if event["family"] == "erased":
            return False
        subject = event["family"], _subject(event)
        until = dict(self._erased_until).get(event.get("customer") or "", -1)
        if event["time"] > until and subject not in self._left_out:
            return False
        if event["family"] != "measured" and self._living(event) is None and subject not in self._left_out:
            self._left_out.append(subject)
            self._limit_erasures()
        return True

    def _erase(self, customer: str, time: int) -> None:
        until = max(time, dict(self._erased_until).get(customer, time))
        self._erased_until = [each for each in self._erased_until if each[0] != customer] + [(customer, until)]
        self._limit_erasures()

    def _limit_erasures(self) -> None:
        self._erased_until = self._erased_until[-self.limits.erasures :]
        self._left_out = self._left_out[-self.limits.erasures :]

    def _living(self, event: Event) -> Life | None:
        same = [
            life
            for life in self.lives
            if (life.family, life.subject) == (event["family"], _subject(event)) and not self._forgotten(life)
        ]
        return same[-1] if same else None

    def _forgotten(self, life: Life) -> bool:
        last = max((max(event["time"], due_of(event)) for event in life.events), default=0)
        silent = self.accepted - life.sequence > self.limits.horizon_events
        return life.gone or (silent and self.watermark > last + self.limits.horizon_ms)

    def _displace(self, family: str) -> None:
        """Of one family only the last ones that began are remembered."""
        for life in self.lives:
            if (
                life.family == family
                and family not in ONE_EVENT
                and life.number <= self._begun[family] - self.limits.subjects
            ):
                self.displaced += not self._forgotten(life)
                life.gone = True

    def _folded(self, event: Event) -> Event:
        """The event with the dimensions that are kept and the values that were among the first."""
        kept = {}
        for name in self.limits.dimensions:
            value = event["dimensions"].get(name)
            if value:
                known = self._values[name]
                if value not in known and len(known) < self.limits.values:
                    known.append(value)
                kept[name] = value if value in known else OTHER
        changed = event | {"dimensions": kept}
        if event["family"] == "measured":
            changed["measure"] = self._measure(event["measure"])
        return changed

    def _measure(self, name: str) -> str:
        if name not in self._measures:
            name = name if len(self._measures) < self.limits.values else OTHER
            if name not in self._measures:
                self._measures.append(name)
        return name


Adopted = Sequence[tuple[int, Limits]]
"""Limits and the offset after which they hold, in order."""


def walk(log: list[Event], limits: Limits, adopted: Adopted = ()) -> Walk:
    """The whole log, under the limits adopted on the way."""
    result = Walk(limits)
    for offset, event in [(-1, None), *enumerate(log)]:
        if event is not None:
            result.take(event)
        for _, other in (each for each in adopted if each[0] == offset):
            result.adopt(other)
    return result


def _about(event: Event) -> list[Event]:
    """The event, and once more as one of its customer where that is counted, too."""
    if event["kind"] not in ("invited", "opened") or not event.get("customer"):
        return [event]
    if event["kind"] == "opened" and not event["reason"]:
        return [event]
    return [event, event | {"family": "customer", "subject": event["customer"], "case": event["subject"]}]


def _subject(event: Event) -> str:
    """What its life is known by: a wait, a promise and a follow-up of one subject are three."""
    subject: str = event["subject"]
    return f"{WHAT[event['kind']]} {subject}" if event["family"] == "deadline" else subject


def _refused(event: Event) -> str | None:
    """Why a record is no event, judged by itself."""
    if event["family"] == "bad":
        reason: str = event["kind"]
        return reason
    if 0 <= event["stamp"] < event["time"] - FUTURE_MS:
        return "future_time"
    if event["kind"] != "answered":
        return None
    scales = METRICS.get(event["metric"])
    if scales is None:
        return "unknown_metric"
    scale = scales.get(event["scale"])
    if scale is None:
        return "unknown_scale"
    low, high = scale
    codes = (event["score"], expected(event))
    return None if all(code == -1 or low <= code <= high for code in codes) else "off_scale"


def _known(events: list[Event], event: Event) -> str | None:
    """``duplicate`` or ``revision_conflict`` when the response knows this revision already."""
    for each in events:
        if each["kind"] != event["kind"]:
            continue
        if event["kind"] == "withdrawn" and each["revision"] == event["revision"]:
            return "duplicate"
        if event["kind"] == "answered" and all(
            each[name] == event[name] for name in ("metric", "question", "revision")
        ):
            one, other = ((said["score"], said["scale"], expected(said)) for said in (each, event))
            return "duplicate" if one == other else "revision_conflict"
    return None
