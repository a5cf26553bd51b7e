"""`cxstream dead-letters` against real brokers, with letters that the worker's own writer has written."""

import asyncio
import json
import re
import time
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic

from deploy.local.broker import Broker
from deploy.local.ports import Ports
from schemas.rejects import Reason
from sinks.dead_letters import DeadLetter, DeadLetters
from tests.integration.test_publish import cxstream

PARTITIONS = 2


@pytest.fixture
def topic(broker: Broker) -> str:
    topic = f"dead-letters-{uuid.uuid4().hex[:8]}"
    admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap)
    admin.create_topics([NewTopic(topic, PARTITIONS, 1)])
    admin.close()
    return topic


def letter(
    offset: int, reason: Reason = "not_json", value: bytes | None = b"{broken", topic: str = "cx.surveys"
) -> DeadLetter:
    detail = "line 1: expected a key [red]"
    return DeadLetter(topic, 2, offset, b"customer", value, [("trace", b"\xff")], reason, detail)


def write(broker: Broker, topic: str, letters: Sequence[DeadLetter]) -> None:
    async def go() -> None:
        writer = DeadLetters({"bootstrap_servers": broker.bootstrap}, topic)
        await writer.start()
        running = asyncio.create_task(writer.run())
        for each in letters:
            writer.put(each)
        await writer.flush()
        running.cancel()
        await writer.stop()

    asyncio.run(go())


def dead_letters(broker: Broker, topic: str, *arguments: str) -> tuple[int, str, str]:
    return cxstream(broker.bootstrap, {"dead_letters": topic}, "dead-letters", *arguments)


def listed(broker: Broker, topic: str, *arguments: str) -> list[dict[str, Any]]:
    code, out, err = dead_letters(broker, topic, "list", "--json", *arguments)
    assert code == 0, err
    return [json.loads(line) for line in out.splitlines()]


def test_letters_are_listed_with_their_place_and_reason_and_without_their_contents(broker: Broker, topic: str) -> None:
    write(broker, topic, [letter(41), letter(42, "off_scale", b'{"score": 12}')])
    code, out, err = dead_letters(broker, topic, "list")
    assert code == 0, err
    assert "cx.surveys/2/41" in out
    assert "line 1: expected a key [red]" in out
    assert "2 dead letters (1 not_json, 1 off_scale)" in out
    assert "score" not in out
    assert "customer" not in out


def test_a_letter_that_was_written_twice_is_listed_once(broker: Broker, topic: str) -> None:
    write(broker, topic, [letter(1), letter(2)])
    write(broker, topic, [letter(1), letter(2), letter(3)])
    assert sorted(each["record"] for each in listed(broker, topic)) == [f"cx.surveys/2/{each}" for each in (1, 2, 3)]


def test_another_record_at_the_place_of_one_in_a_topic_made_anew_is_a_letter_of_its_own(
    broker: Broker, topic: str
) -> None:
    write(broker, topic, [letter(1), letter(1, value=b"[other")])
    assert len(listed(broker, topic)) == 2


def test_the_list_can_be_narrowed_to_a_reason_a_topic_and_the_last(broker: Broker, topic: str) -> None:
    write(broker, topic, [letter(1), letter(2, "off_scale"), letter(3, topic="cx.touchpoints"), letter(4, "off_scale")])
    assert {each["record"] for each in listed(broker, topic, "--reason", "off_scale")} == {
        "cx.surveys/2/2",
        "cx.surveys/2/4",
    }
    assert [each["record"] for each in listed(broker, topic, "--topic", "cx.touchpoints")] == ["cx.touchpoints/2/3"]
    assert len(listed(broker, topic, "--last", "3")) == 3
    _, out, _ = dead_letters(broker, topic, "list", "--last", "3")
    assert "4 dead letters (2 not_json, 2 off_scale), the last 3 of them above" in out


