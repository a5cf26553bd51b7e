"""`cxstream import` without Kafka: files in, events out, failures named."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

MAPPING = "source: /s\nevents: [{type: cx.case.opened.v1, id: '{n}', subject: 's{n}', time: at}]"
ROWS = "n,at\n1,2024-03-01T12:00Z\n2,never\n3,2024-03-01T12:00Z\n"


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    for name, text in (("mapping.yaml", MAPPING), ("rows.csv", ROWS)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    return [str(tmp_path / "mapping.yaml"), str(tmp_path / "rows.csv")]


def run(*arguments: str) -> tuple[int, str, str]:
    done = subprocess.run([sys.executable, "-m", "streams", "import", *arguments], capture_output=True, timeout=120)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_events_go_to_standard_output_and_failures_and_summary_do_not(files: list[str]) -> None:
    code, out, err = run(*files)
    assert code == 2
    assert [json.loads(line)["subject"] for line in out.splitlines()] == ["s1", "s3"]
    assert err.splitlines() == [
        f"{files[1]}:3: cx.case.opened.v1: column 'at' holds no time of the form iso",
        "imported 2 events, 1 failures",
    ]


def test_events_may_go_to_a_file_and_the_summary_then_be_read_by_a_program(files: list[str], tmp_path: Path) -> None:
    out_file = tmp_path / "events.jsonl"
    code, out, _ = run(*files, "--out", str(out_file), "--json")
    assert (code, json.loads(out)) == (2, {"imported": 2, "failures": 1})
    assert len(out_file.read_text(encoding="utf-8").splitlines()) == 2


def test_all_rows_imported_ends_with_0(files: list[str]) -> None:
    Path(files[1]).write_text("n,at\n1,2024-03-01T12:00Z\n", encoding="utf-8")
    assert run(*files)[0] == 0


@pytest.mark.parametrize(
    ("extra", "complaint"),
    [
        (["--publish", "--out", "x"], "--out and --publish exclude each other"),
        (["--rate", "5"], "--rate needs --publish"),
        (["no-such.csv"], "no-such.csv: no such file"),
    ],
)
def test_wrong_use_says_what_and_ends_with_3(files: list[str], extra: list[str], complaint: str) -> None:
    code, out, err = run(*files, *extra)
    assert (code, out) == (3, "")
    assert complaint in err


def test_a_mapping_that_does_not_fit_the_file_ends_with_3_before_any_event(files: list[str]) -> None:
    Path(files[1]).write_text("number,at\n1,2024-03-01T12:00Z\n", encoding="utf-8")
    code, out, err = run(*files)
    assert (code, out) == (3, "")
    assert f"events[0]: {files[1]} has no column 'n'" in err
