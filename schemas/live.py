"""The immutable snapshot of a worker's live windows, as the Prometheus sink and the live view read it."""

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

from schemas.dimensions import Segment

Window = Literal["5m", "1h", "24h"]

WINDOW_SECONDS: Final[Mapping[Window, int]] = {"5m": 300, "1h": 3_600, "24h": 86_400}


class WindowCell(NamedTuple):
    """Merged content of one metric and segment over one window; mergeable over workers by adding."""

    window: Window
    metric: str
    definition: str
    segment: Segment
    n: int
    total: int
    buckets: dict[int, int]
    within: dict[int, int]


class CaseLoad(NamedTuple):
    """Cases of one segment that are open now."""

    segment: Segment
    open: int
    waiting: int
    """Open cases whose customer has written last and has no public human answer yet."""
    oldest_wait_since: int | None
    """Event time, ms since 1970, since when the longest waiting customer waits; None when nobody waits."""

    def plus(self, other: "CaseLoad") -> "CaseLoad":
        """Both together, under the segment of this one."""
        since = _earliest(self.oldest_wait_since, other.oldest_wait_since)
        return CaseLoad(self.segment, self.open + other.open, self.waiting + other.waiting, since)


DeadlineKind = Literal["wait", "promise", "followup"]
"""What begins and has to be met by a due time."""


class DeadlineLoad(NamedTuple):
    """Deadlines of one kind and segment that are neither met nor given up."""

    kind: DeadlineKind
    segment: Segment
    pending: int
    """Customers in a queue; promises and follow-ups that are owed."""
    oldest_since: int | None
    """Event time, ms since 1970, at which the oldest of them began; None when there is none."""
    overdue: int
    """Of the pending ones, those whose due time has passed as of the view."""
    overdue_since: int | None
    """The earliest due time among those, ms since 1970; None when none is overdue."""

    def plus(self, other: "DeadlineLoad") -> "DeadlineLoad":
        """Both together, under the kind and segment of this one."""
        return DeadlineLoad(
            self.kind,
            self.segment,
            self.pending + other.pending,
            _earliest(self.oldest_since, other.oldest_since),
            self.overdue + other.overdue,
            _earliest(self.overdue_since, other.overdue_since),
        )


AgedMetric = Literal["first_response", "next_reply", "queue_wait"]
"""Durations that count from a moment since when somebody waits."""


class OpenAges(NamedTuple):
    """How long those have waited whose duration is not known yet, as a histogram: what a statistic of durations that
    came to an end leaves out."""

    metric: AgedMetric
    segment: Segment
    buckets: dict[int, int]
    """As those of the durations, see `schemas.buckets`."""

    def plus(self, other: "OpenAges") -> "OpenAges":
        """Both together, under the metric and segment of this one."""
        buckets = {key: self.buckets.get(key, 0) + other.buckets.get(key, 0) for key in self.buckets | other.buckets}
        return OpenAges(self.metric, self.segment, buckets)


WaitingKind = Literal["case", DeadlineKind]
"""What somebody waits in: an open case whose customer has written last, or a deadline that is pending."""


class Waiting(NamedTuple):
    """One that waits now."""

    kind: WaitingKind
    subject: str
    """Of its events: the id of the case, the call, the promise."""
    since: int
    """Event time, ms since 1970."""
    due: int | None
    """When a deadline has to be met, ms since 1970; None where nothing is due."""
    segment: Segment


class LiveView(NamedTuple):
    """Everything one worker shows live, over the partitions it owns; replaced as a whole, never changed."""

    as_of: int
    """The moment the windows end, ms since 1970: the wall clock, or the as-of clock of a demo."""
    windows: tuple[WindowCell, ...]
    cases: tuple[CaseLoad, ...]
    deadlines: tuple[DeadlineLoad, ...] = ()
    ages: tuple[OpenAges, ...] = ()


def _earliest(*times: int | None) -> int | None:
    return min((time for time in times if time is not None), default=None)
