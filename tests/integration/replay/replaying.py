"""`cxstream replay` as people run it, and live rows to run it on."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from streams.digest import digest
from streams.publishing.event_files import Topics
from tests.faults.history import history
from tests.integration.worker.deployment import Deployment, eventually
from tests.integration.worker.test_worker import settled

EVENTS: Final = 2_000

RANGE: Final = ("--to", "2026-03-01T09:45")
"""Closed with a lateness of 5 min: the history ends at ten."""


def fill(deployment: Deployment, **of_worker: object) -> None:
    """A worker, with other settings than the deployment's where they are given, stores a history."""
    settings = deployment.settings
    records = history(11, EVENTS, Topics(settings.touchpoints_topic, settings.surveys_topic))
    for topic in deployment.topics:
        deployment.publish(((each.key, each.value) for each in records if each.topic == topic), topic)
    eventually(settled(deployment.worker(**of_worker), len(records)))


def replays_of(deployment: Deployment) -> list[str]:
    """Names of databases."""
    names = (name for (name,) in deployment._client.query("SHOW DATABASES").result_rows)
    return [name for name in names if name.startswith(f"{deployment.settings.clickhouse_database}_replay_")]


def replay(deployment: Deployment, *arguments: object, **settings: object) -> tuple[int, str, str]:
    command = [sys.executable, "-m", "streams", "replay", *map(str, arguments)]
    done = subprocess.run(
        command, env=deployment.environment(**settings), capture_output=True, text=True, timeout=120, check=False
    )
    return done.returncode, done.stdout, done.stderr


def planned_and_run(deployment: Deployment, plan: Path, *options: str) -> dict[str, Any]:
    code, out, err = replay(deployment, "plan", plan, "--json", *options)
    assert code == 0, err
    made: dict[str, Any] = json.loads(out)
    code, _, err = replay(deployment, "run", plan)
    assert code == 0, err
    return made


def compared(deployment: Deployment, plan: Path) -> dict[str, Any]:
    code, out, err = replay(deployment, "diff", plan, "--json")
    found: dict[str, Any] = json.loads(out) if out else {}
    assert code == (0 if found.get("equal") else 5), err
    return found


def filled_rows(deployment: Deployment) -> int:
    """Rows that retractions have not emptied."""
    cells = f"{deployment.settings.clickhouse_database}.cells"
    ((count,),) = deployment._client.query(
        f"SELECT count() FROM {cells} FINAL WHERE n != 0 OR notEmpty(buckets)"
    ).result_rows
    return int(count)


def spoil(deployment: Deployment) -> None:
    """A change, an addition and a loss of live rows, as a bug that is mended since may have left them."""
    cells = f"{deployment.settings.clickhouse_database}.cells"
    client = deployment._client
    one = f"FROM {cells} FINAL WHERE metric = %(metric)s AND pane < '2026-03-01 09:30:00' ORDER BY pane LIMIT 1"
    client.command(f"INSERT INTO {cells} SELECT * REPLACE (n + 5 AS n) {one}", {"metric": "nps"})
    client.command(f"INSERT INTO {cells} SELECT * REPLACE ('nowhere' AS region) {one}", {"metric": "ces"})
    client.command(
        f"ALTER TABLE {cells} DELETE WHERE metric = 'cases_opened' AND pane < '2026-03-01 09:10:00' "
        "SETTINGS mutations_sync = 1"
    )


def digest_of(deployment: Deployment) -> str:
    return digest(deployment._client, deployment.settings.clickhouse_database).sha256


def promoted(deployment: Deployment, plan: Path, command: str = "promote") -> None:
    code, _, err = replay(deployment, command, plan, "--reason", "wrong rows of March", "--yes")
    assert code == 0, err
