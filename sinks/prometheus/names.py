"""Every exported metric: name, meaning and labels. A name that is not here does not type-check."""

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

CounterName = Literal[
    # Traffic of this process, in processing time: it jumps while a worker catches up. Alerts on throughput
    # read these, alerts on scores read the windows below.
    "cx_events_accepted_total",
    "cx_events_duplicate_total",
    "cx_events_late_total",
    "cx_events_rejected_total",
    "cx_events_expired_total",
    "cx_facts_folded_total",
    "cx_subjects_displaced_total",
    "cx_events_erased_total",
    # Work of this process.
    "cx_dead_letters_total",
    "cx_rows_stored_total",
    "cx_flushes_total",
    "cx_flush_failures_total",
    "cx_checkpoints_total",
    "cx_checkpoint_seconds_total",
    "cx_checkpoint_bytes_total",
    "cx_rebalances_total",
    "cx_exposition_failures_total",
]

GaugeName = Literal[
    # Live windows by event time. Components, never scores: sum them over workers first, then divide.
    "cx_window_observations",
    "cx_window_responses",
    "cx_window_points",
    "cx_window_squared_points",
    "cx_window_outcomes",
    "cx_window_duration_seconds",
    "cx_window_end_timestamp_seconds",
    # Cases that are open now. Add the first two over workers, take the maximum of the third.
    "cx_cases_open",
    "cx_cases_waiting",
    "cx_oldest_wait_seconds",
    # How long those have waited who wait now. Add them over workers.
    "cx_waiting_duration_seconds",
    # Waits, promises and follow-ups that are pending now. Add the first two over workers, take the others' maximum.
    "cx_deadlines_pending",
    "cx_deadlines_overdue",
    "cx_deadlines_oldest_age_seconds",
    "cx_deadlines_longest_overdue_seconds",
    "cx_segments_folded",
    "cx_measures_folded",
    # Partitions this worker owns; a partition that moves takes its series along.
    "cx_partition_owned",
    "cx_partition_watermark_timestamp_seconds",
    "cx_partition_applied_offset",
    "cx_partition_log_end_offset",
    "cx_partition_lag_records",
    "cx_partition_progress_timestamp_seconds",
    "cx_partition_unstored_cells",
    "cx_partition_cells",
    "cx_partition_checkpoint_timestamp_seconds",
    "cx_partition_blocked",
    # The worker itself.
    "cx_worker_state",
    "cx_worker_state_timestamp_seconds",
    "cx_worker_stalled",
    "cx_worker_buffered_bytes",
    "cx_worker_oldest_unstored_timestamp_seconds",
    "cx_build_info",
]

MetricName = Literal[CounterName, GaugeName]


class Family(NamedTuple):
    """Meaning and labels of one metric."""

    help: str
    labels: tuple[str, ...] = ()
    segmented: bool = False
    """True where the dimensions that some shown segment has follow as labels."""


_WINDOW = ("metric", "definition", "window")
_DEADLINE = ("deadline",)
_PARTITION = ("topic", "partition")

COUNTERS: Final[Mapping[CounterName, Family]] = {
    "cx_events_accepted_total": Family("Events counted for the first time.", ("topic",)),
    "cx_events_duplicate_total": Family("Events skipped because they were counted before.", ("topic",)),
    "cx_events_late_total": Family("Accepted events with a fact in a late part; none is dropped.", ("topic",)),
    "cx_events_rejected_total": Family("Records that are no valid event.", ("topic", "reason")),
    "cx_events_expired_total": Family("Offsets that retention removed before they were read: lost.", ("topic",)),
    "cx_facts_folded_total": Family("Facts booked under __other__ because a cap was reached.", ("topic",)),
    "cx_subjects_displaced_total": Family(
        "Cases, responses and deadlines forgotten early because the cap on them was reached.", ("topic",)
    ),
    "cx_events_erased_total": Family("Events left out because they tell of customers who were erased.", ("topic",)),
    "cx_dead_letters_total": Family("Dead letters acknowledged; after a crash some are written again."),
    "cx_rows_stored_total": Family("Rows that ClickHouse has confirmed."),
    "cx_flushes_total": Family("Inserts that ClickHouse has confirmed."),
    "cx_flush_failures_total": Family("Inserts that failed; the same batch is sent again."),
    "cx_checkpoints_total": Family("Checkpoints that became durable."),
    "cx_checkpoint_seconds_total": Family("Time spent on writing checkpoints, waits included."),
    "cx_checkpoint_bytes_total": Family("Bytes of checkpoint blocks written, compressed."),
    "cx_rebalances_total": Family("Changes of the partitions this worker owns."),
    "cx_exposition_failures_total": Family("Scrapes that left something out because of a defect; see the log."),
}

