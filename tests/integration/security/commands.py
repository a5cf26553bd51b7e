"""``cxstream`` as its user runs it, with planted secrets that must never come out again."""

import os
import subprocess
import sys
from typing import NamedTuple


class Ended(NamedTuple):
    """A command that has ended."""

    code: int
    out: str
    complaints: list[str]
    """Lines of standard error."""


def cxstream(environment: dict[str, str], *arguments: str, stdin: str = "") -> Ended:
    """Runs a command under these settings."""
    done = subprocess.run(
        [sys.executable, "-m", "streams", *arguments],
        env={**os.environ, **environment},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr.splitlines())
