"""`cxstream replay rebuild`: the drill for the day that ClickHouse is lost."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep
from urllib.request import urlopen

from deploy.local.ports import Ports
from tests.integration.replay.replaying import compared, digest_of, replay
from tests.integration.worker.deployment import Deployment, eventually
from tests.integration.worker.test_worker import answers

REASON = ("--reason", "disk of the only server", "--yes")


def test_a_lost_database_is_whole_again_and_the_worker_goes_on_with_it(live: Deployment, plan: Path) -> None:
    before, rows = digest_of(live), sum(live.stored().values())
    live._client.command(f"DROP DATABASE {live.settings.clickhouse_database} SYNC")
    code, out, err = replay(live, "rebuild", plan, *REASON, "--json")
    assert code == 0, err
    told = json.loads(out)
    assert (told["equal"], told["rows_before"], told["records"] > 1_000) == (True, 0, True)
    assert set(told["seconds"]) == {"plan", "run", "promote", "compare"}
    assert digest_of(live) == before
    live.publish(answers(0, 300))
    eventually(lambda: sum(live.stored().values()) > rows)


def test_where_nothing_is_lost_nothing_is_written(live: Deployment, plan: Path) -> None:
    before = digest_of(live)
    code, out, err = replay(live, "rebuild", plan, *REASON)
    assert (code, "equal" in out) == (0, True), err
    assert digest_of(live) == before
    ((audited,),) = live._client.query(f"SELECT count() FROM {live.settings.clickhouse_database}.replays").result_rows
    assert audited == 0


def test_killed_the_same_command_goes_on_with_the_plan_it_has_written(live: Deployment, plan: Path) -> None:
    before = digest_of(live)
    live._client.command(f"TRUNCATE TABLE {live.settings.clickhouse_database}.cells")
    command = [sys.executable, "-m", "streams", "replay", "rebuild", str(plan), *REASON]
    running = subprocess.Popen(command, env=live.environment(), stderr=subprocess.PIPE)
    eventually(plan.exists)
    running.send_signal(signal.SIGKILL)
    running.communicate(timeout=30)
    code, _, err = replay(live, "rebuild", plan, *REASON)
    assert code == 0, err
    assert digest_of(live) == before


def test_a_part_of_the_partitions_is_replayed_and_compared_alone(live: Deployment, plan: Path) -> None:
    topic = live.settings.surveys_topic
    code, out, err = replay(live, "plan", plan, "--topic", topic, "--partition", 1, "--json")
    assert code == 0, err
    made = json.loads(out)
    assert [(each["topic"], each["partition"]) for each in made["partitions"]] == [(topic, 1)]
    assert made["bytes"] > 100 * made["records"] > 0
    assert replay(live, "run", plan)[0] == 0
    found = compared(live, plan)
    assert found["equal"]
    assert 0 < found["rows_live"] < sum(live.stored().values())


def test_a_run_pauses_and_goes_on_as_any_program_and_tells_prometheus_how_far_it_is(
    live: Deployment, plan: Path
) -> None:
    assert replay(live, "plan", plan)[0] == 0
    port = Ports().any()
    command = [sys.executable, "-m", "streams", "replay", "run", str(plan)]
    options = ["--rate", "300", "--metrics-port", str(port), "--json"]
    running = subprocess.Popen(
        command + options, env=live.environment(), stderr=subprocess.PIPE, text=True, start_new_session=True
    )

    def read() -> float:
        try:
            with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=2) as answer:
                lines = answer.read().decode().splitlines()
        except OSError:
            return 0
        return next(float(line.split()[1]) for line in lines if line.startswith("cx_replay_read_records{"))

    eventually(lambda: read() > 100)
    os.killpg(running.pid, signal.SIGSTOP)
    sleep(3)
    os.killpg(running.pid, signal.SIGCONT)
    resumed = monotonic()
    _, err = running.communicate(timeout=120)
    assert running.returncode == 0, err
    assert monotonic() - resumed > 0.5, "it had not been done before it went on"
    lines = [json.loads(line) for line in err.splitlines()]
    assert lines
    assert all(line["events"] <= line["total"] for line in lines)
    assert compared(live, plan)["equal"]
