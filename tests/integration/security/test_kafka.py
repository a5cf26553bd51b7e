"""Kafka with TLS, users and permissions: what works, and how what is wrong is told, once."""

import ssl
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
from kafka import KafkaConsumer

from deploy.local.ports import Ports
from streams.kafka_access import KafkaRefused
from streams.shell.admin import TopicError, prepare
from tests.certificates import Authority
from tests.clickhouse_engine import ClickHouseEngine
from tests.integration.security.commands import cxstream
from tests.integration.security.secured_clickhouse import CLICKHOUSE_PASSWORD, SecuredClickHouse
from tests.integration.security.secured_deployment import KAFKA_PASSWORD, SecuredDeployment
from tests.integration.security.secured_kafka import SecuredKafka
from tests.integration.worker.deployment import RunningWorker, eventually

pytestmark = pytest.mark.kafka

PASSPHRASE = "planted-passphrase"
CUSTOMER_KEY = "planted-customer-key"
BROKEN = b'{"specversion": "1.0", "comment": "words of a customer"'
WATCHED_SECONDS = 5
"""How long a worker in trouble is watched."""

NewDeployment = Callable[..., SecuredDeployment]


def answer(number: int) -> bytes:
    return msgspec.json.encode(
        {
            "specversion": "1.0",
            "id": f"e{number}",
            "source": "/shop",
            "type": "cx.survey.answered.v1",
            "time": "2026-03-01T12:00:00Z",
            "subject": f"r{number}",
            "data": {"metric": "nps", "score": number % 11, "channel": "web", "comment": "words of a customer"},
        }
    )


def answers(numbers: range) -> list[tuple[bytes, bytes]]:
    """Keys and values."""
    return [(b"c%d" % (number % 7), answer(number)) for number in numbers]


@pytest.fixture
def new_deployment(
    secured_kafka: SecuredKafka, clickhouse: ClickHouseEngine, authority: Authority, tmp_path: Path
) -> Iterator[NewDeployment]:
    made: list[SecuredDeployment] = []

    def make(broker: SecuredKafka = secured_kafka, store: ClickHouseEngine = clickhouse, **settings: Any) -> Any:
        made.append(SecuredDeployment(broker, store, tmp_path, authority, **settings))
        return made[-1]

    yield make
    for deployment in made:
        deployment.close()


def complaints(worker: RunningWorker) -> list[dict[str, Any]]:
    """Lines of its log that are warnings or worse; any other kind of line fails the test."""
    lines = [msgspec.json.decode(line) for line in worker.process.log.read_bytes().splitlines()]
    return [line for line in lines if line["level"] in ("warning", "error", "critical")]


def has_applied(worker: RunningWorker, wanted: int) -> bool:
    return worker.applied() == wanted


def test_a_worker_with_the_permissions_of_the_readme_stores_the_rows_and_shows_no_secret(
    new_deployment: NewDeployment, secured_clickhouse: SecuredClickHouse, authority: Authority
) -> None:
    writer, own, prometheus = authority.issue("writer"), authority.issue(passphrase=PASSPHRASE), authority.issue("p")
    deployment = new_deployment(
        store=secured_clickhouse,
        clickhouse_ca_file=authority.file,
        clickhouse_user="writer",
        clickhouse_password=CLICKHOUSE_PASSWORD,
        clickhouse_cert_file=writer.certificate,
        clickhouse_key_file=writer.key,
        metrics_cert_file=own.certificate,
        metrics_key_file=own.key,
        metrics_key_password=PASSPHRASE,
        metrics_client_ca_file=authority.file,
        customer_key=CUSTOMER_KEY,
        log_level="debug",
    )
    deployment.prepare_kafka()
    deployment.prepare_clickhouse()
    deployment.publish(answers(range(2_000)))
    deployment.publish([(b"c1", BROKEN)])
    worker = deployment.worker()
    worker.trust(shown(authority, prometheus))
    eventually(lambda: worker.applied() == 2_001, what="applied")
    expected = deployment.expected()
    assert expected
    eventually(lambda: deployment.stored() == expected, what="stored")
    eventually(lambda: len(deployment.records(deployment.settings.dead_letters_topic)[0]) == 1, what="dead letter")
    eventually(lambda: sum(deployment.durable().values()) == 2_001, what="checkpoints")
    pages = [bytes(worker.get(path).data) for path in ("/metrics", "/status", "/live")]  # type: ignore[union-attr]
    assert all(pages)
    worker.process.stop(30)
    assert worker.process.exit_code == 0
    said = worker.process.log.read_bytes() + b"".join(pages)
    for secret in (KAFKA_PASSWORD, CLICKHOUSE_PASSWORD, PASSPHRASE, CUSTOMER_KEY, "words of a customer"):
        assert secret.encode() not in said, secret


