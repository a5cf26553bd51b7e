"""The settings that decide what rows a log gives. They travel in the checkpoint, so that a restart changes nothing."""

import msgspec
from msgspec.structs import replace

from schemas.metrics import Registry
from streams.core.published import Published


class Configuration(msgspec.Struct, frozen=True, kw_only=True):
    """Semantic settings of a partition; two runs of one log under one configuration give the same rows."""

    registry: Registry
    dimensions: tuple[str, ...]
    """The kept dimensions, a subset of `schemas.dimensions.DIMENSIONS`."""
    dimension_cap: int = 1_000
    """Values kept per dimension and partition, first come first kept; the rest become ``__other__``. As many
    definitions of targets, and of initiatives, are kept; events with others are refused."""
    segment_cap: int = 10_000
    """Combinations of values per partition; a further one becomes ``__other__`` in every dimension it names."""
    lateness_ms: int = 3_600_000
    """How far event time may step back behind the watermark before a fact goes to a late part."""
    late_part_shift: int = 16
    """A late part collects the facts of ``2 ** shift`` offsets: 65 536 keeps parts few and each of them short-lived."""
    subject_horizon_ms: int = 30 * 86_400_000
    subject_horizon_events: int = 200_000
    """A case, response or deadline is forgotten when the watermark has passed its last event (and its due time) by the
    horizon **and** this many further events of the partition were accepted."""
    subject_event_cap: int = 500
    """Events kept of each of them; further ones are dead letters, since recomputing a subject costs its length."""
    subject_cap: int = 1_000_000
    """Cases, and as many responses and deadlines, that a partition remembers: as soon as this many others have begun
    since, one is forgotten before its horizon, so that a flood of ids has an end in memory."""
    duplicate_memory: int = 200_000
    """Accepted events whose (source, id) a partition remembers."""
    erasure_memory: int = 100_000
    """Erased customers that a partition remembers, and subjects of theirs: some 100 bytes each."""
    future_tolerance_ms: int = 300_000
    """How far ``time`` may be ahead of the record's Kafka timestamp: 5 min is more than clocks of servers differ."""
    max_event_bytes: int = 1_048_576
    published: Published = Published()
    """What the log has published: no setting, though rows depend on it."""

    def keeping(self, published: Published) -> "Configuration":
        """These settings with what the log of the partition has published."""
        return replace(self, published=published)
