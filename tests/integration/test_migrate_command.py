"""``cxstream migrate`` as its user runs it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from sinks.clickhouse.migration_files import load_migrations
from tests.clickhouse_engine import ClickHouseEngine


@pytest.fixture
def settings(clickhouse: ClickHouseEngine) -> Iterator[dict[str, str]]:
    """Environment of a database that is not there yet."""
    database = f"command_{uuid4().hex}"
    yield {"CX_CLICKHOUSE_URL": clickhouse.url, "CX_CLICKHOUSE_DATABASE": database}
    client = clickhouse.client()
    client.command(f"DROP DATABASE IF EXISTS {database}")
    client.close()


def migrate(settings: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "streams", "migrate", *arguments],
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_it_names_what_it_applied_and_applies_nothing_twice(settings: dict[str, str]) -> None:
    first = migrate(settings)
    assert first.returncode == 0, first.stderr
    names = [f"{migration.number:04}_{migration.name}" for migration in load_migrations()]
    assert first.stdout.splitlines()[:-1] == [f"applied {name}" for name in names]
    second = migrate(settings)
    assert (second.returncode, second.stdout) == (
        0,
        f"database {settings['CX_CLICKHOUSE_DATABASE']} is up to date\n",
    )


def test_a_dry_run_prints_the_sql_and_runs_none(clickhouse: ClickHouseEngine, settings: dict[str, str]) -> None:
    database = settings["CX_CLICKHOUSE_DATABASE"]
    printed = migrate(settings, "--dry-run")
    assert printed.returncode == 0, printed.stderr
    assert f"CREATE TABLE IF NOT EXISTS {database}.cells" in printed.stdout
    client = clickhouse.client()
    assert client.command(f"EXISTS DATABASE {database}") == 0
    client.close()
    assert migrate(settings).returncode == 0
    assert migrate(settings, "--dry-run").stdout == ""


def test_a_server_that_does_not_answer_is_exit_4(settings: dict[str, str]) -> None:
    result = migrate({**settings, "CX_CLICKHOUSE_URL": "http://127.0.0.1:1", "CX_CLICKHOUSE_PASSWORD": "hunter2"})
    assert result.returncode == 4
    assert result.stderr.startswith("error: no ClickHouse answers")
    assert "CX_CLICKHOUSE_URL=http://127.0.0.1:1" in result.stderr
    assert "hunter2" not in result.stderr


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"CX_CLICKHOUSE_URL": "127.0.0.1:8123"}, "no ClickHouse address"),
        ({"CX_CLICKHOUSE_CLUSTER": "my cluster"}, "my cluster"),
        ({"CX_CLICKHOUSE_DATABASE": "a-b"}, "CX_CLICKHOUSE_DATABASE"),
    ],
)
def test_wrong_settings_are_exit_3(settings: dict[str, str], wrong: dict[str, str], named: str) -> None:
    result = migrate({**settings, **wrong})
    assert result.returncode == 3, result.stderr
    assert named in result.stderr
    assert "Traceback" not in result.stderr


def test_a_registry_that_cannot_be_used_is_exit_3(settings: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "metrics.yaml"
    file.write_text("mood: {kind: answers, basis: activity}")
    result = migrate({**settings, "CX_REGISTRY_FILE": str(file)})
    assert result.returncode == 3
    assert "metric mood" in result.stderr
