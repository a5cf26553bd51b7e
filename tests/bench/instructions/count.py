"""Counting by valgrind."""

import os
import re
import subprocess
import sys
from typing import Final

from tests.bench.environments import PROJECT

EVENTS: Final = 3_000
"""Enough that cells and segments are met again; under valgrind a second or two."""

_COUNT: Final = re.compile(r"I\s+refs:\s+([\d,]+)")


class NotCounted(Exception):
    """valgrind is missing, or what it ran has failed; the text says which."""


def per_event(workload: str) -> float:
    """Instructions of a workload for each event, without those that start the interpreter and make the events."""
    return (_instructions(workload, str(EVENTS)) - _instructions(workload, str(EVENTS), "--idle")) / EVENTS


def _instructions(*arguments: str) -> int:
    """Of one process. Its hashes are not random, so that the same code gives nearly the same number each time."""
    counting = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]
    command = [*counting, sys.executable, "-m", "tests.bench.instructions.workload", *arguments]
    environment = os.environ | {"PYTHONHASHSEED": "0"}
    try:
        ended = subprocess.run(command, capture_output=True, text=True, cwd=PROJECT, env=environment, check=False)
    except FileNotFoundError as error:
        raise NotCounted("valgrind is not installed; Debian, Ubuntu: apt install valgrind") from error
    found = _COUNT.search(ended.stderr)
    if ended.returncode or found is None:
        raise NotCounted(f"{' '.join(arguments)} failed under valgrind:\n{ended.stderr[-2_000:]}")
    return int(found[1].replace(",", ""))
