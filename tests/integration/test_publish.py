"""`cxstream publish` and `cxstream import --publish` against real brokers."""

import json
import subprocess
import sys
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaConsumer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic

from deploy.local.broker import Broker
from deploy.local.ports import Ports
from streams.publishing.event_files import BadLine, Topics, publish_lines, read_lines

PARTITIONS = 3


@pytest.fixture
def topics(broker: Broker) -> Topics:
    run = uuid.uuid4().hex[:8]
    topics = Topics(f"touchpoints-{run}", f"surveys-{run}")
    admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap)
    large = {"max.message.bytes": str(12 << 20)}
    admin.create_topics([NewTopic(topic, PARTITIONS, 1, topic_configs=large) for topic in topics])
    admin.close()
    return topics


def event(kind: str, subject: str, **data: Any) -> bytes:
    return json.dumps({"type": f"cx.{kind}.v1", "subject": subject, "data": data}).encode()


def client(broker: Broker) -> dict[str, Any]:
    return {"bootstrap_servers": [broker.bootstrap], "security_protocol": "PLAINTEXT"}


def write(file: Path, lines: list[bytes]) -> str:
    file.write_bytes(b"\n".join(lines) + b"\n")
    return str(file)


def read(broker: Broker, topics: Topics, count: int) -> list[tuple[str, int, bytes, bytes]]:
    """The first ``count`` records as (topic, partition, key, value), each partition in its order."""
    consumer = KafkaConsumer(
        bootstrap_servers=broker.bootstrap,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        consumer_timeout_ms=20_000,
        max_partition_fetch_bytes=12 << 20,
    )
    consumer.assign([TopicPartition(topic, partition) for topic in topics for partition in range(PARTITIONS)])
    records = []
    for record in consumer:
        records.append((record.topic, record.partition, record.key, record.value))
        if len(records) == count:
            break
    consumer.close()
    return records


