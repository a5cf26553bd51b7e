"""Counting by valgrind."""

import os
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec

from schemas.metrics import load_registry
from streams.core.configuration import Configuration
from tests.bench.environments import PROJECT
from tests.bench.instructions.workload import Input, Offered
from tests.bench.load.events import records
from tests.bench.load.plan import Load, Mix

EVENTS: Final = 3_000
"""Enough that cells and segments are met again; under valgrind a second or two."""

KEPT: Final = ("channel", "region", "team", "product", "priority")
"""Dimensions, as by default."""

_COUNT: Final = re.compile(r"I\s+refs:\s+([\d,]+)")


class NotCounted(Exception):
    """valgrind is missing, or what it ran has failed; the text says which."""


def per_event(*workloads: tuple[str, Mix]) -> list[float]:
    """Instructions of each kind of work on each mix per event, without those that start and read."""
    with TemporaryDirectory() as directory:
        place = Path(directory)
        starts = {mix: _instructions("idle", _input(place, mix)) for mix in {mix for _, mix in workloads}}
        return [(_instructions(work, _input(place, mix)) - starts[mix]) / EVENTS for work, mix in workloads]


def _input(directory: Path, mix: Mix) -> Path:
    """The first records of one of six partitions, with 1 000 segments and, of cases, some hundred open at once."""
    load = Load(mix=mix, events=6 * EVENTS, open_cases=EVENTS // 2)
    made = [Offered(offset, each.timestamp, each.value) for offset, each in enumerate(records(load, 0))][:EVENTS]
    file = directory / mix
    file.write_bytes(msgspec.msgpack.encode(Input(Configuration(registry=load_registry(), dimensions=KEPT), made)))
    return file


def _instructions(work: str, file: Path) -> int:
    """Of one process. Its hashes are not random, so that the same code gives nearly the same number each time."""
    counting = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]
    command = [*counting, sys.executable, "-m", "tests.bench.instructions.workload", work, str(file)]
    environment = os.environ | {"PYTHONHASHSEED": "0"}
    try:
        ended = subprocess.run(command, capture_output=True, text=True, cwd=PROJECT, env=environment, check=False)
    except FileNotFoundError as error:
        raise NotCounted("valgrind is not installed; Debian, Ubuntu: apt install valgrind") from error
    found = _COUNT.search(ended.stderr)
    if ended.returncode or found is None:
        raise NotCounted(f"{work} failed under valgrind:\n{ended.stderr[-2_000:]}")
    return int(found[1].replace(",", ""))
