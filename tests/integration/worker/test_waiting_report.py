"""`cxstream report --waiting`: those who wait now, of a real worker, beside those whom ClickHouse knows as answered."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.integration.worker.deployment import Deployment, RunningWorker, eventually
from tests.integration.worker.test_calendars import cxstream, event
from tests.integration.worker.test_worker import settled


def cases() -> Iterator[tuple[bytes, bytes]]:
    """Of team blue two were answered in 10 s and two have waited for 20 min; of team red one was answered in 10 s."""
    asked = datetime.now(UTC) - timedelta(minutes=20)
    for case, team, is_answered in (
        ("b1", "blue", True),
        ("b2", "blue", True),
        ("b3", "blue", False),
        ("b4", "blue", False),
        ("r1", "red", True),
    ):
        yield event("opened", case, asked, team=team)
        yield event("message", case, asked, author="customer")
        if is_answered:
            yield event("message", case, asked + timedelta(seconds=10), author="agent")


@pytest.fixture
def worker(deployment: Deployment) -> RunningWorker:
    published = list(cases())
    deployment.publish(published, deployment.settings.touchpoints_topic)
    running = deployment.worker()
    eventually(settled(running, len(published)))
    eventually(lambda: shows_ages(running))
    return running


def shows_ages(worker: RunningWorker) -> bool:
    """Ages are shown anew every few seconds."""
    live = worker.get("/live")
    return live is not None and len(json.loads(live.data)[4]) > 0


def address(worker: RunningWorker) -> str:
    found: str = json.loads(worker.endpoints.read_bytes())["worker"]
    return found


def told(deployment: Deployment, worker: RunningWorker, *words: str) -> list[dict[str, Any]]:
    code, out, err = cxstream(deployment, "report", "first_response", "--waiting", address(worker), "--json", *words)
    assert code == 0, err
    lines: list[dict[str, Any]] = json.loads(out)
    return lines


def test_who_waits_counts_among_everybody_and_not_among_the_answered(
    deployment: Deployment, worker: RunningWorker
) -> None:
    blue, red = told(deployment, worker, "--by", "team")
    assert (blue["segment"], blue["answered"], blue["waiting"]) == ({"team": "blue"}, 2, 2)
    assert blue["within"]["5m"] == {"answered": 1.0, "everybody": pytest.approx(0.5)}
    assert blue["p90"]["answered"] == pytest.approx(10_000, rel=0.02)
    assert blue["p90"]["everybody"] is None
    assert (red["answered"], red["waiting"], red["within"]["5m"]) == (1, 0, {"answered": 1.0, "everybody": 1.0})
    (together,) = told(deployment, worker)
    assert (together["answered"], together["waiting"]) == (3, 2)
    (only,) = told(deployment, worker, "--where", "team=red")
    assert (only["answered"], only["waiting"]) == (1, 0)


def test_a_metric_nobody_waits_for_and_a_worker_that_is_not_there_are_refused(
    deployment: Deployment, worker: RunningWorker
) -> None:
    code, _, err = cxstream(deployment, "report", "nps", "--waiting", address(worker))
    assert (code, "first_response, next_reply, queue_wait" in err) == (3, True), err
    code, _, err = cxstream(deployment, "report", "first_response", "--waiting", "http://127.0.0.1:1")
    assert (code, "name every worker" in err) == (4, True), err
