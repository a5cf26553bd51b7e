"""`cxstream worker` as a process, on real brokers and a real ClickHouse engine."""

import os
import random
import signal
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from time import sleep

import msgspec
import pytest
from kafka import TopicPartition
from kafka.admin import KafkaAdminClient

from deploy.local.kafka import Kafka
from deploy.local.ports import Ports
from streams.shell.manifest import checkpoint_partition, manifest_key, new_manifest
from tests.integration.worker.deployment import (
    DEADLINE_SECONDS,
    PARTITIONS,
    Deployment,
    RunningWorker,
    eventually,
    records_of,
)

EVENTS = 3_000
START = datetime.now(UTC) - timedelta(hours=6)


New = Callable[..., Deployment]


def answers(first: int = 0, last: int = EVENTS) -> Iterator[tuple[bytes, bytes | None]]:
    """Answers of which some are late, repeated or broken."""
    for number in range(first, last):
        choose = random.Random(number)
        same = number - 1 if number % 50 == 49 else number
        minutes = number / 20 - choose.choice([0, 0, 0, 0, 1, 5, 90])
        event = {
            "specversion": "1.0",
            "id": f"answer-{same}",
            "source": "/tests",
            "type": "cx.survey.answered.v1",
            "time": (START + timedelta(minutes=minutes)).isoformat(),
            "subject": f"response-{same}",
            "data": {
                "metric": "nps",
                "score": same % 11,
                "channel": choose.choice(["web", "shop"]),
                "region": "north",
            },
        }
        yield b"customer-%d" % (same % 37), b"{broken" if number % 101 == 100 else msgspec.json.encode(event)


def settled(worker: RunningWorker, published: int) -> Callable[[], bool]:
    """Everything published is applied, stored and checkpointed by this worker."""

    def reached() -> bool:
        partitions = worker.partitions()
        return (
            sum(map(records_of, partitions)) == published
            and len(partitions) == 2 * PARTITIONS
            and all(each.unstored == 0 and each.checkpointed == each.applied for each in partitions)
        )

    return reached


def says(worker: RunningWorker, path: str, part: bytes) -> bool:
    answer = worker.get(path)
    return answer is not None and answer.status == 200 and part in answer.data


def test_what_is_published_is_stored_and_reported(deployment: Deployment) -> None:
    deployment.publish(answers())
    worker = deployment.worker()
    eventually(settled(worker, EVENTS))
    assert deployment.stored() == deployment.expected()
    parts = {"/readyz": b"running", "/livez": b"ok", "/metrics": b"cx_worker_state", "/live": b"nps"}
    for path, part in parts.items():
        eventually(partial(says, worker, path, part), what=path)
    for each in worker.partitions():
        assert (each.log_end, each.lag) == (each.applied + 1, 0)


def test_an_end_by_sigterm_leaves_everything_durable(new_deployment: New) -> None:
    deployment = new_deployment(checkpoint_seconds=3_600, flush_seconds=3_600)
    deployment.publish(answers())
    worker = deployment.worker()
    # Running, too: a quick one has read all answers before it has come to the partitions that have none.
    eventually(lambda: worker.applied() == EVENTS and worker.is_running())
    # Only those that say, before the first row, under which settings each partition begins.
    assert [checkpoint.offset for checkpoint in deployment.checkpoints().values()] == [-1] * 2 * PARTITIONS
    worker.process.terminate()
    assert worker.process.wait(60)
    assert worker.process.exit_code == 0
    ends = deployment.durable()
    assert ends == {
        (topic, number): len(records)
        for topic in deployment.topics
        for number, records in enumerate(deployment.records(topic))
    }
    assert deployment.committed() == {partition: end for partition, end in ends.items() if end}
    assert deployment.stored() == deployment.expected()