def cxstream(broker_at: str, topics: Mapping[str, str], *arguments: str, stdin: bytes = b"") -> tuple[int, str, str]:
    environment = {"CX_BROKERS": broker_at, **{f"CX_{name.upper()}_TOPIC": topic for name, topic in topics.items()}}
    done = subprocess.run(
        [sys.executable, "-m", "streams", *arguments], env=environment, input=stdin, capture_output=True, timeout=120
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_events_go_to_the_topic_of_their_type_under_their_customer_or_subject(
    broker: Broker, topics: Topics, tmp_path: Path
) -> None:
    lines = [
        event("case.opened", "case-1", customer="ann"),
        event("survey.answered", "response-1", customer="ann"),
        event("touchpoint.measured", "order-1"),
        event("survey.invited", "response-2", customer=None),
    ]
    result = publish_lines(read_lines([write(tmp_path / "e.jsonl", lines)]), client(broker), topics)
    assert (result.published, result.bad_lines) == ({topics.touchpoints: 2, topics.surveys: 2}, 0)
    assert sorted((topic, key, value) for topic, _, key, value in read(broker, topics, 4)) == sorted(
        [
            (topics.touchpoints, b"ann", lines[0]),
            (topics.surveys, b"ann", lines[1]),
            (topics.touchpoints, b"order-1", lines[2]),
            (topics.surveys, b"response-2", lines[3]),
        ]
    )


def test_bytes_are_published_as_they_are_and_one_key_keeps_its_order(
    broker: Broker, topics: Topics, tmp_path: Path
) -> None:
    lines = [
        b'{ "data" :{"customer":"c%d","x":1.0e3, "n":%d},"type":"cx.case.opened.v1","subject":"s" }' % (n % 7, n)
        for n in range(20_000)
    ]
    result = publish_lines(read_lines([write(tmp_path / "e.jsonl", lines)]), client(broker), topics)
    assert result.published[topics.touchpoints] == len(lines)
    records = read(broker, topics, len(lines))
    for customer in range(7):
        key = b"c%d" % customer
        mine = [record for record in records if record[2] == key]
        assert [value for *_, value in mine] == lines[customer::7]
        assert len({partition for _, partition, _, _ in mine}) == 1


def test_a_bad_line_is_named_and_the_rest_still_goes(broker: Broker, topics: Topics, tmp_path: Path) -> None:
    good = event("case.opened", "case-1")
    file = write(
        tmp_path / "e.jsonl",
        [
            good,
            b"not json",
            b"",
            b'{"type":"cx.case.opened.v1"}',
            b'{"subject":"s"}',
            b'{"type":"shop.order","subject":"s"}',
            b'{"type":"cx.case.opened.v1","subject":"\xff"}',
            b"[]",
            b'{"type":"cx.case.opened.v1","subject":"s","more":' + b"[" * 100_000,
            good,
        ],
    )
    bad: list[BadLine] = []
    result = publish_lines(read_lines([file]), client(broker), topics, report=bad.append)
    assert result.published[topics.touchpoints] == 2
    assert result.bad_lines == len(bad)
    assert [(line.number, line.reason.split(":")[0]) for line in bad] == [
        (2, "JSON is malformed"),
        (4, "Object missing required field `subject`"),
        (5, "Object missing required field `type`"),
        (6, "type does not start with 'cx.', so no topic is known for it"),
        (7, "'utf-8' codec can't decode byte 0xff in position 0"),
        (8, "Expected `object`, got `array`"),
        (9, "maximum recursion depth exceeded while deserializing an object"),
    ]
    assert [value for *_, value in read(broker, topics, 2)] == [good, good]


def test_a_ten_megabyte_event_is_published_and_a_larger_one_than_any_topic_takes_is_named(
    broker: Broker, topics: Topics, tmp_path: Path
) -> None:
    large, larger = event("case.opened", "a", note="x" * 10_000_000), event("case.opened", "b", note="x" * 17_000_000)
    bad: list[BadLine] = []
    file = write(tmp_path / "e.jsonl", [large, larger])
    result = publish_lines(read_lines([file]), client(broker), topics, report=bad.append)
    assert (result.published[topics.touchpoints], [line.number for line in bad]) == (1, [2])
    assert [value for *_, value in read(broker, topics, 1)] == [large]


def test_a_rate_bounds_the_events_per_second(broker: Broker, topics: Topics, tmp_path: Path) -> None:
    seen: list[int] = []
    file = write(tmp_path / "e.jsonl", [event("case.opened", f"case-{n}") for n in range(100)])
    publish_lines(read_lines([file]), client(broker), topics, rate=50, progress=seen.append)
    # 2 s at 50 a second, shown 4 times a second: without a rate the first showing would already be the last.
    assert seen == sorted(seen)
    assert seen[0] <= 50
    assert seen[-1] == 100


def test_the_command_tells_what_it_published_and_which_lines_were_bad(
    broker: Broker, topics: Topics, tmp_path: Path
) -> None:
    file = write(tmp_path / "e.jsonl", [event("case.opened", "a"), b"{"])
    code, out, err = cxstream(broker.bootstrap, topics._asdict(), "publish", file, "--json")
    assert code == 2
    assert json.loads(out) == {"published": {topics.touchpoints: 1, topics.surveys: 0}, "bad_lines": 1}
    assert f"{file}:2: " in err


def test_the_command_reads_standard_input(broker: Broker, topics: Topics) -> None:
    code, out, _ = cxstream(broker.bootstrap, topics._asdict(), "publish", "-", stdin=event("case.opened", "a"))
    assert code == 0
    assert out.startswith("published 1 events")


def test_an_import_may_go_straight_to_kafka(broker: Broker, topics: Topics, tmp_path: Path) -> None:
    mapping, rows = tmp_path / "mapping.yaml", tmp_path / "rows.csv"
    mapping.write_text(
        "source: /s\nevents: [{type: cx.case.opened.v1, id: '{n}', subject: 's{n}', time: at}]", encoding="utf-8"
    )
    rows.write_text("n,at\n1,2024-03-01T12:00Z\n2,never\n3,2024-03-01T12:00Z\n", encoding="utf-8")
    code, out, err = cxstream(
        broker.bootstrap, topics._asdict(), "import", str(mapping), str(rows), "--publish", "--json"
    )
    assert code == 2
    assert json.loads(out) == {"published": {topics.touchpoints: 2, topics.surveys: 0}, "bad_lines": 1}
    assert f"{rows}:3: cx.case.opened.v1: column 'at' holds no time" in err
    assert {key for _, _, key, _ in read(broker, topics, 2)} == {b"s1", b"s3"}


def test_a_broker_that_does_not_answer_is_named_and_ends_with_4(ports: Ports, tmp_path: Path) -> None:
    nowhere = f"127.0.0.1:{ports.any()}"
    code, _, err = cxstream(nowhere, {}, "publish", write(tmp_path / "e.jsonl", [event("case.opened", "a")]))
    assert code == 4
    assert f"no Kafka broker answers at {nowhere}" in err
    assert "Traceback" not in err