def test_the_newest_are_kept_whatever_partition_they_are_in(broker: Broker, topic: str) -> None:
    producer = KafkaProducer(bootstrap_servers=broker.bootstrap)
    now_ms = time.time_ns() // 1_000_000
    for offset, (partition, ago_ms) in enumerate([(0, 20_000), (0, 10_000), (1, 40_000), (1, 30_000)]):
        headers = letter(offset).all_headers()
        producer.send(topic, b"", headers=headers, partition=partition, timestamp_ms=now_ms - ago_ms).get(30)
    producer.close()
    kept = listed(broker, topic, "--last", "2")
    assert [each["record"] for each in kept] == ["cx.surveys/2/0", "cx.surveys/2/1"]
    rejected = [datetime.fromisoformat(each["rejected"]).timestamp() for each in kept]
    assert rejected == pytest.approx([now_ms / 1_000 - 20, now_ms / 1_000 - 10], abs=1.0)


def test_a_record_is_shown_byte_for_byte(broker: Broker, topic: str) -> None:
    write(broker, topic, [letter(7), letter(8, value='{"text": "schön"}'.encode())])
    code, out, err = dead_letters(broker, topic, "show", "cx.surveys/2/8")
    assert (code, out) == (0, '{"text": "schön"}\n')
    assert "not_json: line 1: expected a key [red]" in err


def test_a_record_is_shown_with_key_and_headers_as_json(broker: Broker, topic: str) -> None:
    write(broker, topic, [letter(7, value=b"\xe9"), letter(8, "empty", None)])
    code, out, err = dead_letters(broker, topic, "show", "cx.surveys/2/7", "--json")
    shown = json.loads(out)
    assert code == 0, err
    assert (shown["key"], shown["value"], shown["headers"]) == ("customer", "\\xe9", [["trace", "\\xff"]])


def test_records_that_no_worker_has_written_are_counted_and_said(broker: Broker, topic: str) -> None:
    producer = KafkaProducer(bootstrap_servers=broker.bootstrap)
    producer.send(topic, b"a stranger").get(30)
    producer.close()
    write(broker, topic, [letter(1)])
    code, out, err = dead_letters(broker, topic, "list", "--json")
    assert (code, len(out.splitlines())) == (2, 1)
    assert f"{topic}: 1 records that no worker has written" in err


def test_a_topic_without_letters_is_said_to_have_none(broker: Broker, topic: str) -> None:
    assert dead_letters(broker, topic, "list")[:2] == (0, "no dead letters\n")


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("show", "cx.surveys/2/99"), "there is no dead letter of cx.surveys/2/99, or not any more"),
        (("show", "cx.surveys"), "'cx.surveys' names no record"),
        (("list", "--reason", "bad"), "unknown reason 'bad'; known are empty"),
    ],
)
def test_wrong_use_is_told_with_what_would_be_right(
    arguments: tuple[str, ...], why: str, broker: Broker, topic: str
) -> None:
    code, _, err = dead_letters(broker, topic, *arguments)
    assert code == 3
    assert why in err
    assert "Traceback" not in err


def test_a_topic_that_is_not_there_is_told_and_not_made(broker: Broker) -> None:
    for _ in range(2):
        code, _, err = dead_letters(broker, "no-such-topic", "list")
        assert code == 3
        assert "there is no topic no-such-topic" in err


def test_a_broker_that_is_not_there_is_told(ports: Ports) -> None:
    code, _, err = cxstream(f"127.0.0.1:{ports.any()}", {}, "dead-letters", "list")
    assert code == 4
    assert "no Kafka broker answers" in err


@pytest.fixture
def source(broker: Broker) -> str:
    """A topic of events that records were rejected in."""
    topic = f"source-{uuid.uuid4().hex[:8]}"
    admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap)
    admin.create_topics([NewTopic(topic, 3, 1)])
    admin.close()
    return topic


def published(broker: Broker, topic: str) -> list[tuple[int, bytes | None, bytes, list[tuple[str, bytes]]]]:
    """Partition, key, value and headers of all records."""
    consumer = KafkaConsumer(bootstrap_servers=broker.bootstrap, auto_offset_reset="earliest")
    consumer.assign([TopicPartition(topic, partition) for partition in range(3)])
    found = []
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        for records in consumer.poll(200).values():
            found += [(each.partition, each.key, each.value, list(each.headers)) for each in records]
            deadline = time.monotonic() + 1
    consumer.close()
    return found


