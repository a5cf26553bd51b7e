"""`cxstream replay` beside a live worker, on real brokers and a real ClickHouse engine."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from time import sleep
from typing import Any

import pytest

from streams.replay.difference import compare
from streams.replay.plan import load_plan
from streams.replay.promotion import Promotion
from streams.replay.rows import Rows
from streams.replay.run import result_of
from tests.faults import reference
from tests.integration.replay.replaying import (
    RANGE,
    compared,
    digest_of,
    fill,
    filled_rows,
    planned_and_run,
    promoted,
    replay,
    replays_of,
    spoil,
)
from tests.integration.worker.deployment import PARTITIONS, Deployment, eventually
from tests.integration.worker.test_worker import answers


def test_the_same_log_gives_the_same_rows_byte_for_byte(still: Deployment, plan: Path) -> None:
    made = planned_and_run(still, plan)
    assert len(made["partitions"]) == 2 * PARTITIONS
    found = compared(still, plan)
    assert found["digest_live"] == found["digest_replayed"]
    assert found["rows_live"] == found["rows_replayed"] == filled_rows(still) > 100
    assert (found["equal"], found["moved_on"], found["unequal"]) == (True, 0, [])


def test_on_tansu_too_the_same_log_gives_the_same_rows(live: Deployment, plan: Path) -> None:
    assert len(planned_and_run(live, plan)["partitions"]) == 2 * PARTITIONS
    found = compared(live, plan)
    assert found["equal"]
    assert found["rows_live"] == filled_rows(live) > 100


def test_a_replay_touches_neither_offsets_nor_dead_letters_nor_live_rows(still: Deployment, plan: Path) -> None:
    def untouched() -> tuple[Any, ...]:
        letters = [
            [record.offset for record in records] for records in still.records(still.settings.dead_letters_topic)
        ]
        return still.committed(), letters, still.stored()

    before = untouched()
    planned_and_run(still, plan)
    assert untouched() == before


def test_exactly_the_rows_that_are_wrong_are_told(live: Deployment, plan: Path) -> None:
    shadow = planned_and_run(live, plan)["database"]
    spoil(live)
    ((lost,),) = live._client.query(
        f"SELECT count() FROM {shadow}.cells WHERE metric = 'cases_opened' AND pane < '2026-03-01 09:10:00'"
    ).result_rows
    found = compared(live, plan)
    changes = {each["metric"]: (each["changed"], each["only_live"], each["only_replayed"]) for each in found["unequal"]}
    assert changes == {"nps": (1, 0, 0), "ces": (0, 1, 0), "cases_opened": (0, 0, lost)}
    assert lost > 0
    (nps,) = (each for each in found["unequal"] if each["metric"] == "nps")
    assert nps["n_live"] == nps["n_replayed"] + 5
    code, out, _ = replay(live, "diff", plan)
    assert (code, out.splitlines()[-1]) == (5, "different")
    code, page, _ = replay(live, "diff", plan, "--markdown")
    assert code == 5
    assert page.splitlines()[0].endswith("live and log are different")
    assert f"| nps | nps.v1 | 2026-03-01 | 1 | 0 | 0 | {nps['n_live']} | {nps['n_replayed']} |" in page
    assert found["digest_live"] in page


def test_promoted_rows_take_the_place_of_wrong_ones_and_a_rollback_brings_those_back(
    prompt: Deployment, plan: Path
) -> None:
    fill(prompt)
    right = digest_of(prompt)
    spoil(prompt)
    wrong = digest_of(prompt)
    planned_and_run(prompt, plan, *RANGE)
    assert not compared(prompt, plan)["equal"]
    promoted(prompt, plan)
    assert digest_of(prompt) == right != wrong
    assert compared(prompt, plan)["equal"]
    promoted(prompt, plan, "rollback")
    assert digest_of(prompt) == wrong
    promoted(prompt, plan)
    assert digest_of(prompt) == right


def test_what_was_promoted_stays_when_the_worker_stores_its_rows_again(prompt: Deployment, plan: Path) -> None:
    fill(prompt)
    cells = f"{prompt.settings.clickhouse_database}.cells"
    prompt._client.command(f"CREATE TABLE {cells}_wrong AS {cells}")
    spoil(prompt)
    prompt._client.command(f"INSERT INTO {cells}_wrong SELECT * FROM {cells} FINAL")
    planned_and_run(prompt, plan, *RANGE)
    promoted(prompt, plan)
    right = digest_of(prompt)
    prompt._client.command(f"INSERT INTO {cells} SELECT * FROM {cells}_wrong")
    assert digest_of(prompt) == right


def test_a_table_that_was_lost_comes_back_whole_and_the_worker_goes_on_with_it(prompt: Deployment, plan: Path) -> None:
    fill(prompt)
    right = digest_of(prompt)
    prompt._client.command(f"TRUNCATE TABLE {prompt.settings.clickhouse_database}.cells")
    planned_and_run(prompt, plan)
    promoted(prompt, plan)
    assert digest_of(prompt) == right
    prompt.publish(answers(0, 300))
    records = {topic: prompt.records(topic) for topic in prompt.topics}
    logs = {source: records[source.topic][source.partition] for source in prompt.sources()}
    expected = reference.digest_of(logs, prompt.settings.configuration(), prompt.clickhouse)
    eventually(lambda: digest_of(prompt) == expected.sha256)


def test_each_step_of_a_promotion_is_in_the_audit(prompt: Deployment, plan: Path) -> None:
    fill(prompt)
    spoil(prompt)
    made = planned_and_run(prompt, plan, *RANGE)
    promoted(prompt, plan)
    promoted(prompt, plan, "rollback")
    lines = prompt._client.query(
        "SELECT generation, step, reason, plan, unequal > 0 "
        f"FROM {prompt.settings.clickhouse_database}.replays FINAL ORDER BY at"
    ).result_rows
    assert [line[:2] for line in lines] == [
        (1, "keeping"),
        (1, "promoting"),
        (1, "promoted"),
        (2, "rolling back"),
        (2, "rolled back"),
    ]
    assert {line[2:4] for line in lines} == {("wrong rows of March", made["plan"])}


def test_rows_that_later_events_can_still_change_are_not_promoted(live: Deployment, plan: Path) -> None:
    spoil(live)
    before = digest_of(live)
    planned_and_run(live, plan)
    code, _, err = replay(live, "promote", plan, "--reason", "too early", "--yes")
    assert code == 3, err
    assert "plan again with --to" in err
    assert digest_of(live) == before


def test_equal_rows_are_not_promoted_and_what_was_not_promoted_is_not_rolled_back(
    still: Deployment, plan: Path
) -> None:
    planned_and_run(still, plan)
    code, _, err = replay(still, "promote", plan, "--reason", "no need", "--yes")
    assert (code, "nothing to promote" in err) == (3, True)
    code, _, err = replay(still, "rollback", plan, "--reason", "no need", "--yes")
    assert (code, "nothing of this plan is promoted" in err) == (3, True)


def test_nobody_is_asked_where_nobody_sits(still: Deployment, plan: Path) -> None:
    planned_and_run(still, plan)
    code, _, err = replay(still, "promote", plan, "--reason", "unattended")
    assert (code, "--yes" in err) == (3, True)


class Killed(Exception):
    """Stands for kill -9."""


@pytest.mark.parametrize("command", ["promote", "rollback"])
def test_killed_at_any_statement_it_leaves_readable_rows_and_the_same_command_ends_it(
    prompt: Deployment, plan: Path, command: str
) -> None:
    fill(prompt)
    right = digest_of(prompt)
    spoil(prompt)
    wrong = digest_of(prompt)
    planned_and_run(prompt, plan, *RANGE)
    made = load_plan(plan)
    done = result_of(made, plan.with_name("plan.json.run"))
    assert done is not None

    def go(client: Any, command: str) -> None:
        promotion = Promotion(client, made, done, "ann", "killed")
        getattr(promotion, command)(compare(Rows(client, made, made.database), Rows(client, made, made.shadow)))

    result, other = {"promote": (right, "rollback"), "rollback": (wrong, "promote")}[command]
    if command == "rollback":
        go(prompt._client, other)
    statements = 0
    while True:
        try:
            go(DyingClient(prompt._client, statements), command)
            break
        except Killed:
            digest_of(prompt)
            go(prompt._client, command)
            assert digest_of(prompt) == result
        go(prompt._client, other)
        statements += 1
    assert statements >= 5


class DyingClient:
    """A client whose user is killed before the first statement that writes after so many."""

    def __init__(self, client: Any, survives: int) -> None:
        self._client = client
        self._left = survives

    def command(self, *arguments: Any, **options: Any) -> Any:
        self._live_on()
        return self._client.command(*arguments, **options)

    def insert(self, *arguments: Any, **options: Any) -> Any:
        self._live_on()
        return self._client.insert(*arguments, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def _live_on(self) -> None:
        if not self._left:
            raise Killed
        self._left -= 1


def test_rows_that_later_events_have_changed_are_left_out_and_counted(live: Deployment, plan: Path) -> None:
    planned_and_run(live, plan)
    before = sum(live.stored().values())
    live.publish(answers(0, 300))
    eventually(lambda: sum(live.stored().values()) > before)
    found = compared(live, plan)
    assert found["equal"]
    assert found["moved_on"] > 0
    assert found["rows_live"] <= found["rows_replayed"]


def test_a_row_that_a_later_event_has_emptied_has_moved_on_like_others(live: Deployment, plan: Path) -> None:
    def about_one_response(kind: str, time: str, **data: object) -> list[tuple[bytes, bytes]]:
        event = {"specversion": "1.0", "id": kind, "source": "/tests", "type": f"cx.survey.{kind}.v1", "time": time}
        return [(b"somebody", json.dumps(event | {"subject": "alone", "data": data}).encode())]

    before = filled_rows(live)
    live.publish(about_one_response("answered", "2026-03-01T07:00:00Z", metric="ces", score=2, region="nowhere"))
    eventually(lambda: filled_rows(live) > before)
    planned_and_run(live, plan)
    live.publish(about_one_response("withdrawn", "2026-03-01T07:05:00Z", metric="ces", revision=1))
    eventually(lambda: filled_rows(live) == before)
    found = compared(live, plan)
    assert (found["equal"], found["unequal"]) == (True, [])
    assert found["moved_on"] > 0


def test_a_range_of_minutes_has_all_of_its_rows_and_no_others(still: Deployment, plan: Path) -> None:
    planned_and_run(still, plan, "--from", "2026-03-01T09:20", "--to", "2026-03-01T09:40")
    found = compared(still, plan)
    assert found["equal"]
    assert 0 < found["rows_live"] < filled_rows(still)


def test_a_condition_on_a_dimension_has_all_rows_with_that_value_and_no_others(still: Deployment, plan: Path) -> None:
    cells = f"{still.settings.clickhouse_database}.cells"
    shadow = planned_and_run(still, plan, "--where", "channel=chat")["database"]
    found = compared(still, plan)
    assert found["equal"]
    assert 0 < found["rows_live"] < filled_rows(still)
    assert still._client.query(f"SELECT DISTINCT channel FROM {shadow}.cells").result_rows == [("chat",)]
    assert still._client.query(f"SELECT uniqExact(channel) > 1 FROM {cells}").result_rows == [(True,)]


def test_offsets_freeze_a_log_where_they_say(still: Deployment, plan: Path, tmp_path: Path) -> None:
    topic = still.settings.surveys_topic
    offsets = tmp_path / "offsets.json"
    offsets.write_text(json.dumps({topic: {"1": 40}}))
    made = planned_and_run(still, plan, "--offsets", str(offsets))
    ends = {(each["topic"], each["partition"]): each["end"] for each in made["partitions"]}
    assert ends.pop((topic, 1)) == 40
    assert min(ends.values()) > 40
    found = compared(still, plan)
    assert found["equal"]
    assert found["moved_on"] > 0


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ('{"SURVEYS": {"0": 99999}}', "99999 is none"),
        ('{"SURVEYS": {"9": 1}}', "what is not read"),
        ('{"elsewhere": {"0": 1}}', "what is not read"),
        ("[]", "write"),
    ],
)
def test_offsets_that_no_log_has_are_refused(
    still: Deployment, plan: Path, tmp_path: Path, text: str, hint: str
) -> None:
    offsets = tmp_path / "offsets.json"
    offsets.write_text(text.replace("SURVEYS", still.settings.surveys_topic))
    code, _, err = replay(still, "plan", plan, "--offsets", offsets)
    assert (code, hint in err, "Traceback" in err) == (3, True, False), err
    assert not plan.exists()


def test_a_run_that_was_killed_goes_on_and_ends_with_the_same_rows(still: Deployment, plan: Path) -> None:
    assert replay(still, "plan", plan)[0] == 0
    command = [sys.executable, "-m", "streams", "replay", "run", str(plan), "--rate", "400"]
    running = subprocess.Popen(command, env=still.environment(), stderr=subprocess.PIPE)
    sleep(4)
    running.send_signal(signal.SIGKILL)
    running.communicate(timeout=30)
    for _ in ("goes on", "repeats what is done"):
        code, _, err = replay(still, "run", plan)
        assert code == 0, err
        assert compared(still, plan)["equal"]


def test_several_processes_give_the_rows_that_one_gives(still: Deployment, plan: Path) -> None:
    assert replay(still, "plan", plan)[0] == 0
    code, _, err = replay(still, "run", plan, "--workers", 3)
    assert code == 0, err
    assert compared(still, plan)["equal"]


def test_a_dry_run_says_what_would_be_read_and_makes_nothing(still: Deployment, plan: Path) -> None:
    assert replay(still, "plan", plan)[0] == 0
    code, out, _ = replay(still, "run", plan, "--dry-run")
    assert code == 0
    assert "would read" in out
    code, _, err = replay(still, "diff", plan)
    assert code == 3
    assert "not run to its end" in err


def test_dropping_a_replay_leaves_nothing_of_it_but_the_plan(still: Deployment, plan: Path) -> None:
    planned_and_run(still, plan)
    assert replay(still, "drop", plan)[0] == 3, "nobody is there to be asked"
    assert replay(still, "drop", plan, "--yes")[0] == 0
    assert load_plan(plan).shadow not in replays_of(still)
    assert plan.exists()
    assert not plan.with_name("plan.json.run").exists()


def test_a_plan_is_never_overwritten(still: Deployment, plan: Path) -> None:
    plan.write_text("{}")
    code, _, err = replay(still, "plan", plan)
    assert code == 3
    assert "never changed" in err


@pytest.mark.parametrize("text", ["", "{}", '{"layout": 99}', "[1"])
def test_a_file_that_is_no_plan_is_refused(deployment: Deployment, plan: Path, text: str) -> None:
    plan.write_text(text)
    code, _, err = replay(deployment, "run", plan)
    assert code == 3
    assert "no replay plan" in err
    assert "Traceback" not in err


def test_what_cannot_be_reached_is_said_in_one_line(still: Deployment, plan: Path) -> None:
    planned_and_run(still, plan)
    code, _, err = replay(still, "diff", plan, clickhouse_url="http://127.0.0.1:9")
    assert (code, "CX_CLICKHOUSE_URL" in err) == (4, True)
    code, _, err = replay(still, "run", plan, brokers=("127.0.0.1:9",))
    assert (code, "CX_BROKERS" in err) == (4, True)
