"""What a worker says about itself: plain data, read by the Prometheus sink, ``/status`` and the local stack."""

from typing import Literal

import msgspec

from schemas.rejects import Reason

State = Literal["starting", "restoring", "running", "paused", "stopping", "failed"]
"""Life of a worker. ``restoring``: a partition it owns is not read yet; ``paused``: it reads nothing, see the
reason."""


class PartitionCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Records of one partition since its log began; exact functions of the log up to `PartitionStatus.applied`."""

    accepted: int = 0
    duplicates: int = 0
    late: int = 0
    """Accepted events whose own pane was closed already; part of ``accepted``."""
    rejected: dict[Reason, int] = {}
    folded: int = 0
    """Facts booked under ``__other__`` because a cap was reached: of values, of their combinations, of measures."""
    displaced: int = 0
    """Cases, responses and deadlines forgotten before their horizon because ``CX_SUBJECT_CAP`` others had begun."""
    erased: int = 0
    """Events left out, since they tell of customers who were erased."""


class PartitionStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One partition that a worker owns."""

    topic: str
    topic_id: str
    partition: int
    restored: bool
    """False while its checkpoint is being read; the numbers below are zeros until then."""
    position: int = 0
    """Offset of the next record to read; past ``applied + 1`` only where the log has gaps or control records."""
    applied: int = -1
    """Offset of the last applied record; one below the log's start before the first."""
    checkpointed: int = -1
    """Offset of the newest durable checkpoint; -1 without one."""
    checkpoint_at: float | None = None
    """When that checkpoint became durable, s since 1970; None when this worker has not written one yet."""
    log_end: int | None = None
    """Offset after the last record that can be read, from fetch responses and from its leader when asked; None before
    the first answer."""
    lag: int | None = None
    """Records (and gaps) between position and log end."""
    progress_at: float | None = None
    """When a record was last applied or none was left to apply, s since 1970; None until it is restored."""
    watermark: int | None = None
    """Largest accepted event time, ms since 1970; None before the first event."""
    unstored: int = 0
    """Cells not yet confirmed by ClickHouse."""
    cells: int = 0
    """Cells in memory."""
    counts: PartitionCounts = PartitionCounts()
    lost_to_retention: int = 0
    """Offsets that the broker had deleted before this worker could read them. Anything but 0 is a loss."""
    blocked: str | None = None
    """Why it is not read, for a human; None while it is."""


class WorkerStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One worker process; its totals are counted since the process began."""

    worker: str
    state: State
    reason: str
    """Why it is in this state, for a human; empty while running."""
    since: float
    """When it entered the state, s since 1970."""
    stalled: tuple[str, ...] = ()
    """What has to move and stands still, for a human. Anything here fails ``/livez``: only a new start helps."""
    partitions: tuple[PartitionStatus, ...] = ()
    rows_stored: int = 0
    flushes: int = 0
    flush_failures: int = 0
    """Attempts to insert that failed and were repeated."""
    flush_error: str | None = None
    """Of the insert being repeated now, without secrets; None when the last insert succeeded."""
    oldest_unstored_at: float | None = None
    """Since when the rows being stored wait, s since 1970; None when none wait."""
    checkpoints: int = 0
    checkpoint_bytes: int = 0
    """Bytes of checkpoint blocks written, compressed."""
    checkpoint_seconds: float = 0.0
    """Time spent writing checkpoints, waits included."""
    dead_letters: int = 0
    """Dead letters acknowledged; after a crash some are written again."""
    dead_letter_error: str | None = None
    """Why the oldest dead letter is not acknowledged yet; None while all is well. Checkpoints wait for it."""
    rebalances: int = 0
    buffered_bytes: int = 0
    """Fetched and not yet applied."""
