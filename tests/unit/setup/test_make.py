"""What a fresh machine meets first: the Makefile and the lock file."""

import os
import re
import shutil
import subprocess
import tomllib
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


def make(directory: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    shutil.copy(ROOT / "Makefile", directory)
    for name in ("requirements.lock", "pyproject.toml"):
        (directory / name).touch()
    without_make = {key: value for key, value in os.environ.items() if not key.startswith("MAKE") and key != "CI"}
    return subprocess.run(
        ["make", *arguments],
        cwd=directory,
        env=without_make | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("target", ["run", "test", "lint"])
def test_a_python_that_is_too_old_is_refused_with_what_to_do(target: str, tmp_path: Path) -> None:
    old = tmp_path / "python3.9"
    old.write_text("#!/bin/sh\n[ \"$1\" = --version ] && echo 'Python 3.9.2' && exit 0\nexit 1\n")
    old.chmod(0o755)
    done = make(tmp_path, target, f"PYTHON={old}")
    assert done.returncode == 2
    assert f"cxstream needs Python 3.11 or newer, and {old} is Python 3.9.2" in done.stderr
    assert f"make PYTHON=python3.11 {target}" in done.stderr


def installed(directory: Path, programs: dict[str, str]) -> None:
    """A set-up environment whose programs are the given shell scripts."""
    (directory / ".venv" / "bin").mkdir(parents=True)
    for name, script in programs.items():
        program = directory / ".venv" / "bin" / name
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)


def mark_installed(directory: Path) -> None:
    stamp = directory / ".venv" / ".installed"
    stamp.touch()
    os.utime(stamp, (4_000_000_000, 4_000_000_000))  # newer than anything it depends on


CHECKS = dict.fromkeys(("ruff", "mypy", "lint-imports"), "exit 0")


def test_arguments_and_broker_reach_the_local_stack(tmp_path: Path) -> None:
    installed(tmp_path, {"cxstream": 'echo "called: $*"'})
    mark_installed(tmp_path)
    done = make(tmp_path, "run", "ARGS=--duration 90 --json", "BROKER=kafka")
    assert "called: local --broker kafka --duration 90 --json" in done.stdout


@pytest.mark.parametrize(
    ("given", "arguments"), [([], "--minutes 30"), (["MINUTES=5", "SEED=7"], "--minutes 5 --seed 7")]
)
def test_minutes_and_seed_reach_the_soak(given: list[str], arguments: str, tmp_path: Path) -> None:
    installed(tmp_path, {"python": 'echo "called: $*"'})
    mark_installed(tmp_path)
    done = make(tmp_path, "soak", *given)
    assert done.stdout.strip() == f"called: -m tests.soak {arguments}"


@pytest.mark.parametrize(("ended", "code"), [(0, 0), (130, 0), (1, 2)])
def test_ending_a_run_by_ctrl_c_is_no_error(ended: int, code: int, tmp_path: Path) -> None:
    installed(tmp_path, {"cxstream": f"exit {ended}"})
    mark_installed(tmp_path)
    assert make(tmp_path, "run").returncode == code


def path_of(directory: Path, *programs: str) -> str:
    """A PATH with what make needs and these, which do nothing."""
    path = directory / "path"
    path.mkdir()
    for needed in ("make", "sh", "python3"):
        (path / needed).symlink_to(str(shutil.which(needed)))
    for program in programs:
        (path / program).write_text("#!/bin/sh\n")
        (path / program).chmod(0o755)
    return str(path)


def make_test(directory: Path, kafka: bool, promtool: bool, **environment: str) -> subprocess.CompletedProcess[str]:
    """`make test` on a machine with or without these."""
    installed(directory, {**CHECKS, "python": f"exit {0 if kafka else 3}", "pytest": 'echo "called: $*"'})
    mark_installed(directory)
    return make(directory, "test", PATH=path_of(directory, *["promtool", "amtool"] * promtool), **environment)


@pytest.mark.parametrize(
    ("kafka", "promtool", "run"),
    [
        (True, True, "-n 2 --dist loadgroup"),
        (False, True, "-m not kafka"),
        (True, False, "-m not prometheus"),
        (False, False, "-m not kafka and not prometheus"),
    ],
)
def test_tests_that_this_machine_cannot_run_are_named(kafka: bool, promtool: bool, run: str, tmp_path: Path) -> None:
    done = make_test(tmp_path, kafka, promtool)
    assert done.returncode == 0
    assert ("NOT RUN: the tests against a real Apache Kafka" in done.stderr) is not kafka
    assert ("NOT RUN: rules and routes" in done.stderr) is not promtool
    assert re.search(f"called: .*{run}$", done.stdout, re.MULTILINE)


@pytest.mark.parametrize(("kafka", "promtool"), [(False, True), (True, False)])
def test_continuous_integration_accepts_no_test_that_is_not_run(kafka: bool, promtool: bool, tmp_path: Path) -> None:
    done = make_test(tmp_path, kafka, promtool, CI="true")
    assert done.returncode == 2
    assert "runs every test, these too" in done.stderr
    assert "called" not in done.stdout


def test_the_lock_file_names_every_dependency_with_its_hashes() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    locked = {normal(name) for name in re.findall(r"^([\w.-]+)==\S+.* \\$", lock, re.MULTILINE)}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    declared = chain(
        project["project"]["dependencies"],
        *project["project"]["optional-dependencies"].values(),
        *project["dependency-groups"].values(),
    )
    wanted = {normal(re.split(r"[\[<>=~! ]", each)[0]) for each in declared}
    assert wanted <= locked, "run `make lock`"
    for block in re.split(r"^(?=\S)", re.sub(r"^\s*#.*\n", "", lock, flags=re.MULTILINE), flags=re.MULTILINE)[1:]:
        assert "--hash=sha256:" in block


def test_the_lock_file_prescribes_no_package_index() -> None:
    assert "://" not in (ROOT / "requirements.lock").read_text()


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