def shown(authority: Authority, pair: Any) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(authority.file))
    context.load_cert_chain(pair.certificate, pair.key)
    return context


WRONG: dict[str, tuple[dict[str, str], str]] = {
    "password": ({"CX_KAFKA_PASSWORD": "wrong"}, "refuses user {user} or the password: see CX_KAFKA_USER"),
    "mechanism": ({"CX_KAFKA_MECHANISM": "SCRAM-SHA-256"}, "does not offer SCRAM-SHA-256 on this listener"),
    "expired": ({"CX_BROKERS": "{other}"}, "its certificate has expired: renew it there"),
    "authority": ({"CX_KAFKA_CA_FILE": "{stranger}"}, "not trusted here: see CX_KAFKA_CA_FILE"),
    "host": ({"CX_BROKERS": "{localhost}"}, "its certificate is for another host: use the name it is made for"),
    "certificate": (
        {
            "CX_BROKERS": "{mutual}",
            "CX_KAFKA_SECURITY": "tls",
            "CX_KAFKA_USER": "",
            "CX_KAFKA_PASSWORD": "",
        },
        "it wants another certificate than we show",
    ),
}
"""Settings that are wrong, and what is told."""


def environment(deployment: SecuredDeployment, stranger: Authority, wrong: dict[str, str]) -> dict[str, str]:
    kafka = deployment.kafka
    places = {
        "other": kafka.address("OTHER"),
        "localhost": kafka.address("SASL_TLS", "localhost"),
        "mutual": kafka.address("MUTUAL_TLS"),
        "stranger": stranger.file,
    }
    return deployment.environment() | {name: value.format_map(places) for name, value in wrong.items()}


@pytest.mark.parametrize(("wrong", "told"), WRONG.values(), ids=WRONG)
def test_a_worker_that_is_not_let_in_says_why_in_one_line_tries_once_and_ends_with_3(
    new_deployment: NewDeployment, stranger: Authority, wrong: dict[str, str], told: str
) -> None:
    deployment = new_deployment()
    deployment.prepare_kafka()
    before = deployment.kafka.failed_attempts()
    ended = cxstream(environment(deployment, stranger, wrong), "worker")
    (line,) = ended.complaints
    assert told.format(user=deployment.user) in line
    assert line.startswith("error: Kafka broker ")
    assert ended.code == 3
    # The broker takes no notice of a client that breaks off its handshake.
    assert deployment.kafka.failed_attempts() - before <= 1


@pytest.mark.parametrize("name", ["password", "authority"])
def test_publish_says_the_same(new_deployment: NewDeployment, stranger: Authority, name: str) -> None:
    deployment = new_deployment()
    deployment.prepare_kafka()
    wrong, told = WRONG[name]
    ended = cxstream(environment(deployment, stranger, wrong), "publish", "-", stdin=answer(1).decode())
    (line,) = ended.complaints
    assert told.format(user=deployment.user) in line
    assert ended.code == 3


def test_publish_with_a_client_certificate_needs_no_password_but_permission(
    new_deployment: NewDeployment, authority: Authority, tmp_path: Path
) -> None:
    own = authority.issue("publisher", passphrase=PASSPHRASE)
    secret = tmp_path / "passphrase"
    secret.write_text(PASSPHRASE + "\n")
    deployment = new_deployment()
    deployment.prepare_kafka()
    settings = {
        "CX_BROKERS": deployment.kafka.address("MUTUAL_TLS"),
        "CX_KAFKA_SECURITY": "tls",
        "CX_KAFKA_USER": "",
        "CX_KAFKA_PASSWORD": "",
        "CX_KAFKA_CERT_FILE": str(own.certificate),
        "CX_KAFKA_KEY_FILE": str(own.key),
        "CX_KAFKA_KEY_PASSWORD_FILE": str(secret),
    }
    surveys = deployment.settings.surveys_topic
    denied = cxstream(deployment.environment() | settings, "publish", "-", stdin=answer(1).decode())
    (line,) = denied.complaints
    assert (denied.code, "Kafka does not allow this client to use topic" in line) == (3, True), line
    deployment.kafka.allow(own.principal, [("WRITE", "TOPIC", surveys)])
    done = cxstream(deployment.environment() | settings, "publish", "-", stdin=answer(1).decode())
    assert (done.code, done.complaints) == (0, [])


