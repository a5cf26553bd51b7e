"""A row: one cell as ClickHouse stores it."""

from typing import Final, NamedTuple

from schemas.dimensions import Segment

OFFSET_BITS: Final = 48
"""Lower bits of a version that are an offset: a partition that gets 10 million records a second has some for 300 days,
one that gets 10 thousand for 890 years."""


class Row(NamedTuple):
    """The absolute content of one cell (metric, one-minute pane, segment) of one source partition and part.

    Identity is everything up to ``part``; of two rows with one identity the one with the higher ``version`` is true.
    """

    metric: str
    """Metric id of the registry, such as ``nps`` or ``measured.delivery``, or one of `schemas.aims`."""
    definition: str
    """Scale or kind, and version, such as ``nps.v1`` or ``duration.v1``, of a gap with the definition of its answers,
    such as ``gap.v1.csat.csat5.v1``; contents of two definitions never mix."""
    pane: int
    """Start of the one-minute pane, seconds since 1970 UTC."""
    segment: Segment
    topic_id: str
    """Kafka's topic id (UUID text): a re-created topic starts new offsets, hence new rows."""
    partition: int
    part: int
    """0 on time, ``1 + (offset >> 16)`` late; parts of one pane are summed."""
    version: int
    """Offset of the last event applied to this cell; `cxstream replay promote` writes rows with more, see there."""
    n: int
    """Signed number of facts."""
    total: int
    """Sum of the facts' values: scale codes, milliseconds, 0/1 of a ratio, the widths of gaps, or the numbers of
    references in ten-thousandths."""
    buckets: dict[int, int]
    """Facts per scale code (answers), pair of codes (gap), 0/1 (ratio) or duration bucket; empty for counts and
    references. No zero entries."""
    within: dict[int, int]
    """Durations: target in ms -> facts at or below it, one entry per registered target that has any."""
