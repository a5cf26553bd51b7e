"""`cxstream` as its user types it."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_SECONDS = 300
"""The longest command reads 80,000 lines in ten seconds on a quiet machine."""


def cxstream(
    *arguments: str | Path, settings: Mapping[str, str] | None = None, exit_code: int = 0
) -> "subprocess.CompletedProcess[str]":
    """A command that has ended, with the exit code that it should have."""
    done = subprocess.run(
        [sys.executable, "-m", "streams", *map(str, arguments)],
        env={**os.environ, **(settings or {})},
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    assert done.returncode == exit_code, done.stdout + done.stderr
    return done


def report(metric: str, *arguments: str | Path, settings: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    """The lines of `cxstream report --json`."""
    done = cxstream("report", metric, "--json", *arguments, settings=settings)
    lines: list[dict[str, Any]] = json.loads(done.stdout)
    return lines