def test_dead_letters_are_shown_to_those_alone_who_may_read_them(new_deployment: NewDeployment) -> None:
    deployment = new_deployment()
    deployment.prepare_kafka()
    topic = deployment.settings.dead_letters_topic
    denied = cxstream(deployment.environment(), "dead-letters", "list")
    (line,) = denied.complaints
    assert (denied.code, f"Kafka does not allow this client to use topic {topic}" in line) == (3, True), line
    deployment.kafka.allow(deployment.user, [("READ", "TOPIC", topic)])
    done = cxstream(deployment.environment(), "dead-letters", "list")
    assert (done.code, done.out, done.complaints) == (0, "no dead letters\n", [])


def test_all_missing_permissions_are_named_in_one_line(new_deployment: NewDeployment) -> None:
    deployment = new_deployment()
    deployment.prepare_kafka(*deployment.rules())
    ended = cxstream(deployment.environment(), "worker")
    (line,) = ended.complaints
    assert ended.code == 3
    for operation, kind, name in deployment.rules():
        assert f"{operation} on {kind.lower()} {name}" in line


def test_each_missing_permission_is_named_alone(new_deployment: NewDeployment) -> None:
    deployment = new_deployment()
    deployment.prepare_kafka()
    prepare(deployment.settings)
    for operation, kind, name in deployment.rules():
        deployment.kafka.forbid(deployment.user, operation, kind, name)
        with pytest.raises(KafkaRefused) as refused:
            prepare(deployment.settings)
        deployment.kafka.allow(deployment.user, [(operation, kind, name)])
        assert str(refused.value) == (
            f"Kafka does not allow user {deployment.user}: {operation} on {kind.lower()} {name}; "
            "grant it (README, Security)"
        )


def test_a_topic_that_is_not_there_and_must_not_be_created_is_named_with_what_it_needs(
    new_deployment: NewDeployment,
) -> None:
    deployment = new_deployment()
    deployment.prepare_kafka()
    absent = f"absent-{deployment.user}"
    deployment.kafka.allow(deployment.user, [("READ", "TOPIC", absent), ("WRITE", "TOPIC", absent)])
    with pytest.raises(TopicError, match=f"no topic {absent}.* 12 partitions and cleanup.policy=compact, or grant"):
        prepare(deployment.settings.model_copy(update={"checkpoints_topic": absent}))


@pytest.mark.parametrize(("kind", "setting"), [("TOPIC", "surveys_topic"), ("GROUP", "group")], ids=["topic", "group"])
def test_a_worker_that_may_no_longer_read_ends_with_one_line_and_3(
    new_deployment: NewDeployment, kind: str, setting: str
) -> None:
    deployment = new_deployment()
    deployment.prepare_kafka()
    deployment.prepare_clickhouse()
    worker = deployment.worker()
    eventually(worker.is_running)
    name = getattr(deployment.settings, setting)
    deployment.kafka.forbid(deployment.user, "READ", kind, name)
    deployment.publish(answers(range(10)))
    assert worker.process.wait(60)
    assert worker.process.exit_code == 3, worker.process.log_tail()
    ours = [line for line in complaints(worker) if line["event"] == "the worker cannot go on"]
    told = f"Kafka does not allow this client to use {kind.lower()} {name}: grant it (README, Security)"
    assert [line["error"] for line in ours] == [told]
    assert len(complaints(worker)) <= 5, complaints(worker)


