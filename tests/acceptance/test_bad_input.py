"""Ten kinds of bad input among good events: each is kept with its reason and bytes, and nothing else is lost."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from schemas.status import PartitionStatus
from tests.acceptance.command_line import report
from tests.integration.local.stack_process import DEADLINE_SECONDS, StackProcess, stack

pytestmark = pytest.mark.timeout(600)

TOUCHPOINTS, SURVEYS, LETTERS = "cx.touchpoints", "cx.surveys", "cx.dead-letters"
LARGE_BYTES = 10_000_000
MOST_BYTES = 16 << 20
GOOD = 400
"""Half of them cases, half of them answers; the bad ones lie between them."""

OWN_HEADERS = [("trace", b"\x00\xff"), ("origin", b"shop")]


class Bad(NamedTuple):
    """A record that is no acceptable event."""

    reason: str
    detail: str
    """Part of what the letter has to say about it."""
    topic: str
    key: bytes
    value: bytes


class Sent(NamedTuple):
    """Where each record went, by topic, partition and offset; None stands for a good one."""

    records: dict[tuple[str, int, int], Bad | None]

    @property
    def bad(self) -> dict[tuple[str, int, int], Bad]:
        return {place: bad for place, bad in self.records.items() if bad is not None}


def event(kind: str, subject: str, at: datetime | str, **changes: Any) -> bytes:
    """A well-formed event with ``changes`` to its envelope."""
    time = at if isinstance(at, str) else at.isoformat()
    envelope = {"specversion": "1.0", "id": f"{subject}-{kind}", "source": "/shop", "type": kind, "time": time}
    return json.dumps({**envelope, "subject": subject, "data": {}, **changes}).encode()


def answer(response: str, at: datetime | str, score: int, **changes: Any) -> bytes:
    return event("cx.survey.answered.v1", response, at, data={"metric": "csat", "score": score}, **changes)


def opened(case: str, at: datetime | str, **changes: Any) -> bytes:
    return event("cx.case.opened.v1", case, at, **changes)


def bad_records(now: datetime) -> list[Bad]:
    """One of each kind. ``response-0`` has been answered with 4 before, in the same revision."""
    key = b"response-0"
    large = opened("large", now, note="x" * LARGE_BYTES)
    cut = answer("Zoë", now, 3).replace(b'"Zo\\u00eb"', '"Zoë'.encode()[:-1])
    conflict = answer("response-0", now, 1, id="another-event")
    return [
        Bad("not_json", "", TOUCHPOINTS, key, b'{"specversion": "1.0", '),
        Bad("not_utf8", "byte ", SURVEYS, key, cut),
        Bad("unknown_type", "type", TOUCHPOINTS, key, event("cx.case.exploded.v1", "case-0", now)),
        Bad("invalid_event", "`id`", TOUCHPOINTS, key, opened("case-0", now).replace(b'"id"', b'"ident"')),
        Bad("off_scale", "score is not on csat5", SURVEYS, key, answer("off", now, 6)),
        Bad("naive_time", "time", SURVEYS, key, answer("naive", "2026-03-01T10:00:00", 3)),
        Bad("future_time", "Kafka timestamp", SURVEYS, key, answer("future", now + timedelta(minutes=20), 3)),
        Bad("too_large", "1048576", TOUCHPOINTS, key, large),
        Bad("wrong_specversion", "1.0", TOUCHPOINTS, key, opened("case-0", now, specversion="0.3")),
        Bad("revision_conflict", "response-0", SURVEYS, key, conflict),
    ]


@pytest.fixture(params=["tansu", pytest.param("kafka", marks=pytest.mark.kafka)])
def running(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StackProcess]:
    """A stack that publishes one event of its own and then waits for what the test publishes."""
    with empty_stack(tmp_path, request.param) as run:
        run.await_up()
        yield run


def empty_stack(directory: Path, broker: str, *arguments: str) -> Any:
    directory.mkdir(parents=True, exist_ok=True)
    file = directory / "own.jsonl"
    file.write_bytes(opened(f"own-{time.time_ns()}", datetime.now(UTC) - timedelta(hours=1)) + b"\n")
    return stack(directory, "--broker", broker, "--input", str(file), "--json", *arguments)


def test_each_becomes_a_dead_letter_with_reason_bytes_and_origin(running: StackProcess) -> None:
    sent = publish(running)
    settle(running, sent)
    letters = dead_letters(running)
    assert {place(letter) for letter in letters} == sent.bad.keys()
    assert len(letters) == len(sent.bad) == 10
    for letter in letters:
        bad, headers = sent.bad[place(letter)], dict(letter.headers)
        assert headers["cx-reason"].decode() == bad.reason
        assert bad.detail in headers["cx-detail"].decode()
        assert (letter.key, letter.value) == (bad.key, bad.value), bad.reason
        assert [header for header in letter.headers if not header[0].startswith("cx-")] == OWN_HEADERS


def test_the_worker_goes_on_and_everything_is_accounted_for(running: StackProcess) -> None:
    (worker,) = running.children(" streams worker")
    sent = publish(running)
    statuses = settle(running, sent)
    assert list(running.children(" streams worker")) == [worker], "the same process as before"
    for topic in (TOUCHPOINTS, SURVEYS):
        counts = [each.counts for each in statuses if each.topic == topic]
        rejected = {reason: count for each in counts for reason, count in each.rejected.items()}
        assert rejected == {bad.reason: 1 for bad in sent.bad.values() if bad.topic == topic}
        assert sum(each.duplicates for each in counts) == 0
        good = sum(bad is None and where[0] == topic for where, bad in sent.records.items())
        assert sum(each.accepted for each in counts) == good + (topic == TOUCHPOINTS)
    (csat,) = report("csat", "--every", "all", "--data-dir", running.data_dir)
    assert (csat["n"], csat["total"]) == (GOOD // 2, 4 * GOOD // 2)
    (cases,) = report("cases_opened", "--every", "all", "--data-dir", running.data_dir)
    assert cases["n"] == GOOD // 2 + 1


@pytest.mark.kafka
def test_the_reconciliation_of_the_next_run_adds_up(tmp_path: Path) -> None:
    with empty_stack(tmp_path, "kafka") as run:
        sent = publish(run)
        settle(run, sent)
        run.process.terminate()
        assert run.end() == 130, run.output
    with empty_stack(tmp_path, "kafka", "--until-done") as run:
        assert run.end() == 2, run.output
        summary = run.summary
    assert summary["settled"]
    assert summary["adds_up"]
    assert sum(topic["earlier"] for topic in summary["topics"]) == len(sent.records) + 1
    for topic in summary["topics"]:
        assert topic["reasons"] == {bad.reason: 1 for bad in sent.bad.values() if bad.topic == topic["topic"]}
        known = topic["accepted"] + topic["duplicates"] + topic["dead_letters"]
        assert topic["published"] + topic["earlier"] == known


def publish(run: StackProcess) -> Sent:
    """Good events and, among them, one of each kind of bad ones, as raw bytes."""
    producer = KafkaProducer(bootstrap_servers=run.await_up().broker, max_request_size=MOST_BYTES, acks="all")
    now = datetime.now(UTC) - timedelta(minutes=1)
    left = bad_records(now)
    futures: list[tuple[Bad | None, Any]] = []
    for number in range(GOOD // 2):
        response, case = f"response-{number}", f"case-{number}"
        futures.append((None, producer.send(SURVEYS, answer(response, now, 4), response.encode())))
        futures.append((None, producer.send(TOUCHPOINTS, opened(case, now), case.encode())))
        if number % 10 == 5 and left:
            bad = left.pop(0)
            futures.append((bad, producer.send(bad.topic, bad.value, bad.key, headers=OWN_HEADERS)))
    producer.flush()
    producer.close()
    assert not left
    sent = [(future.get(), bad) for bad, future in futures]
    return Sent({(each.topic, each.partition, each.offset): bad for each, bad in sent})


def settle(run: StackProcess, sent: Sent) -> list[PartitionStatus]:
    """What the worker says of its partitions once all of ``sent`` is applied, stored and checkpointed."""
    statuses: list[PartitionStatus] = []

    def is_settled() -> bool:
        statuses[:] = [each for status in run.statuses() for each in status.partitions]
        done = all(each.unstored == 0 and each.checkpointed == each.applied for each in statuses)
        return done and sum(each.applied + 1 for each in statuses) == len(sent.records) + 1

    run.await_that(is_settled, "all is applied, stored and checkpointed")
    return statuses


def dead_letters(run: StackProcess) -> list[Any]:
    """All of them; Tansu's end offsets are not to be trusted, so the topic is read until a second is silent."""
    consumer = KafkaConsumer(
        bootstrap_servers=run.await_up().broker,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        max_partition_fetch_bytes=MOST_BYTES,
        fetch_max_bytes=2 * MOST_BYTES,
    )
    consumer.assign([TopicPartition(LETTERS, 0)])
    letters: list[Any] = []
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline:
        found = [record for records in consumer.poll(timeout_ms=1_000).values() for record in records]
        letters += found
        if letters and not found:
            break
    consumer.close()
    return letters


def place(letter: Any) -> tuple[str, int, int]:
    """Where the record of a letter was."""
    headers = {name: value.decode() for name, value in letter.headers if name.startswith("cx-")}
    return headers["cx-topic"], int(headers["cx-partition"]), int(headers["cx-offset"])
