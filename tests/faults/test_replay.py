"""A replay under faults gives the rows that the live workers gave under faults."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults import strikes
from tests.faults.conftest import NewSystem, Record
from tests.faults.system import Contents, System


@pytest.mark.fault(
    "replay killed, ClickHouse refuses its rows",
    does="the replay goes on from what it has saved, and sends the same rows until they are confirmed",
    sees="a replay that takes longer; `replay diff` says equal",
)
def test_live_workers_and_a_replay_give_the_same_rows_whatever_happens_to_either(
    new_system: NewSystem, undisturbed: Contents, record: Record, tmp_path: Path
) -> None:
    system = new_system()
    system.start(2)
    system.publish()
    system.await_progress(0.3)
    strikes.kill_any_worker(system)
    recovered = system.recover()
    system.settle()
    plan = str(tmp_path / "plan.json")
    code, made = run(system, "plan", plan, "--json")
    assert code == 0, made
    shadow = json.loads(made)["database"]
    for _ in range(2):
        running = begin(system, "run", plan, "--rate", "500")
        await_more_rows(system, shadow, running)
        running.kill()
        running.communicate()
    running = begin(system, "run", plan, "--rate", "500")
    await_more_rows(system, shadow, running)
    strikes.fail_after_storing(system)
    _, errors = running.communicate(timeout=120)
    assert running.returncode == 0, errors
    code, found = run(system, "diff", plan, "--json")
    equal = code == 0 and json.loads(found)["equal"] and system.contents() == undisturbed
    record(system, recovered, equal)
    assert equal, found


def await_more_rows(system: System, database: str, running: subprocess.Popen[str]) -> None:
    """Returns once another partition's rows are stored there: a replay is under way, and has others left."""
    client = system.engine.client()

    def rows() -> int:
        assert running.poll() is None, running.communicate()
        if not client.command(f"EXISTS TABLE {database}.cells"):
            return 0
        return int(client.command(f"SELECT count() FROM {database}.cells"))

    before = rows()
    system.await_that(lambda: rows() > before, "the replay has stored rows")
    client.close()


def begin(system: System, *arguments: str) -> subprocess.Popen[str]:
    """`cxstream replay`."""
    command = [sys.executable, "-m", "streams", "replay", *arguments]
    environment = system.deployment.environment()
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def run(system: System, *arguments: str) -> tuple[int, str]:
    """Its exit code and output."""
    running = begin(system, *arguments)
    output, errors = running.communicate(timeout=120)
    return running.returncode, output or errors
