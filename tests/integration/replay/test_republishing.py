"""`cxstream replay publish`: a plan's records on another topic."""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from tests.integration.replay.replaying import replay
from tests.integration.worker.deployment import Deployment


@pytest.fixture
def planned(still: Deployment, plan: Path) -> Path:
    assert replay(still, "plan", plan)[0] == 0
    return plan


@pytest.fixture
def rehearsal(live: Deployment) -> str:
    """An empty topic."""
    name = f"{live.settings.touchpoints_topic}.rehearsal"
    live.create_topic(name, partitions=2)
    return name


def published(live: Deployment, topic: str) -> list[Any]:
    return [record for records in live.records(topic) for record in records]


def by_key(records: list[Any]) -> dict[bytes | None, list[bytes | None]]:
    found = defaultdict(list)
    for record in records:
        found[record.key].append(record.value)
    return dict(found)


def test_every_record_is_published_once_with_its_key_and_bytes_in_the_order_of_its_key(
    still: Deployment, planned: Path
) -> None:
    for topic in still.topics:
        target = f"{topic}.again"
        still.create_topic(target, partitions=3)
        code, out, err = replay(
            still, "publish", planned, "--to-topic", target, "--topic", topic, "--speed", "max", "--json"
        )
        assert code == 0, err
        source = published(still, topic)
        assert json.loads(out)["published"] == len(source) > 300
        assert by_key(published(still, target)) == by_key(source)


def test_headers_stay_behind_unless_they_are_named(live: Deployment, plan: Path, rehearsal: str) -> None:
    headers = [("content-type", b"application/json"), ("authorization", b"Bearer secret")]
    live.publish_to(live.settings.surveys_topic, 0, b"key", b"{}", headers=headers)
    assert replay(live, "plan", plan)[0] == 0
    words = ("publish", plan, "--to-topic", rehearsal, "--topic", live.settings.surveys_topic, "--speed", "max")
    assert replay(live, *words, "--header", "content-type")[0] == 0
    kept = [list(each.headers) for each in published(live, rehearsal) if (each.key, each.value) == (b"key", b"{}")]
    assert kept == [headers[:1]]


def test_records_keep_their_distances_in_time(deployment: Deployment, plan: Path) -> None:
    deployment.prepare()
    topic, target = deployment.settings.surveys_topic, f"{deployment.settings.surveys_topic}.again"
    deployment.create_topic(target, partitions=1)
    begin = 1_772_355_600_000
    for after_ms, partition in ((0, 0), (4_000, 1), (8_000, 0), (40_000, 1)):
        deployment.publish_to(topic, partition, b"key", str(after_ms).encode(), timestamp_ms=begin + after_ms)
    assert replay(deployment, "plan", plan)[0] == 0
    words = ("publish", plan, "--to-topic", target, "--speed", "4x", "--to", "2026-03-01T09:01")
    code, _, err = replay(deployment, *words)
    assert code == 0, err
    records = published(deployment, target)
    assert [record.value for record in records] == [b"0", b"4000", b"8000", b"40000"]
    first, *others = (record.timestamp for record in records)
    for at, due in zip(others, (1_000, 2_000, 10_000), strict=True):
        assert at - first == pytest.approx(due, abs=700)


def test_a_topic_that_workers_read_or_write_is_refused(still: Deployment, planned: Path) -> None:
    settings = still.settings
    before = {topic: len(published(still, topic)) for topic in still.topics}
    for topic in (settings.touchpoints_topic, settings.surveys_topic, settings.dead_letters_topic):
        code, _, err = replay(still, "publish", planned, "--to-topic", topic, "--speed", "max")
        assert (code, "of its own" in err) == (3, True)
    assert {topic: len(published(still, topic)) for topic in still.topics} == before


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("--speed", "10"), "10x"),
        (("--speed", "0x"), "no speed"),
        (("--topic", "cx.other"), "not in the plan"),
        (("--to-topic", "cx.nowhere", "--speed", "max"), "does it exist"),
    ],
)
def test_wrong_use_is_told_in_one_line(still: Deployment, planned: Path, words: tuple[str, ...], hint: str) -> None:
    code, _, err = replay(still, "publish", planned, "--to-topic", "rehearsal", *words)
    assert code in (3, 4)
    assert hint in err
    assert "Traceback" not in err
