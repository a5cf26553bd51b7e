"""What a partition remembers is bounded by rules on the log; a change of settings takes effect from one offset on."""

import pytest
from msgspec import msgpack
from msgspec.structs import replace

from schemas.dimensions import DIMENSIONS, OTHER
from schemas.metrics import Metric, Registry
from streams.core.checkpoint import Checkpoint, CheckpointError
from streams.core.processor import SWEEP_EVERY, PartitionProcessor
from tests.unit.core.partition_log import CONFIGURATION, PartitionLog

DAY = "2026-03-02T"


def test_values_past_a_dimensions_cap_become_other_and_are_counted() -> None:
    log = PartitionLog(replace(CONFIGURATION, dimension_cap=2))
    for number in range(5):
        log.add("case.opened", f"c{number}", DAY + "09:00:00Z", team=f"team-{number}")
    assert log.contents("cases_opened", "team") == {
        ("team-0",): (1, 0, {}),
        ("team-1",): (1, 0, {}),
        (OTHER,): (3, 0, {}),
    }
    assert log.processor.counts.folded == 3


def test_what_was_folded_is_counted_once_whatever_is_restarted() -> None:
    logs = [PartitionLog(replace(CONFIGURATION, dimension_cap=1, segment_cap=3)) for _ in range(2)]
    for number in range(6):
        for log in logs:
            log.add("case.opened", f"c{number}", f"{DAY}09:0{number}:00Z", team="blue")
            log.add("case.assigned", f"c{number}", f"{DAY}09:0{number}:10Z", channel=f"line-{number}")
            log.add("case.resolved", f"c{number}", f"{DAY}09:0{number}:20Z")
            log.add("touchpoint.measured", "x", DAY + "09:00:00Z", measure=f"step_{number}", duration_ms=number)
        logs[0].restart()
    # Of each case three facts of its resolution, since blue on a line is one combination too many; and five measures.
    assert [log.processor.counts.folded for log in logs] == [6 * 3 + 5] * 2


def test_combinations_past_the_segment_cap_become_other() -> None:
    log = PartitionLog(replace(CONFIGURATION, segment_cap=3))
    for number in range(50):
        log.add("case.opened", f"c{number}", DAY + "09:00:00Z", team=f"team-{number % 7}", channel=f"c-{number % 5}")
    segments = {row.segment for row in log.rows()}
    assert len(segments) <= 3 + 2**2
    assert sum(row.n for row in log.rows()) == 50


def test_measure_names_past_the_cap_share_one_metric() -> None:
    log = PartitionLog(replace(CONFIGURATION, dimension_cap=2))
    for number in range(5):
        log.add("touchpoint.measured", "x", DAY + "09:00:00Z", measure=f"step_{number}", duration_ms=number)
    assert {row.metric: row.n for row in log.rows()} == {
        "measured.step_0": 1,
        "measured.step_1": 1,
        f"measured.{OTHER}": 3,
    }


@pytest.mark.parametrize(("begins", "goes_on"), [("case.opened", "case.assigned"), ("wait.started", "wait.served")])
def test_a_case_or_wait_takes_no_more_events_than_its_cap(begins: str, goes_on: str) -> None:
    log = PartitionLog(replace(CONFIGURATION, subject_event_cap=3))
    log.add(begins, "c1", DAY + "09:00:00Z")
    verdicts = [log.add(goes_on, "c1", DAY + "09:00:00Z") for _ in range(4)]
    assert [[reject.reason for reject in each] for each in verdicts] == [
        [],
        [],
        ["too_many_events"],
        ["too_many_events"],
    ]


def test_silent_cases_responses_and_waits_leave_memory_after_horizon_and_events() -> None:
    log = PartitionLog(replace(CONFIGURATION, subject_horizon_events=100, subject_horizon_ms=3_600_000))
    begun = 6 * SWEEP_EVERY
    for number in range(begun):
        hour, minute = 8 + number * 12 // begun, number % 60
        time = f"{DAY}{hour:02}:{minute:02}:00Z"
        log.add("case.opened", f"c{number}", time)
        log.add("survey.answered", f"r{number}", time, metric="nps", score=9)
        log.add("wait.started", f"w{number}", time)
    checkpoint = log.processor.checkpoint()
    assert len(checkpoint.cases) < begun // 4
    assert len(checkpoint.responses) < begun // 4
    assert len(checkpoint.deadlines) < begun // 4
    assert sum(load.pending for load in log.processor.look(0).view().deadlines) == len(checkpoint.deadlines)