def test_a_worker_killed_at_any_moment_applies_the_rest_exactly_once(deployment: Deployment) -> None:
    choose = random.Random(8)
    published = 0
    for _ in range(3):
        worker = deployment.worker()
        eventually(worker.is_running)
        deployment.publish(answers(published, published + EVENTS // 4))
        published += EVENTS // 4
        eventually(lambda worker=worker, least=published // 2: worker.applied() > least)  # type: ignore[misc]
        sleep(choose.uniform(0, 1.5))
        worker.process.kill()
    deployment.publish(answers(published, EVENTS))
    worker = deployment.worker()
    eventually(settled(worker, EVENTS))
    assert deployment.stored() == deployment.expected()


def test_the_committed_offset_never_passes_the_newest_checkpoint(deployment: Deployment) -> None:
    worker = deployment.worker()
    eventually(worker.is_running)
    seen = 0
    for first in range(0, EVENTS, EVENTS // 20):
        deployment.publish(answers(first, first + EVENTS // 20))
        committed = deployment.committed()
        durable = deployment.durable()
        assert all(offset <= durable[key] for key, offset in committed.items())
        seen += bool(committed)
    assert seen
    eventually(settled(worker, EVENTS))


def test_a_second_worker_takes_over_where_the_first_lets_go(new_deployment: New) -> None:
    deployment = new_deployment(checkpoint_seconds=3_600)
    first = deployment.worker()
    eventually(first.is_running)
    deployment.publish(answers(0, EVENTS // 2))
    eventually(lambda: first.applied() == EVENTS // 2)
    second = deployment.worker()
    eventually(lambda: len(first.partitions()) == len(second.partitions()) == PARTITIONS)
    assert first.applied() + second.applied() == EVENTS // 2, "restored from the last checkpoints"
    assert all(each.checkpointed == each.applied for each in (*first.partitions(), *second.partitions()))
    deployment.publish(answers(EVENTS // 2, EVENTS))
    eventually(lambda: first.applied() + second.applied() == EVENTS)
    eventually(lambda: deployment.stored() == deployment.expected())


def test_the_partitions_of_a_killed_worker_move_to_the_other(deployment: Deployment) -> None:
    first, second = deployment.worker(), deployment.worker()
    eventually(lambda: len(first.partitions()) == len(second.partitions()) == PARTITIONS)
    deployment.publish(answers(0, EVENTS // 2))
    eventually(lambda: first.applied() + second.applied() == EVENTS // 2)
    first.process.kill()
    deployment.publish(answers(EVENTS // 2, EVENTS))
    eventually(settled(second, EVENTS))
    assert deployment.stored() == deployment.expected()


def test_a_torn_checkpoint_in_the_topic_is_ignored(deployment: Deployment) -> None:
    deployment.publish(answers(0, EVENTS // 2))
    worker = deployment.worker()
    eventually(settled(worker, EVENTS // 2))
    worker.process.kill()
    torn = msgspec.msgpack.encode(new_manifest(offset=10**6, generation=99, blocks=[b"x" * 16]))
    topic = deployment.settings.checkpoints_topic
    places = len(deployment.records(topic))
    for source in deployment.sources():
        deployment.publish_to(topic, checkpoint_partition(source, places), manifest_key(source, "torn"), torn)
    deployment.publish(answers(EVENTS // 2, EVENTS))
    worker = deployment.worker()
    eventually(settled(worker, EVENTS))
    assert deployment.stored() == deployment.expected()


def test_bad_records_become_dead_letters_with_their_bytes(deployment: Deployment) -> None:
    large = b'{"specversion": "1.0", "data": "' + b"x" * 10_000_000 + b'"}'
    bad = [b"{broken", b"\xff\xfe", large, None]
    deployment.publish((b"customer", value) for value in bad)
    deployment.publish(answers(0, 10))
    worker = deployment.worker()
    eventually(settled(worker, len(bad) + 10))
    (letters,) = deployment.records(deployment.settings.dead_letters_topic)
    assert [(each.key, each.value) for each in letters] == [(b"customer", value or b"") for value in bad]
    headers = [{name: value.decode() for name, value in each.headers} for each in letters]
    assert [each["cx-reason"] for each in headers] == ["not_json", "not_utf8", "too_large", "empty"]
    assert {each["cx-topic"] for each in headers} == {deployment.settings.surveys_topic}
    assert [int(each["cx-offset"]) for each in headers] == [0, 1, 2, 3]
    assert all(each["cx-detail"] and each["cx-partition"].isdecimal() for each in headers)


def test_rows_wait_for_a_clickhouse_that_is_away_but_checkpoints_do_not(
    deployment: Deployment,
    ports: Ports,
) -> None:
    deployment.publish(answers())
    worker = deployment.worker(clickhouse_url=f"http://127.0.0.1:{ports.any()}")
    eventually(lambda: worker.applied() == EVENTS)
    eventually(worker.is_running)
    eventually(lambda: all(each.checkpointed == each.applied for each in worker.partitions()))
    eventually(lambda: (status := worker.status()) is not None and status.flush_error is not None)
    status = worker.status()
    assert status is not None
    assert status.rows_stored == 0
    worker.process.kill()
    worker = deployment.worker()
    eventually(settled(worker, EVENTS))
    assert deployment.stored() == deployment.expected()


def test_new_settings_come_into_force_at_the_end_of_the_log(deployment: Deployment) -> None:
    deployment.publish(answers(0, EVENTS // 2))
    worker = deployment.worker()
    eventually(settled(worker, EVENTS // 2))
    worker.process.kill()
    deployment.publish(answers(EVENTS // 2, EVENTS))
    worker = deployment.worker(dimensions="channel")
    eventually(settled(worker, EVENTS))

    def kept() -> set[tuple[str, ...]]:
        return {each.configuration.dimensions for each in deployment.checkpoints().values()}

    eventually(lambda: kept() == {("channel",)})
    assert deployment.stored() == deployment.expected(), "all was applied under the settings it began with"


def test_a_worker_without_kafka_says_so_and_exits_4(deployment: Deployment, ports: Ports) -> None:
    worker = deployment.worker(brokers=f"127.0.0.1:{ports.any()}")
    assert worker.process.wait(60)
    assert worker.process.exit_code == 4
    assert "no Kafka broker answers" in worker.process.log_tail()


def test_a_missing_topic_is_named_and_exits_3(deployment: Deployment) -> None:
    worker = deployment.worker(surveys_topic="no-such-topic")
    assert worker.process.wait(60)
    assert worker.process.exit_code == 3
    assert "there is no topic no-such-topic" in worker.process.log_tail()


def test_a_busy_metrics_port_is_replaced_by_another(deployment: Deployment) -> None:
    first = deployment.worker()
    eventually(first.is_running)
    status = first.get("/status")
    assert status is not None
    port = msgspec.json.decode((deployment.directory / "worker-0.json").read_bytes())["port"]
    second = deployment.worker(metrics_port=port)
    eventually(lambda: second.status() is not None)
    assert "metrics port is busy" in second.process.log_tail()


def test_log_lines_are_json_that_programs_can_read(deployment: Deployment) -> None:
    worker = deployment.worker()
    eventually(worker.is_running)
    worker.process.terminate()
    assert worker.process.wait(60)
    lines = worker.process.log.read_bytes().splitlines()
    events = [msgspec.json.decode(line)["event"] for line in lines]
    assert {"listening", "state", "ended"} <= set(events)


@pytest.mark.kafka
@pytest.mark.parametrize("broker", ["kafka"], indirect=True)
def test_records_that_kafka_deleted_unread_stop_their_partition_or_are_counted(deployment: Deployment) -> None:
    deployment.publish(answers(0, EVENTS // 2))
    worker = deployment.worker()
    eventually(settled(worker, EVENTS // 2))
    worker.process.kill()
    before = {number: len(records) for number, records in enumerate(deployment.records(deployment.topics[1]))}
    deployment.publish(answers(EVENTS // 2, EVENTS))
    admin = KafkaAdminClient(bootstrap_servers=deployment.broker.bootstrap)
    topic = deployment.settings.surveys_topic
    admin.delete_records({TopicPartition(topic, number): end + 7 for number, end in before.items()})
    admin.close()
    stopped = deployment.worker()
    eventually(lambda: (answer := stopped.get("/readyz")) is not None and answer.data.startswith(b"paused"))
    assert all(str(each.blocked).startswith(topic) for each in stopped.partitions() if each.topic == topic)
    stopped.process.kill()
    worker = deployment.worker(on_lost_records="continue")
    eventually(settled(worker, EVENTS - 7 * PARTITIONS))
    lost = {each.partition: each.lost_to_retention for each in worker.partitions() if each.topic == topic}
    assert lost == dict.fromkeys(range(PARTITIONS), 7)
    assert "records are lost" in worker.process.log.read_text()


@pytest.mark.kafka
@pytest.mark.parametrize("broker", ["own_kafka"], indirect=True)
def test_a_worker_goes_on_after_kafka_was_killed_and_came_back(deployment: Deployment, own_kafka: Kafka) -> None:
    deployment.publish(answers(0, EVENTS // 2))
    worker = deployment.worker()
    eventually(settled(worker, EVENTS // 2))
    own_kafka.kill()
    eventually(lambda: not own_kafka.process.alive)
    own_kafka.start()
    deployment.publish(answers(EVENTS // 2, EVENTS))
    eventually(settled(worker, EVENTS), seconds=2 * DEADLINE_SECONDS)
    assert worker.process.alive
    assert deployment.stored() == deployment.expected()


@pytest.mark.kafka
@pytest.mark.parametrize("broker", ["own_kafka"], indirect=True)
def test_a_worker_told_to_end_while_kafka_hangs_ends_in_its_time_and_loses_nothing(
    new_deployment: New, own_kafka: Kafka
) -> None:
    deployment = new_deployment(shutdown_seconds=6, flush_seconds=3_600)
    deployment.publish(answers())
    worker = deployment.worker()
    eventually(lambda: worker.applied() == EVENTS)
    os.kill(own_kafka.process.pid or 0, signal.SIGSTOP)
    try:
        worker.process.terminate()
        assert worker.process.wait(6 + 30), "the grace that the README promises"
        assert worker.process.exit_code == 0
    finally:
        os.kill(own_kafka.process.pid or 0, signal.SIGCONT)
    next_worker = deployment.worker(flush_seconds=1)
    eventually(settled(next_worker, EVENTS), seconds=2 * DEADLINE_SECONDS)
    assert deployment.stored() == deployment.expected()
