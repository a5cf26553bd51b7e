"""What a scrape says about a worker, its partitions and its traffic."""

from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from schemas.status import PartitionCounts, PartitionStatus, WorkerStatus
from sinks.prometheus import PrometheusSink


def partition(number: int = 0, **fields: object) -> PartitionStatus:
    return PartitionStatus(
        **{"topic": "cx.surveys", "topic_id": "t", "partition": number, "restored": True} | fields  # type: ignore[arg-type]
    )


def worker(*partitions: PartitionStatus, **fields: object) -> WorkerStatus:
    return WorkerStatus(
        **{"worker": "w", "state": "running", "reason": "", "since": 0.0} | fields,  # type: ignore[arg-type]
        partitions=partitions,
    )


def scrape(sink: PrometheusSink) -> dict[tuple[str, frozenset[str]], float]:
    """Values by name and label values."""
    families = text_string_to_metric_families(generate_latest(sink.registry).decode())
    return {
        (sample.name, frozenset(sample.labels.values())): sample.value
        for family in families
        for sample in family.samples
    }


def accepted(sink: PrometheusSink) -> float:
    return scrape(sink)["cx_events_accepted_total", frozenset({"cx.surveys"})]


def counted(number: int, accepted: int) -> PartitionStatus:
    return partition(number, counts=PartitionCounts(accepted=accepted))


def test_exactly_one_state_is_one() -> None:
    sink = PrometheusSink()
    sink.show_status(worker(state="paused"))
    states = {key: value for key, value in scrape(sink).items() if key[0] == "cx_worker_state"}
    assert {next(iter(labels)) for (_, labels), value in states.items() if value == 1} == {"paused"}
    assert len(states) == 6


def test_a_state_is_shown_with_the_moment_it_was_entered() -> None:
    sink = PrometheusSink()
    sink.show_status(worker(state="paused", since=1_700_000_000.5))
    assert scrape(sink)["cx_worker_state_timestamp_seconds", frozenset()] == 1_700_000_000.5


def test_a_stall_is_one_and_none_is_zero() -> None:
    sink = PrometheusSink()
    sink.show_status(worker())
    assert scrape(sink)["cx_worker_stalled", frozenset()] == 0
    sink.show_status(worker(stalled=("agent: fetched records are not applied",)))
    assert scrape(sink)["cx_worker_stalled", frozenset()] == 1


def test_what_a_partition_does_not_know_yet_is_absent_not_zero() -> None:
    sink = PrometheusSink()
    sink.show_status(worker(partition(0), partition(1, restored=False)))
    names = {name for name, labels in scrape(sink) if labels == {"cx.surveys", "0"}}
    assert "cx_partition_applied_offset" in names
    assert "cx_partition_watermark_timestamp_seconds" not in names
    assert "cx_partition_log_end_offset" not in names
    assert "cx_partition_checkpoint_timestamp_seconds" not in names
    assert {name for name, labels in scrape(sink) if labels == {"cx.surveys", "1"}} == {"cx_partition_owned"}


def test_partition_gauges_are_in_base_units() -> None:
    sink = PrometheusSink()
    sink.show_status(
        worker(partition(watermark=1_700_000_000_500, applied=41, log_end=50, lag=8, progress_at=1_700_000_001.5))
    )
    samples = scrape(sink)
    key = frozenset({"cx.surveys", "0"})
    assert samples["cx_partition_watermark_timestamp_seconds", key] == 1_700_000_000.5
    assert samples["cx_partition_progress_timestamp_seconds", key] == 1_700_000_001.5
    assert samples["cx_partition_applied_offset", key] == 41
    assert samples["cx_partition_lag_records", key] == 8


def test_a_restored_partition_brings_no_burst_of_old_events() -> None:
    sink = PrometheusSink()
    sink.show_status(worker(counted(0, 1_000)))
    assert accepted(sink) == 0
    sink.show_status(worker(counted(0, 1_010)))
    assert accepted(sink) == 10


def test_traffic_goes_on_when_a_partition_leaves_and_comes_back() -> None:
    sink = PrometheusSink()
    sink.show_status(worker(counted(0, 0), counted(1, 0)))
    sink.show_status(worker(counted(0, 5), counted(1, 7)))
    sink.show_status(worker(counted(0, 6)))
    sink.show_status(worker(counted(0, 6), counted(1, 9_000)))
    sink.show_status(worker(counted(0, 6), counted(1, 9_001)))
    assert accepted(sink) == 5 + 7 + 1 + 1


def test_counts_that_fall_back_to_a_checkpoint_do_not_lower_a_counter() -> None:
    sink = PrometheusSink()
    sink.show_status(worker(counted(0, 0)))
    for count in (100, 60, 70):
        sink.show_status(worker(counted(0, count)))
    assert accepted(sink) == 110


def test_every_reject_reason_starts_at_zero_so_that_the_first_one_is_an_increase() -> None:
    sink = PrometheusSink()
    sink.show_status(worker(partition()))
    assert scrape(sink)["cx_events_rejected_total", frozenset({"cx.surveys", "not_json"})] == 0
    sink.show_status(worker(partition(counts=PartitionCounts(rejected={"not_json": 1}))))
    assert scrape(sink)["cx_events_rejected_total", frozenset({"cx.surveys", "not_json"})] == 1


def test_what_the_caps_cost_is_counted_by_topic() -> None:
    sink = PrometheusSink()
    sink.show_status(worker(partition()))
    assert scrape(sink)["cx_facts_folded_total", frozenset({"cx.surveys"})] == 0
    sink.show_status(worker(partition(counts=PartitionCounts(folded=3, displaced=2))))
    assert scrape(sink)["cx_facts_folded_total", frozenset({"cx.surveys"})] == 3
    assert scrape(sink)["cx_subjects_displaced_total", frozenset({"cx.surveys"})] == 2


def test_a_loss_found_while_restoring_is_counted_at_once() -> None:
    sink = PrometheusSink()
    sink.show_status(worker(partition(lost_to_retention=12)))
    assert scrape(sink)["cx_events_expired_total", frozenset({"cx.surveys"})] == 12


def test_work_of_the_process_is_shown_as_counters() -> None:
    sink = PrometheusSink()
    sink.show_status(worker(rows_stored=20, flush_failures=2, checkpoints=3, checkpoint_seconds=0.5))
    samples = scrape(sink)
    nothing: frozenset[str] = frozenset()
    assert samples["cx_rows_stored_total", nothing] == 20
    assert samples["cx_flush_failures_total", nothing] == 2
    assert samples["cx_checkpoint_seconds_total", nothing] == 0.5