def test_of_more_cases_than_the_cap_the_oldest_are_forgotten_and_counted() -> None:
    log = PartitionLog(replace(CONFIGURATION, subject_cap=2))
    for number in range(4):
        log.add("case.opened", f"c{number}", DAY + "09:00:00Z")
        log.add("survey.invited", f"r{number}", DAY + "09:00:00Z", metric="nps")
        log.add("wait.started", f"w{number}", DAY + "09:00:00Z")
    checkpoint = log.processor.checkpoint()
    assert [case_id for case_id, _ in checkpoint.cases] == ["c2", "c3"]
    assert [response_id for response_id, _ in checkpoint.responses] == ["r2", "r3"]
    assert [key for key, _ in checkpoint.deadlines] == ["wait/w2", "wait/w3"]
    assert log.processor.counts.displaced == 6
    (load,) = log.processor.look(0).view().cases
    assert load.open == 2
    (wait,) = log.processor.look(0).view().deadlines
    assert wait.pending == 2
    log.add("case.resolved", "c1", DAY + "09:10:00Z")
    log.add("case.resolved", "c3", DAY + "09:10:00Z")
    assert log.contents("orphans") == {(): (1, 0, {})}
    assert log.contents("cases_resolved") == {(): (1, 0, {})}


def test_the_cap_on_cases_counts_what_began_and_not_what_a_worker_remembers() -> None:
    logs = [PartitionLog(replace(CONFIGURATION, subject_cap=3)) for _ in range(2)]
    for number in range(9):
        for log in logs:
            log.add("case.opened", f"c{number % 5}", f"{DAY}09:0{number}:00Z")
        logs[0].restart()
    first, second = (log.processor.checkpoint() for log in logs)
    assert first.cases == second.cases
    assert first.header == second.header


def test_a_case_forgotten_by_its_horizon_is_not_counted_as_displaced() -> None:
    log = PartitionLog(replace(CONFIGURATION, subject_cap=2, subject_horizon_events=0, subject_horizon_ms=1_000))
    for hour in range(9, 15):
        log.add("case.opened", f"c{hour}", f"{DAY}{hour:02}:00:00Z")
        log.add("touchpoint.measured", "p", f"{DAY}{hour:02}:30:00Z", measure="delivery", duration_ms=1)
    assert log.processor.counts.displaced == 0


def test_a_checkpoint_from_before_the_cap_on_cases_is_read() -> None:
    log = PartitionLog(replace(CONFIGURATION, subject_horizon_events=1, subject_horizon_ms=1_000))
    for number in range(3):
        log.add("case.opened", f"c{number}", DAY + "09:00:00Z")
        log.add("survey.invited", f"r{number}", DAY + "09:00:00Z", metric="nps")
    blocks = [msgpack.decode(block) for block in log.processor.checkpoint().encode()]
    for kind, content in blocks:
        if kind == "header":
            for name in ("first_epoch", "cases_begun", "responses_begun"):
                del content[name]
            for name in ("folded", "displaced"):
                del content["counts"][name]
        elif kind in ("cases", "responses"):
            for _, entry in content:
                del entry[3:]
    before = Checkpoint.decode([msgpack.encode(block) for block in blocks])
    log.processor = PartitionProcessor.restore(log.processor.source, before)
    for number in range(2 * SWEEP_EVERY):
        log.add("touchpoint.measured", "p", DAY + "12:00:00Z", measure="delivery", duration_ms=number)
    log.add("case.opened", "c9", DAY + "12:00:00Z")
    assert [case_id for case_id, _ in log.processor.checkpoint().cases] == ["c9"]
    assert log.processor.checkpoint().responses == []


