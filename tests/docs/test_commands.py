"""Every command in the README works as it stands there.

The blocks run in a directory that holds a running local stack as ``.cxstream``, under the settings that lead to it.
"""

import json
import re
import signal
import subprocess
import time
from pathlib import Path
from typing import Final
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from tests.docs import readme
from tests.docs.generate import README
from tests.docs.workplace import Workplace
from tests.integration.local.stack_process import DEADLINE_SECONDS


def named(block: readme.Block) -> str:
    return block.text.splitlines()[0][:60]


MAKE: Final = [block for block in readme.commands() if block.is_make]
LASTING: Final = [block for block in readme.commands() if block.ends_with_worker]
OTHERS: Final = [block for block in readme.commands() if block not in MAKE + LASTING]


@pytest.mark.parametrize("block", MAKE, ids=named)
def test_a_make_command_is_a_target_with_a_recipe(block: readme.Block) -> None:
    for line in block.text.splitlines():
        script = line.replace("make ", "make --dry-run ", 1)
        done = subprocess.run(["bash", "-c", script], cwd=README.parent, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert ".venv/bin/" in done.stdout


@pytest.mark.parametrize("block", OTHERS, ids=named)
def test_a_command_works_as_it_stands(block: readme.Block, workplace: Workplace) -> None:
    done = workplace.run(workplace.script(block.text))
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout


@pytest.mark.parametrize("block", LASTING, ids=named)
def test_a_worker_gets_ready_and_ends_when_it_is_told_to(block: readme.Block, workplace: Workplace) -> None:
    # `exec`: the worker takes the shell's place, so that the signal reaches it.
    script = workplace.script(block.text).replace("\ncxstream worker", "\nexec cxstream worker")
    told = workplace.directory / "worker.json"
    told.unlink(missing_ok=True)
    log = workplace.directory / "worker.log"
    with log.open("wb") as output:
        shell = subprocess.Popen(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=workplace.directory,
            env=workplace.environment,
            stdout=output,
            stderr=output,
        )
    try:
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not is_ready(told):
            assert shell.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        shell.send_signal(signal.SIGTERM)
        assert shell.wait(DEADLINE_SECONDS) == 0, log.read_text()
    finally:
        shell.kill()
        shell.wait()


def test_the_published_answer_is_in_the_report(workplace: Workplace) -> None:
    (publish,) = (block for block in OTHERS if "cxstream publish" in block.text)
    (report,) = (block for block in OTHERS if "cxstream report nps --from" in block.text)
    assert workplace.run(workplace.script(publish.text)).returncode == 0
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not re.search(r"phone +1 +\+100\.0", shown := workplace.run(workplace.script(report.text)).stdout):
        assert time.monotonic() < deadline, shown


def is_ready(told: Path) -> bool:
    try:
        with urlopen(json.loads(told.read_text())["worker"] + "/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (FileNotFoundError, URLError, OSError):
        return False
