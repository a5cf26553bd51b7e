"""A change of semantic settings begins at one offset; what was booked before stays booked, once."""

import pytest
from msgspec.structs import replace

from schemas.metrics import Metric, Registry, RegistryError
from tests.property.database import Database
from tests.unit.core.partition_log import CONFIGURATION, PartitionLog

DAY = "2026-03-02T"


def flush(log: PartitionLog, database: Database) -> None:
    database.store(log.processor.take_rows())
    log.processor.confirm()


def test_more_lateness_does_not_reopen_a_pane_whose_row_is_stored() -> None:
    log, database = PartitionLog(replace(CONFIGURATION, lateness_ms=60_000)), Database()
    log.add("case.opened", "c1", DAY + "09:00:00Z")
    log.add("case.opened", "c2", DAY + "09:30:00Z")
    flush(log, database)
    log.processor.adopt(replace(CONFIGURATION, lateness_ms=3_600_000))
    log.add("case.opened", "c3", DAY + "09:00:10Z")
    flush(log, database)
    assert sum(row.n for row in database.rows.values() if row.metric == "cases_opened") == 3


def test_panes_closed_before_more_lateness_stay_closed_after_a_restart() -> None:
    log, database = PartitionLog(replace(CONFIGURATION, lateness_ms=60_000)), Database()
    log.add("case.opened", "c1", DAY + "09:00:00Z")
    log.add("case.opened", "c2", DAY + "09:30:00Z")
    flush(log, database)
    log.processor.adopt(replace(CONFIGURATION, lateness_ms=3_600_000))
    log.restart()
    log.add("case.opened", "c3", DAY + "09:00:10Z")
    flush(log, database)
    assert sum(row.n for row in database.rows.values() if row.metric == "cases_opened") == 3


def test_an_invited_customer_may_answer_a_metric_that_was_registered_since() -> None:
    log = PartitionLog()
    log.add("survey.invited", "r1", DAY + "09:00:00Z", metric="effort")
    metrics: dict[str, Metric] = dict(CONFIGURATION.registry.metrics)
    metrics["effort"] = replace(metrics["csat"], id="effort")
    log.processor.adopt(replace(CONFIGURATION, registry=Registry(metrics)))
    assert log.add("survey.answered", "r1", DAY + "09:10:00Z", metric="effort", score=4) == []
    log.restart()
    log.add("survey.answered", "r1", DAY + "09:20:00Z", metric="effort", score=5, revision=1)
    assert log.contents("effort") == {(): (1, 5, {5: 1})}


def test_more_segments_leave_the_facts_of_cases_under_way_where_they_were_booked() -> None:
    log = PartitionLog(replace(CONFIGURATION, segment_cap=3))
    log.add("case.opened", "c1", DAY + "09:00:00Z", team="blue")
    log.add("case.assigned", "c2", DAY + "09:00:00Z", channel="chat")
    log.add("case.assigned", "c1", DAY + "09:01:00Z", channel="chat")
    log.add("case.message", "c1", DAY + "09:02:00Z", author="customer")
    log.add("case.message", "c1", DAY + "09:03:00Z", author="agent")
    log.processor.adopt(replace(CONFIGURATION, segment_cap=100))
    log.restart()
    log.add("case.message", "c1", DAY + "09:02:30Z", author="agent")  # earlier than the answer known: a correction
    assert [n for n, *_ in log.contents("first_response", "channel", "team").values()] == [1]


def test_an_unanswered_question_of_a_forgotten_case_gives_the_same_facts_swept_or_not() -> None:
    forgetful = replace(CONFIGURATION, subject_horizon_ms=1_000, subject_horizon_events=0)
    swept, kept = PartitionLog(forgetful), PartitionLog(forgetful)
    for log in (swept, kept):
        log.add("case.opened", "c1", DAY + "09:00:00Z")
        log.add("case.message", "c1", DAY + "09:00:00Z", author="customer")
        log.add("touchpoint.measured", "p", DAY + "09:00:02Z", measure="delivery", duration_ms=1)
        if log is swept:
            log.processor.checkpoint()
        log.add("touchpoint.measured", "p", DAY + "12:00:00Z", measure="delivery", duration_ms=1)
    assert swept.contents("first_response_attainment") == kept.contents("first_response_attainment")


def test_a_definition_that_changes_its_targets_silently_is_refused() -> None:
    log = PartitionLog()
    metrics = dict(CONFIGURATION.registry.metrics)
    metrics["first_response"] = replace(metrics["first_response"], targets=("10m",))
    with pytest.raises(RegistryError, match=r"first_response: duration\.v1 .* higher version"):
        log.processor.adopt(replace(CONFIGURATION, registry=Registry(metrics)))
    metrics["first_response"] = replace(metrics["first_response"], version=2)
    log.processor.adopt(replace(CONFIGURATION, registry=Registry(metrics)))