GAUGES: Final[Mapping[GaugeName, Family]] = {
    "cx_window_observations": Family("Facts in the window (n).", _WINDOW, segmented=True),
    "cx_window_responses": Family(
        "Answers in the window by class: promoter, passive, detractor for NPS; else satisfied, other, dissatisfied.",
        (*_WINDOW, "bucket"),
        segmented=True,
    ),
    "cx_window_points": Family("Sum of the answers' scale codes in the window.", _WINDOW, segmented=True),
    "cx_window_squared_points": Family(
        "Sum of the answers' squared scale codes in the window, for the interval of a mean.",
        _WINDOW,
        segmented=True,
    ),
    "cx_window_outcomes": Family(
        "Decided facts of a ratio in the window by outcome: yes, no.", (*_WINDOW, "outcome"), segmented=True
    ),
    "cx_window_duration_seconds": Family(
        "Durations in the window; every bucket count is exact, registered targets are among the bounds.",
        _WINDOW,
        segmented=True,
    ),
    "cx_window_end_timestamp_seconds": Family("Moment at which the window ends.", ("window",)),
    "cx_cases_open": Family("Cases that are open now.", segmented=True),
    "cx_cases_waiting": Family("Open cases whose customer waits for an answer now.", segmented=True),
    "cx_oldest_wait_seconds": Family("Wait of the longest waiting customer; 0 if nobody waits.", segmented=True),
    "cx_waiting_duration_seconds": Family(
        "How long those have waited whose duration is not known yet.", ("metric",), segmented=True
    ),
    "cx_deadlines_pending": Family(
        "Customers in a queue (deadline wait), promises and follow-ups owed now.", _DEADLINE, segmented=True
    ),
    "cx_deadlines_overdue": Family(
        "Of the pending ones, those whose due time has passed; for waits the target of service_level.",
        _DEADLINE,
        segmented=True,
    ),
    "cx_deadlines_oldest_age_seconds": Family("Age of the oldest pending one.", _DEADLINE, segmented=True),
    "cx_deadlines_longest_overdue_seconds": Family(
        "Since when the longest overdue one is overdue; 0 if none is.", _DEADLINE, segmented=True
    ),
    "cx_segments_folded": Family("Segments shown together as __other__ because of the cap on segments."),
    "cx_measures_folded": Family("Measured durations shown together as measured.__other__, so that series stay few."),
    "cx_partition_owned": Family("1 for each partition this worker owns.", _PARTITION),
    "cx_partition_watermark_timestamp_seconds": Family("Largest event time accepted.", _PARTITION),
    "cx_partition_applied_offset": Family("Offset of the last applied record, -1 before the first.", _PARTITION),
    "cx_partition_log_end_offset": Family("Offset after the last record of the log.", _PARTITION),
    "cx_partition_lag_records": Family("Records in the log that are not read yet.", _PARTITION),
    "cx_partition_progress_timestamp_seconds": Family(
        "When a record was last applied or none was left to apply.", _PARTITION
    ),
    "cx_partition_unstored_cells": Family("Cells that ClickHouse has not confirmed yet.", _PARTITION),
    "cx_partition_cells": Family("Cells in memory.", _PARTITION),
    "cx_partition_checkpoint_timestamp_seconds": Family("When the newest checkpoint became durable.", _PARTITION),
    "cx_partition_blocked": Family("1 while it is not read because records are lost, see /status.", _PARTITION),
    "cx_worker_state": Family("1 for the state the worker is in, 0 for the others.", ("state",)),
    "cx_worker_state_timestamp_seconds": Family("When the worker entered its state."),
    "cx_worker_stalled": Family("1 while something stands still that only a new start moves: /livez fails."),
    "cx_worker_buffered_bytes": Family("Bytes that are fetched and not applied yet."),
    "cx_worker_oldest_unstored_timestamp_seconds": Family("Since when the rows being stored wait, if any do."),
    "cx_build_info": Family("1, with the running version as labels.", ("version", "python")),
}