def test_a_redriven_record_is_what_it_was_and_goes_where_it_was(broker: Broker, topic: str, source: str) -> None:
    write(broker, topic, [letter(7, value=b"{one", topic=source), letter(8, "off_scale", b"{two", source)])
    code, out, err = dead_letters(broker, topic, "redrive", "--why", "mended", "--yes")
    assert (code, out) == (0, "2 redriven\n"), err
    assert published(broker, source) == [
        (2, b"customer", b"{one", [("trace", b"\xff")]),
        (2, b"customer", b"{two", [("trace", b"\xff")]),
    ]


def test_a_record_of_a_partition_that_is_no_more_goes_to_that_of_its_key(
    broker: Broker, topic: str, source: str
) -> None:
    write(broker, topic, [letter(n, value=b"{%d" % n, topic=source)._replace(partition=7) for n in (1, 2)])
    code, out, err = dead_letters(broker, topic, "redrive", "--why", "mended", "--yes")
    assert (code, out) == (0, "2 redriven\n"), err
    found = published(broker, source)
    assert [value for _, _, value, _ in found] == [b"{1", b"{2"]
    assert len({partition for partition, *_ in found}) == 1


def test_a_letter_that_was_decided_about_is_not_redriven_again_and_not_listed(
    broker: Broker, topic: str, source: str
) -> None:
    write(broker, topic, [letter(offset, topic=source) for offset in (1, 2, 3)])
    assert dead_letters(broker, topic, "discard", "--record", f"{source}/2/1", "--why", "a test", "--yes")[0] == 0
    assert dead_letters(broker, topic, "redrive", "--record", f"{source}/2/2", "--why", "mended", "--yes")[0] == 0
    assert [each["record"] for each in listed(broker, topic)] == [f"{source}/2/3"]
    assert len(listed(broker, topic, "--decided")) == 3
    assert dead_letters(broker, topic, "redrive", "--why", "again", "--yes")[:2] == (0, "1 redriven\n")
    assert dead_letters(broker, topic, "redrive", "--why", "again", "--yes")[:2] == (0, "no dead letters\n")
    assert len(published(broker, source)) == 2
    _, _, err = dead_letters(broker, topic, "show", f"{source}/2/1")
    assert re.search(r"discarded by \S+: a test", err)


def test_only_the_letters_asked_for_are_redriven(broker: Broker, topic: str, source: str) -> None:
    write(broker, topic, [letter(1, topic=source), letter(2, "off_scale", b"{two", source)])
    wanted = ("--reason", "off_scale", "--topic", source, "--since", "2026-01-01", "--until", "2100-01-01")
    assert dead_letters(broker, topic, "redrive", *wanted, "--why", "mended", "--yes")[:2] == (0, "1 redriven\n")
    assert [value for _, _, value, _ in published(broker, source)] == [b"{two"]
    assert listed(broker, topic, "--until", "2026-01-01") == []


def test_a_letter_that_does_not_hold_its_whole_record_is_left(broker: Broker, topic: str, source: str) -> None:
    cut = letter(3, topic=source)._replace(headers=[("cx-cut-from", b"99999999")])
    write(broker, topic, [letter(1, "empty", None, source), letter(2, "unreadable_batch", b"\0", source), cut])
    code, out, err = dead_letters(broker, topic, "redrive", "--why", "mended", "--yes")
    assert (code, out) == (2, "0 redriven\n")
    assert "3 left: they do not hold their whole record" in err
    assert published(broker, source) == []
    assert len(listed(broker, topic)) == 3


def test_nothing_is_redriven_before_somebody_means_it(broker: Broker, topic: str, source: str) -> None:
    write(broker, topic, [letter(1, topic=source)])
    code, _, err = dead_letters(broker, topic, "redrive", "--why", "mended")
    assert (code, "--yes" in err) == (3, True)
    code, out, _ = dead_letters(broker, topic, "redrive", "--why", "mended", "--dry-run")
    assert (code, "1 dead letters (1 not_json)" in out) == (0, True)
    assert published(broker, source) == []
    assert len(listed(broker, topic)) == 1
