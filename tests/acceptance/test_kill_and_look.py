"""The first minutes with the local stack: numbers soon, a killed worker back, every count right, all doors open."""

import re
import time
from pathlib import Path
from urllib.parse import quote
from urllib.request import urlopen

import msgspec
import pytest

from deploy.local.kpis import Kpis, overall
from schemas.live import LiveView
from streams.core.live import merge_live
from tests.acceptance.command_line import cxstream, report
from tests.integration.local.stack_process import StackProcess, digest, stack

pytestmark = pytest.mark.timeout(600)

FIRST_NUMBERS_SECONDS = 120
DURATION = "50"
"""Seconds of simulated traffic: calm, then a slow team."""


def test_numbers_come_soon_and_stay_right_when_the_worker_is_killed(tmp_path: Path) -> None:
    began = time.monotonic()
    with stack(tmp_path, "--duration", DURATION, "--until-done", "--json") as run:
        run.await_up()
        run.await_that(lambda: has_all_numbers(live(run)), "NPS, CSAT, waiting cases and p95 are there")
        assert time.monotonic() - began < FIRST_NUMBERS_SECONDS
        assert_doors_are_open(run)

        applied = run.applied()
        (worker,) = run.children(" streams worker")
        run.kill(worker)
        run.await_that(lambda: run.applied() > applied, "a new worker goes on where the killed one ended")
        run.await_that(lambda: has_all_numbers(live(run)), "live numbers are back")

        assert run.end() == 0, run.output
        assert "worker-1 was killed by signal 9; starting it again" in run.output
        summary = run.summary
    assert summary["settled"]
    assert summary["adds_up"]
    for topic in summary["topics"]:
        assert topic["published"] == topic["accepted"] + topic["duplicates"] > 0
    assert_report_agrees_with_itself(run.data_dir)


def live(run: StackProcess) -> Kpis | None:
    """What /live says of the last five minutes; None while it says nothing."""
    views = [msgspec.json.decode(answer, type=LiveView) for answer in run.ask("/live")]
    return overall(merge_live(views), "5m") if views else None


def has_all_numbers(kpis: Kpis | None) -> bool:
    if kpis is None or kpis.reply_p95 is None or kpis.waiting == 0 or kpis.oldest_wait is None:
        return False
    scores = (kpis.nps, kpis.csat)
    for score in scores:
        assert (score.value is None) == (score.n == 0), "a value has its n, and no data is no value"
    return all(score.low is not None and score.high is not None and score.low < score.high for score in scores)


def assert_doors_are_open(run: StackProcess) -> None:
    endpoints = run.await_up()
    text = run.await_answer("/metrics").decode()
    for name in ("cx_window_responses", "cx_cases_waiting", "cx_oldest_wait_seconds", "cx_window_duration_seconds"):
        assert re.search(rf"^{name}[a-z_]*\{{.*\}} [0-9.e+]+$", text, re.MULTILINE), name
    assert (run.await_answer("/livez"), run.await_answer("/readyz")) == (b"ok\n", b"running\n")
    query = "SELECT count() > 0 FROM cx.kpi WHERE n > 0"
    run.await_that(lambda: sql(endpoints.clickhouse, query) == "1", "ClickHouse answers over HTTP and has rows")
    (nps,) = report("nps", "--every", "all", "--data-dir", run.data_dir)
    assert nps["ci_low"] <= nps["value"] <= nps["ci_high"]


def sql(url: str, statement: str) -> str:
    """As curl asks."""
    with urlopen(f"{url}/?query={quote(statement)}", timeout=30) as answer:
        text: str = answer.read().decode()
    return text.strip()


def assert_report_agrees_with_itself(data_dir: Path) -> None:
    """What the stopped stack has left can be read: the digest, again and in JSON, and the scores."""
    said = digest(data_dir)
    as_json = msgspec.json.decode(cxstream("report", "--digest", "--json", "--data-dir", data_dir).stdout)
    assert said == f"sha256:{as_json['sha256']} over {as_json['cells']:,} cells\n"
    assert as_json["cells"] > 0
    by_team = report("cases_opened", "--every", "all", "--by", "team", "--data-dir", data_dir)
    (whole,) = report("cases_opened", "--every", "all", "--data-dir", data_dir)
    assert sum(line["n"] for line in by_team) == whole["n"] > 0