def test_a_worker_that_may_no_longer_write_says_so_once_and_goes_on_when_it_may_again(
    new_deployment: NewDeployment,
) -> None:
    deployment = new_deployment()
    deployment.prepare_kafka()
    deployment.prepare_clickhouse()
    worker = deployment.worker()
    eventually(worker.is_running)
    settings = deployment.settings
    rules = [("WRITE", "TOPIC", topic) for topic in (settings.checkpoints_topic, settings.dead_letters_topic)]
    assert set(rules) <= set(deployment.rules())
    # In this order: a checkpoint waits for the dead letters before it.
    for (operation, kind, topic), records in zip(rules, (answers(range(100)), [(b"c1", BROKEN)]), strict=True):
        deployment.kafka.forbid(deployment.user, operation, kind, topic)
        before, wanted = len(complaints(worker)), worker.applied() + len(records)
        deployment.publish(records)
        eventually(partial(has_applied, worker, wanted), what="applied")
        time.sleep(WATCHED_SECONDS)
        said = complaints(worker)[before:]
        told = f"Kafka does not allow this client to use topic {topic}: grant it (README, Security)"
        assert any(line.get("error") == told for line in said), said
        assert len(said) <= 5, said
    deployment.kafka.allow(deployment.user, rules)
    eventually(lambda: len(deployment.records(deployment.settings.dead_letters_topic)[0]) == 1, what="dead letter")
    eventually(lambda: sum(deployment.durable().values()) == 101, what="checkpoints")


def test_a_password_changed_under_a_running_worker_makes_no_storm_and_needs_no_restart(
    new_deployment: NewDeployment, ports: Ports, authority: Authority, tmp_path: Path
) -> None:
    broker = SecuredKafka(ports, tmp_path / "own", authority, authority.issue())
    broker.start()
    try:
        deployment = new_deployment(broker)
        deployment.prepare_kafka()
        deployment.prepare_clickhouse()
        worker = deployment.worker()
        eventually(worker.is_running)
        broker.set_password(deployment.user, "another-one")
        broker.kill()
        broker.start()
        eventually(lambda: broker.failed_attempts() > 0)
        before, said = broker.failed_attempts(), len(complaints(worker))
        time.sleep(WATCHED_SECONDS)
        assert broker.failed_attempts() - before <= 8 * WATCHED_SECONDS  # three clients, twice a second each at most
        assert len(complaints(worker)) - said <= 10, complaints(worker)
        broker.set_password(deployment.user, KAFKA_PASSWORD)
        deployment.publish(answers(range(10)))
        eventually(lambda: worker.applied() == 10, what="applied")
        eventually(lambda: all(each.unstored == 0 for each in worker.partitions()), what="stored")
    finally:
        broker.stop()


def test_without_tls_sasl_works_only_when_the_setting_for_development_allows_it(
    new_deployment: NewDeployment,
) -> None:
    deployment = new_deployment()
    deployment.prepare_kafka()
    settings = {
        "CX_BROKERS": deployment.kafka.address("SASL_PLAIN"),
        "CX_KAFKA_SECURITY": "sasl_plaintext",
        "CX_KAFKA_CA_FILE": "",
    }
    deployment.kafka.allow(deployment.user, [("WRITE", "TOPIC", deployment.settings.surveys_topic)])
    refused = cxstream(deployment.environment() | settings, "publish", "-", stdin=answer(1).decode())
    (line,) = refused.complaints
    assert (refused.code, "CX_ALLOW_SASL_WITHOUT_TLS=true" in line) == (3, True)
    settings["CX_ALLOW_SASL_WITHOUT_TLS"] = "true"
    done = cxstream(deployment.environment() | settings, "publish", "-", stdin=answer(1).decode())
    assert (done.code, done.complaints) == (0, [])


def test_publish_under_a_customer_key_puts_only_pseudonyms_into_kafka(new_deployment: NewDeployment) -> None:
    deployment = new_deployment()
    deployment.prepare_kafka()
    surveys = deployment.settings.surveys_topic
    deployment.kafka.allow(deployment.user, [("WRITE", "TOPIC", surveys)])
    event = msgspec.json.decode(answer(1))
    event["data"]["customer"] = "customer-4711"
    lines = "\n".join([msgspec.json.encode(event).decode()] * 3)
    keyed = deployment.environment() | {"CX_CUSTOMER_KEY": CUSTOMER_KEY}
    assert cxstream(keyed, "publish", "-", stdin=lines).code == 0
    consumer = KafkaConsumer(
        surveys, bootstrap_servers=deployment.kafka.bootstrap, auto_offset_reset="earliest", consumer_timeout_ms=20_000
    )
    records = [next(consumer) for _ in range(3)]
    consumer.close()
    (key,) = {record.key for record in records}
    assert key.startswith(b"k1:")
    assert len({record.partition for record in records}) == 1
    for record in records:
        assert b"4711" not in record.value
        assert msgspec.json.decode(record.value) == event | {"data": event["data"] | {"customer": key.decode()}}
