"""The table of faults has a line for each, whatever becomes of its test."""

import subprocess
import sys
from pathlib import Path

import msgspec

TESTS = """
import pytest
from tests.faults.outcomes import PROPERTY

@pytest.fixture
def cluster():
    raise RuntimeError("no broker comes up")

@pytest.fixture
def record(request):
    return lambda *values: request.node.user_properties.append((PROPERTY, values))

@pytest.mark.fault("all is well")
def test_a(record):
    record("all is well", True, 12_019, 3.4, 1_200)

@pytest.mark.fault("other rows")
def test_b(record):
    record("other rows", False, 12_019, 3.0, 1_200)
    raise AssertionError

@pytest.mark.fault("no recovery")
def test_c():
    raise AssertionError("not caught up")

@pytest.mark.fault("no start")
def test_d(cluster):
    pass

def test_no_fault():
    pass
"""


def test_a_fault_that_does_not_recover_or_does_not_even_start_has_its_line(tmp_path: Path) -> None:
    (tmp_path / "test_faults.py").write_text(TESTS)
    report = tmp_path / "report.json"
    plugin = ["-p", "tests.faults.outcomes", "-p", "no:cacheprovider", "--fault-report", str(report)]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-c", "/dev/null", *plugin, "--rootdir", str(tmp_path), str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    table = done.stdout.partition(" faults, seed 1 ")[2].splitlines()
    assert [line.split() for line in table[2:6]] == [
        ["all", "is", "well", "equal", "12,019", "3.4", "1,200"],
        ["other", "rows", "NOT", "EQUAL", "12,019", "3.0", "1,200"],
        ["no", "recovery", "NOT", "RECOVERED", "-", "-", "-"],
        ["no", "start", "NOT", "RECOVERED", "-", "-", "-"],
    ], done.stdout
    assert [each["equal"] for each in msgspec.json.decode(report.read_bytes())["outcomes"]] == [True, False, None, None]
