"""`cxstream story`: events to standard output, or the truth about them."""

import json
import subprocess
import sys

import pytest

from deploy.local.simulator.industries import STORIES
from deploy.local.simulator.industries.telling import tell
from deploy.local.simulator.industries.truth import truth_of


def run(*arguments: str) -> tuple[int, bytes, str]:
    done = subprocess.run([sys.executable, "-m", "streams", "story", *arguments], capture_output=True, timeout=120)
    return done.returncode, done.stdout, done.stderr.decode()


def test_a_story_is_written_as_a_line_for_each_event() -> None:
    code, out, err = run("dealer", "--seed", "7")
    assert (code, err) == (0, "")
    assert out.splitlines() == list(tell("dealer", STORIES["dealer"], 7))


def test_its_truth_has_the_names_of_the_report() -> None:
    code, out, _ = run("property", "--truth", "--json")
    lines = json.loads(out)
    assert (code, len(lines)) == (0, len(truth_of(STORIES["property"])))
    assert {
        "start": "2026-03-02",
        "end": "2026-04-01",
        "segment": {"stage": "handover"},
        "kpi": "satisfaction",
        "n": 50,
        "value": 0.6,
        "floor_status": "missed",
        "goal_status": "missed",
    } in lines


def test_its_truth_for_people_says_what_the_worker_has_to_keep_and_what_to_ask() -> None:
    code, out, _ = run("bank", "--truth")
    text = out.decode()
    assert code == 0
    assert "CX_DIMENSIONS=team,kind,severity" in text
    assert "report kpi --every all --from 2026-03-02 --to 2026-03-22 --industry finance --by team" in text
    assert [line.split() for line in text.splitlines() if "station  nps_finance" in line] == [
        ["station", "nps_finance", "100", "-23.0", "missed", "missed"]
    ]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [(["mining"], "'mining' is not one of"), (["bank", "--json"], "--json needs --truth")],
)
def test_wrong_use_says_what_and_ends_with_3(arguments: list[str], complaint: str) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (3, b"")
    assert complaint in err
