"""Targets and initiatives go from a command to every partition, and from there into the reports."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.integration.worker.deployment import PARTITIONS, Deployment, eventually
from tests.integration.worker.test_calendars import cxstream
from tests.integration.worker.test_worker import settled

KPIS = "agreed: {metric: csat, better: higher, goal: %s, names: {en: Agreed, zh: 约定}, source: us}\n"


def told(deployment: Deployment, *words: object, **settings: object) -> Any:
    code, out, err = cxstream(deployment, *words, "--json", **settings)
    assert code == 0, err
    return json.loads(out)


def test_targets_of_the_file_are_published_once_and_again_when_they_change(
    deployment: Deployment, tmp_path: Path
) -> None:
    file, worker = tmp_path / "kpis.yaml", deployment.worker()

    def publish(goal: float, start: str) -> list[str]:
        file.write_text(KPIS % goal)
        found = told(deployment, "targets", "publish", "--from", start, kpis_file=file)
        assert found["partitions"] == PARTITIONS
        names: list[str] = found["targets"]
        return names

    first = publish(0.7, "2026-01-01")
    known = told(deployment, "kpis", kpis_file=file)
    assert set(first) == {kpi["definition"] for kpi in known if kpi["floor"] is not None or kpi["goal"] is not None}
    eventually(settled(worker, len(first) * PARTITIONS))
    assert publish(0.7, "2026-02-01") == []
    assert publish(0.8, "2026-02-01") == ["agreed.v1"]
    eventually(settled(worker, (len(first) + 1) * PARTITIONS))
    steps = told(deployment, "targets", "list", kpis_file=file)
    assert [(step["since"], step["goal"]) for step in steps if step["kpi"] == "agreed"] == [
        (None, 0.8),
        ("2026-01-01T00:00:00+00:00", 0.7),
        ("2026-02-01T00:00:00+00:00", 0.8),
    ]


def test_an_initiative_is_listed_once_it_was_started_and_ended(deployment: Deployment) -> None:
    worker = deployment.worker()
    at = ("--at", "2026-03-01T10:00")
    words = ("--kpi", "first_response_mean", "--expect", "-30s", "--where", "channel=chat")
    started = told(deployment, "initiatives", "start", "chatbot", *words, *at)
    assert started == {"initiative": "chatbot", "started": "2026-03-01T10:00:00.000+00:00", "partitions": PARTITIONS}
    told(deployment, "initiatives", "end", "chatbot", "--at", "2026-03-02T10:00")
    eventually(settled(worker, 2 * PARTITIONS))
    assert told(deployment, "initiatives", "list") == [
        {
            "initiative": "chatbot",
            "kpi": "first_response_mean",
            "segment": {"channel": "chat"},
            "started": "2026-03-01T10:00:00+00:00",
            "ended": "2026-03-02T10:00:00+00:00",
            "expected": -30_000,
        }
    ]


def test_a_published_file_takes_targets_and_initiatives_to_every_partition(
    deployment: Deployment, tmp_path: Path
) -> None:
    envelope = {"specversion": "1.0", "source": "/desk", "time": "2026-03-01T00:00:00Z"}
    events = [
        {"type": "cx.reference.target.published.v1", "subject": "nps_retail", "data": {"unit": "points", "goal": 30}},
        {"type": "cx.reference.initiative.started.v1", "subject": "chatbot", "data": {"kpi": "nps_retail"}},
        {"type": "cx.reference.initiative.ended.v1", "subject": "chatbot", "data": {}},
    ]
    file = tmp_path / "events.jsonl"
    file.write_text("".join(json.dumps(envelope | {"id": event["type"]} | event) + "\n" for event in events))
    code, _, err = cxstream(deployment, "publish", file)
    assert code == 0, err
    assert [len(records) for records in deployment.records(deployment.settings.touchpoints_topic)] == [3] * PARTITIONS


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("targets", "publish", "--from", "2090-01-01"), "2090-01-01T00:00:00+00:00 has not come yet"),
        (("initiatives", "end", "chatbot", "--at", "2090-01-01"), "has not come yet"),
        (
            ("initiatives", "start", "chatbot", "--kpi", "effort", "--where", "agent=ann"),
            "--where agent: workers",
        ),
    ],
)
def test_what_workers_would_not_take_or_not_understand_is_refused_and_nothing_is_published(
    deployment: Deployment, words: tuple[str, ...], complaint: str
) -> None:
    code, _, err = cxstream(deployment, *words)
    assert (code, complaint in err) == (3, True), err
    assert deployment.records(deployment.settings.touchpoints_topic) == [[] for _ in range(PARTITIONS)]
