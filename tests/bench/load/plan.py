"""What a topic of the benchmark holds."""

from typing import Final, Literal

import msgspec

Mix = Literal["surveys", "measured", "cases", "mixed"]
"""surveys: NPS answers; measured: response times measured elsewhere; mixed: half of each; cases: whole lifecycles."""

BASE_MS: Final = 1_767_600_000_000
"""Event time of the first event: Monday, 2026-01-05 08:00 UTC, so that every run fills the same topic."""

LATE_MS: Final = 7_200_000
"""How long a late event was on its way: past the default lateness of 1 h, so that it belongs to a late part."""

CLOSING_MS: Final = LATE_MS
"""How far the closing event of each partition lies behind the others: it closes every window that waits 1 h."""

LIFECYCLE: Final = 9
"""Events of one case, its survey included."""
OPEN_EVENTS: Final = 6
"""The first so many of them leave the case open."""


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """One topic; equal loads give equal records, byte for byte."""

    mix: Mix
    events: int = 2_000_000
    """Records without the closing one of each partition, to the next lower multiple of ``partitions``."""
    partitions: int = 6
    segments: int = 1_000
    open_cases: int = 100_000
    """Cases open at once, once the log is long enough (15 events per open case)."""
    late: float = 0.01
    """Share of events (of cases, for lifecycles) that arrive `LATE_MS` late."""
    twice: float = 0.01
    """Share of records that repeat an earlier one."""
    malformed: float = 0.0
    """Share of records that are no JSON."""
    keyed_by: Literal["customer", "segment"] = "customer"
    """The contract's key is the customer. Keyed by segment, a segment lies in one partition and no framework has to
    repartition before it groups."""
    per_second: int = 1_000
    """Events per second of event time: 2 million fill 34 panes."""

    @property
    def records(self) -> int:
        """Records of the topic; partitions are equally long."""
        return (self.events // self.partitions + 1) * self.partitions