def test_a_longer_horizon_brings_back_no_case_that_was_forgotten_swept_or_not() -> None:
    forgetful = replace(CONFIGURATION, subject_horizon_ms=1_000, subject_horizon_events=0)
    log = PartitionLog(forgetful)
    log.add("case.opened", "c1", DAY + "09:00:00Z")
    log.add("touchpoint.measured", "p", DAY + "12:00:00Z", measure="delivery", duration_ms=1)
    log.processor.adopt(CONFIGURATION)
    log.add("case.resolved", "c1", DAY + "12:00:00Z")
    assert log.contents("orphans") == {(): (1, 0, {})}


def test_a_smaller_cap_on_cases_forgets_the_oldest() -> None:
    log = PartitionLog(replace(CONFIGURATION, subject_cap=5))
    for number in range(5):
        log.add("case.opened", f"c{number}", DAY + "09:00:00Z")
        log.add("survey.invited", f"r{number}", DAY + "09:00:00Z", metric="nps")
    log.processor.adopt(replace(CONFIGURATION, subject_cap=2))
    checkpoint = log.processor.checkpoint()
    assert [case_id for case_id, _ in checkpoint.cases] == ["c3", "c4"]
    assert [response_id for response_id, _ in checkpoint.responses] == ["r3", "r4"]
    assert log.processor.counts.displaced == 6


def test_late_parts_never_get_the_numbers_of_earlier_ones() -> None:
    log, database = PartitionLog(replace(CONFIGURATION, late_part_shift=1)), Database()
    log.add("case.opened", "c1", DAY + "12:00:00Z")
    for number in range(4):
        log.add("touchpoint.measured", "p", DAY + "09:00:00Z", measure="delivery", duration_ms=number)
        flush(log, database)
    with pytest.raises(ValueError, match=r"may only shrink \(CX_LATE_PART_SHIFT, at most 1\)"):
        log.processor.adopt(replace(CONFIGURATION, late_part_shift=16))
    log.processor.adopt(replace(CONFIGURATION, late_part_shift=0))
    log.add("touchpoint.measured", "p", DAY + "09:00:00Z", measure="delivery", duration_ms=5)
    flush(log, database)
    assert sum(row.n for row in database.rows.values() if row.metric == "measured.delivery") == 5


def test_settings_that_no_remembered_case_or_response_began_under_are_dropped() -> None:
    log = PartitionLog(replace(CONFIGURATION, subject_horizon_ms=1_000, subject_horizon_events=0))
    for hour in range(24):
        log.add("case.opened", f"c{hour}", f"{DAY}{hour:02}:00:00Z")
        log.add("survey.answered", f"r{hour}", f"{DAY}{hour:02}:00:01Z", metric="nps", score=9)
        log.add("touchpoint.measured", "p", f"{DAY}{hour:02}:30:00Z", measure="delivery", duration_ms=1)
        log.processor.adopt(replace(log.processor.configuration, max_event_bytes=2_000 + hour))
        log.restart()
    header = log.processor.checkpoint().header
    assert len(header.epochs) == 1
    assert header.first_epoch == 24


def test_settings_a_remembered_case_began_under_outlast_many_changes() -> None:
    log = PartitionLog()
    metrics = CONFIGURATION.registry.metrics
    log.add("case.opened", "c1", DAY + "09:00:00Z")
    for version in range(2, 5):
        raised: dict[str, Metric] = {name: replace(metric, version=version) for name, metric in metrics.items()}
        log.processor.adopt(replace(CONFIGURATION, registry=Registry(raised)))
        log.restart()
    log.add("case.resolved", "c1", DAY + "09:20:00Z")
    assert {row.definition for row in log.rows() if row.metric == "resolution"} == {"duration.v1"}


def test_a_wait_under_way_keeps_the_target_it_began_with() -> None:
    log = PartitionLog()
    log.add("wait.started", "old", DAY + "09:00:00Z")
    metrics: dict[str, Metric] = dict(CONFIGURATION.registry.metrics)
    metrics["service_level"] = replace(metrics["service_level"], version=2, targets=("5m",))
    log.processor.adopt(replace(CONFIGURATION, registry=Registry(metrics)))
    log.restart()
    log.add("wait.started", "new", DAY + "09:00:00Z")
    log.add("touchpoint.measured", "p", DAY + "09:01:00Z", measure="delivery", duration_ms=1)
    assert {(row.definition, row.total) for row in log.rows() if row.metric == "service_level"} == {("ratio.v1", 0)}
    log.add("wait.served", "old", DAY + "09:02:00Z")
    log.add("wait.served", "new", DAY + "09:02:00Z")
    assert {(row.definition, row.total) for row in log.rows() if row.metric == "service_level"} == {
        ("ratio.v1", 0),
        ("ratio.v2", 1),
    }
