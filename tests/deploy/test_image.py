"""The container image: small, locked, without root, and healthy by the worker's own word."""

import json
import re
import subprocess
import sys
import tomllib
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import urlsplit

import pytest

from tests.deploy.program import DEFAULTS, PATHS, ROOT, is_command

DOCKERFILE: Final = ROOT / "deploy" / "image" / "Dockerfile"

HADOLINT: Final = Path(sys.executable).with_name("hadolint")

PROJECT: Final = tomllib.loads((ROOT / "pyproject.toml").read_text())


def instructions(name: str) -> list[str]:
    """The arguments of all instructions of that name, in order."""
    text = re.sub(r"^\s*#.*\n", "", DOCKERFILE.read_text(), flags=re.MULTILINE)
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    return [line.removeprefix(name).strip() for line in lines if line.startswith(f"{name} ")]


def the_only(name: str) -> str:
    (argument,) = instructions(name)
    return argument


def copied() -> list[PurePosixPath]:
    """What the build takes from the project."""
    words = (argument.split() for argument in instructions("COPY") if not argument.startswith("--from"))
    return [PurePosixPath(source) for *sources, _ in words for source in sources]


def test_the_linter_finds_nothing() -> None:
    done = subprocess.run([HADOLINT, "--no-color", DOCKERFILE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_linter_would_find_something() -> None:
    bad = "FROM python:latest\nRUN apt-get install curl\n"
    done = subprocess.run([HADOLINT, "-"], input=bad, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "DL3007" in done.stdout


def test_every_stage_begins_with_the_python_of_the_lock_file() -> None:
    tag = re.fullmatch(r"PYTHON_IMAGE=python:(\d+\.\d+)\.\d+-slim-\w+", the_only("ARG"))
    assert tag
    assert f"--python-version {tag[1]} " in (ROOT / "Makefile").read_text()
    assert {image.split()[0] for image in instructions("FROM")} == {"${PYTHON_IMAGE}"}


def test_uv_is_the_one_of_the_makefile() -> None:
    made = re.search(r"^UV_VERSION := (\S+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert made
    assert f"uv=={made[1]}" in DOCKERFILE.read_text()


def test_whatever_is_installed_is_locked_by_its_hash_or_is_the_wheel_made_here() -> None:
    installing = re.findall(r"uv (?:pip install|build) .*?(?=&&|$)", "\n".join(instructions("RUN")), re.MULTILINE)
    assert len(installing) == 3
    for command in installing:
        locked = "--require-hashes" in command and re.search(r"--(build-)?constraint requirements\.lock", command)
        assert locked or ("--no-deps" in command and "/build/wheel/" in command)


def test_the_lock_file_holds_what_the_wheel_is_built_with() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    for requirement in PROJECT["build-system"]["requires"]:
        assert re.search(rf"^{re.split('[<>=]', requirement)[0]}==", lock, re.MULTILINE)


def test_all_that_the_wheel_holds_is_copied() -> None:
    wheel = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
    for package in wheel["packages"]:
        modules = {path.relative_to(ROOT) for path in (ROOT / package).rglob("*.py")}
        modules = {path for path in modules if not any(path.is_relative_to(each) for each in wheel["exclude"])}
        assert modules
        lost = [path for path in modules if not any(path.is_relative_to(source) for source in copied())]
        assert not lost
    assert {PurePosixPath(PROJECT["project"]["readme"]), PurePosixPath("LICENSE")} <= set(copied())


def test_the_context_holds_what_is_copied_and_nothing_else() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    allowed = {PurePosixPath(rule.removeprefix("!")) for rule in rules if rule.startswith("!")}
    assert allowed == set(copied())
    assert all((ROOT / path).exists() for path in allowed)
    assert {"**/__pycache__", "**/*.pyc"} <= set(rules)


def test_it_runs_as_a_number_that_is_not_root() -> None:
    user, group = the_only("USER").split(":")
    assert int(user) >= 10_000
    assert int(group) >= 10_000


def test_it_starts_the_program_without_a_shell() -> None:
    assert [json.loads(the_only("ENTRYPOINT"))] == [[name] for name in PROJECT["project"]["scripts"]]
    assert is_command(json.loads(the_only("CMD")))


def test_its_health_is_what_the_worker_says() -> None:
    probe = json.loads(the_only("HEALTHCHECK").partition("CMD ")[2])
    assert probe[:2] == ["python", "-c"]
    found = re.search(r"http://[^']+", probe[2])
    assert found
    url = urlsplit(found[0])
    assert url.path in PATHS
    assert (url.hostname, url.port) == ("127.0.0.1", DEFAULTS.metrics_port)


@pytest.mark.parametrize("word", ["password", "secret", "token"])
def test_it_holds_no_secret(word: str) -> None:
    settings = chain(instructions("ENV"), instructions("ARG"))
    assert not any(word in setting.lower() for setting in settings)