def test_a_checkpoint_from_before_waits_had_metrics_is_read() -> None:
    log = PartitionLog()
    log.add("case.opened", "c1", DAY + "09:00:00Z")
    blocks = [msgpack.decode(block) for block in log.processor.checkpoint().encode()]
    header = blocks[0][1]
    del header["deadlines_begun"]
    for name in ("queue_wait", "service_level", "abandonment", "short_abandons"):
        del header["epochs"][0]["registry"]["metrics"][name]
    header["definitions"] = [
        each for each in header["definitions"] if each[0] in header["epochs"][0]["registry"]["metrics"]
    ]
    before = Checkpoint.decode([msgpack.encode(block) for block in blocks])
    log.processor = PartitionProcessor.restore(log.processor.source, before)
    log.add("wait.started", "w1", DAY + "09:00:00Z")
    log.add("wait.served", "w1", DAY + "09:00:10Z")
    log.processor.adopt(CONFIGURATION)
    assert log.duration("queue_wait") == (1, 10)


def test_closed_and_stored_parts_leave_memory_and_stay_in_the_live_day() -> None:
    log = PartitionLog()
    for hour in range(8, 20):
        log.add("survey.answered", f"r{hour}", f"{DAY}{hour:02}:00:00Z", metric="nps", score=9)
        log.processor.take_rows()
        log.processor.confirm()
    assert log.processor.cells <= 2
    day = log.processor.look(1_772_479_800_000).view()
    assert [cell.n for cell in day.windows if cell.window == "24h" and cell.metric == "nps"] == [12]
    assert [cell.n for cell in day.windows if cell.window == "1h" and cell.metric == "nps"] == [1]


def test_parts_that_are_not_stored_stay() -> None:
    log = PartitionLog()
    for hour in range(8, 20):
        log.add("survey.answered", f"r{hour}", f"{DAY}{hour:02}:00:00Z", metric="nps", score=9)
    log.processor.checkpoint()
    assert log.processor.cells == 12


def test_a_case_under_way_keeps_the_definition_it_began_with() -> None:
    log = PartitionLog()
    log.add("case.opened", "old", DAY + "09:00:00Z", team="blue", channel="chat")
    metrics = CONFIGURATION.registry.metrics
    second: dict[str, Metric] = {name: replace(metric, version=2) for name, metric in metrics.items()}
    log.processor.adopt(replace(CONFIGURATION, registry=Registry(second), dimensions=("team",)))
    log.add("case.opened", "new", DAY + "09:10:00Z", team="blue", channel="chat")
    log.add("case.resolved", "old", DAY + "09:20:00Z")
    log.add("case.resolved", "new", DAY + "09:20:00Z")
    found = sorted((row.metric, row.definition, row.segment[DIMENSIONS.index("channel")]) for row in log.rows())
    assert found == [
        ("cases_opened", "count.v1", "chat"),
        ("cases_opened", "count.v2", ""),
        ("cases_resolved", "count.v1", "chat"),
        ("cases_resolved", "count.v2", ""),
        ("resolution", "duration.v1", "chat"),
        ("resolution", "duration.v2", ""),
        ("resolution_rate", "ratio.v1", "chat"),
        ("resolution_rate", "ratio.v2", ""),
    ]


def test_no_block_of_a_checkpoint_is_larger_than_a_broker_takes() -> None:
    log = PartitionLog()
    for number in range(2_000):
        log.add("case.opened", f"c{number}", DAY + "09:00:00Z", team=f"{number:0>256}", channel=f"{number % 7:0>256}")
    blocks = log.processor.checkpoint().encode()
    assert sum(map(len, blocks)) > 1_048_576
    assert max(map(len, blocks)) < 600_000
    assert Checkpoint.decode(blocks).encode() == blocks


def test_a_checkpoint_without_one_piece_of_a_block_is_refused() -> None:
    log = PartitionLog()
    for number in range(1_000):
        log.add("case.opened", f"c{number}", DAY + "09:00:00Z", team=f"{number:0>256}", channel=f"{number:0>256}")
    blocks = log.processor.checkpoint().encode()
    with pytest.raises(CheckpointError):
        Checkpoint.decode(blocks[1:])


def test_the_longest_durations_of_a_busy_minute_fit_the_sum_that_is_stored() -> None:
    log = PartitionLog()
    longest = 2**40
    verdicts = [
        log.add("touchpoint.measured", "p", DAY + "09:00:00Z", measure="delivery", duration_ms=duration)
        for duration in (longest, longest + 1)
    ]
    assert [[reject.reason for reject in each] for each in verdicts] == [[], ["invalid_event"]]
    most_events_of_a_minute = 8_000_000
    assert most_events_of_a_minute * sum(row.total for row in log.rows()) < 2**63
