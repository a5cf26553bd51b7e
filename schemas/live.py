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


class LiveView(NamedTuple):
    """Everything one worker shows live, over the partitions it owns; replaced as a whole, never changed."""

    as_of: int
    """The moment the windows end, ms since 1970: the wall clock, or the as-of clock of a demo."""
    windows: tuple[WindowCell, ...]
    cases: tuple[CaseLoad, ...]
