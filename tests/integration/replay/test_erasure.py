"""An erased customer does not come back, on whatever way: late, redriven, imported, replayed or republished."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.replay.replaying import RANGE, compared, digest_of, planned_and_run, promoted, replay
from tests.integration.worker.deployment import Deployment, RunningWorker, eventually

ANSWERED, ERASED = "2026-03-01T09:00:00Z", "2026-03-01T09:30:00Z"
BEFORE_MS = 1_770_000_000_000
"""2026-02-02: a record of that time cannot tell of March."""


def answer(customer: str, response: str) -> tuple[bytes, bytes]:
    event = {
        "specversion": "1.0",
        "id": response,
        "source": "/tests",
        "type": "cx.survey.answered.v1",
        "time": ANSWERED,
        "subject": response,
        "data": {"metric": "nps", "score": 9, "customer": customer},
    }
    return customer.encode(), json.dumps(event).encode()


def cxstream(deployment: Deployment, *words: str, given: str | None = None) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "streams", *words],
        env=deployment.environment(),
        input=given,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def answers_of(deployment: Deployment) -> int:
    (row,) = deployment._client.query(
        f"SELECT sum(n) FROM {deployment.settings.clickhouse_database}.cells FINAL WHERE metric = 'nps'"
    ).result_rows
    return int(row[0])


def total(worker: RunningWorker, name: str) -> int:
    return sum(getattr(each.counts, name) for each in worker.partitions())


def scraped(worker: RunningWorker) -> str:
    answer = worker.get("/metrics")
    assert answer is not None
    return answer.data.decode()


@pytest.fixture
def erased(new_deployment: Callable[..., Deployment]) -> tuple[Deployment, RunningWorker]:
    """Of two customers with ten answers each, one is erased; a dead letter of hers is older."""
    deployment = new_deployment(lateness="5m", late_part_shift=4)
    worker = deployment.worker()
    deployment.publish(answer(customer, f"{customer}-{n}") for customer in ("ann", "ben") for n in range(10))
    key, value = answer("ann", "ann-letter")
    deployment.publish_to(deployment.settings.surveys_topic, 0, key, value, timestamp_ms=BEFORE_MS)
    eventually(lambda: total(worker, "accepted") == 20 and answers_of(deployment) == 20)
    told = json.loads(cxstream(deployment, "erase", "-", "--until", ERASED, "--json", given="ann\n\n"))
    assert (told["customers"], told["until"], told["partitions"]) == (1, "2026-03-01T09:30:00.000+00:00", 6)
    eventually(lambda: total(worker, "accepted") == 26)
    return deployment, worker


def test_it_counts_nowhere_when_it_is_repeated_imported_or_redriven(erased: tuple[Deployment, RunningWorker]) -> None:
    deployment, worker = erased
    before = digest_of(deployment)
    deployment.publish(answer("ann", f"again-{n}") for n in range(10))
    eventually(lambda: total(worker, "erased") == 10)
    cxstream(deployment, "dead-letters", "redrive", "--reason", "future_time", "--why", "clocks are right now", "--yes")
    eventually(lambda: total(worker, "erased") == 11)
    assert digest_of(deployment) == before
    assert sum(sum(each.counts.rejected.values()) for each in worker.partitions()) == 1
    line = f'cx_events_erased_total{{topic="{deployment.settings.surveys_topic}"}} 11.0'
    eventually(lambda: line in scraped(worker))


def test_a_replay_keeps_what_was_counted_before_or_withdraws_it_as_it_is_told(
    erased: tuple[Deployment, RunningWorker], plan: Path, tmp_path: Path
) -> None:
    deployment, _ = erased
    deployment.publish([answer("ann", "again")])
    planned_and_run(deployment, plan)
    assert compared(deployment, plan)["equal"]

    without = tmp_path / "without.json"
    code, _, err = replay(deployment, "plan", without, *RANGE, erased_contributions="withdraw")
    assert code == 0, err
    code, out, err = replay(deployment, "run", without)
    assert code == 0, err
    assert "11 of erased customers" in out
    assert "ann" not in "".join(file.read_text() for file in tmp_path.glob("without.json.run/*.json"))
    found = compared(deployment, without)
    assert {each["metric"]: each["n_live"] - each["n_replayed"] for each in found["unequal"]} == {"nps": 10}
    deployment.publish([(b"clock", answer("clock", "clock")[1].replace(b"09:00:00Z", b"09:59:00Z"))])
    for topic in deployment.topics:
        for partition in range(3):
            _, value = answer("clock", f"clock-{partition}")
            deployment.publish_to(topic, partition, b"clock", value.replace(b"09:00:00Z", b"09:59:00Z"))
    eventually(lambda: answers_of(deployment) == 27)
    later = tmp_path / "later.json"
    assert replay(deployment, "plan", later, *RANGE, erased_contributions="withdraw")[0] == 0
    assert replay(deployment, "run", later)[0] == 0
    promoted(deployment, later)
    assert answers_of(deployment) == 17


def test_it_is_not_published_again(erased: tuple[Deployment, RunningWorker], plan: Path) -> None:
    deployment, _ = erased
    target = f"{deployment.settings.surveys_topic}.rehearsal"
    deployment.create_topic(target, partitions=2)
    assert replay(deployment, "plan", plan)[0] == 0
    words = ("publish", plan, "--to-topic", target, "--speed", "max", "--topic", deployment.settings.surveys_topic)
    code, _, err = replay(deployment, *words)
    assert code == 0, err
    values = [record.value for records in deployment.records(target) for record in records]
    assert sum(b"cx.survey.answered" in value for value in values) == 10
    assert not any(b'"ann-' in value for value in values)
