"""A story as a user follows it, command by command, through the local stack."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.integration.local.stack_process import DEADLINE_SECONDS, stack

pytestmark = pytest.mark.timeout(600)

STORY = "contact-centre"
SETTINGS = {"CX_DIMENSIONS": "team,kind,severity"}
"""As `cxstream story contact-centre --truth` says."""


def cxstream(*words: str) -> bytes:
    command = [sys.executable, "-m", "streams", *words]
    return subprocess.run(command, capture_output=True, check=True, timeout=DEADLINE_SECONDS).stdout


def by_kpi(lines: list[dict[str, Any]]) -> dict[tuple[str, str], tuple[int, float]]:
    return {
        (line["segment"].get("team", ""), line["kpi"].removesuffix(".v1")): (line["n"], line["value"])
        for line in lines
        if line["n"]
    }


def test_a_story_that_was_published_to_kafka_is_reported_as_its_truth_says(tmp_path: Path) -> None:
    events = tmp_path / "events.jsonl"
    events.write_bytes(cxstream("story", STORY, "--seed", "11"))
    arguments = ("--input", str(events), "--until-done", "--workers", "2", "--json")
    with stack(tmp_path / "stack", *arguments, settings=SETTINGS) as run:
        assert run.end() == 0, run.output
    truth = json.loads(cxstream("story", STORY, "--truth", "--json"))
    asked = ("report", "kpi", "--every", "all", "--from", truth[0]["start"], "--to", truth[0]["end"], "--json")
    found = [
        line
        for words in ((), ("--by", "team"))
        for line in json.loads(cxstream(*asked, *words, "--data-dir", str(run.data_dir)))
    ]
    expected = by_kpi(truth)
    assert by_kpi(found).keys() == expected.keys()
    assert all(value == pytest.approx(expected[key], 1e-9) for key, value in by_kpi(found).items())
