"""What a program of the benchmark is told, and what it says back. Standard library only, see `peers`."""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple

from tests.bench.process_tree import Usage, usage


class Task(NamedTuple):
    """The one argument of a program, as JSON."""

    bootstrap: str
    topic: str
    partitions: int
    records: int
    """Records of the topic; after the last one everything has to be stored."""
    clickhouse: str
    """URL of the HTTP interface, without user or password."""
    database: str
    """Holds the table ``cells`` that the result belongs into, see `compare.storage`."""
    directory: str
    """Of this run alone: state, logs."""

    @classmethod
    def from_argument(cls) -> "Task":
        return cls(**json.loads(sys.argv[1]))

    @property
    def marks(self) -> Path:
        """Where the program says when it began and when it was done."""
        return Path(self.directory, "marks.jsonl")

    def begin(self) -> None:
        """The first record is here: from now on time counts."""
        self._mark("begin")

    def end(self) -> None:
        """Every record has been counted and the result is stored."""
        self._mark("end")

    def _mark(self, name: str) -> None:
        used = usage(os.getpid())
        with self.marks.open("a") as marks:
            marks.write(json.dumps({"name": name, "at": monotonic(), **used._asdict()}) + "\n")


class Mark(NamedTuple):
    """One moment of a program; ``at`` is the machine's monotonic clock, the same for all processes."""

    name: str
    at: float
    cpu_seconds: float
    peak_bytes: int


def read_marks(path: Path) -> Mapping[str, Mark]:
    """What a program has said so far, by name."""
    try:
        lines = path.read_text().splitlines()
    except FileNotFoundError:
        return {}
    marks = [Mark(**json.loads(line)) for line in lines if line.endswith("}")]
    return {mark.name: mark for mark in marks}


def as_mark(name: str, at: float, used: Usage) -> Mark:
    """A mark made from outside, for a program that cannot mark itself."""
    return Mark(name, at, *used)


def to_argument(task: Task) -> str:
    """What `Task.from_argument` reads."""
    fields: dict[str, Any] = task._asdict()
    return json.dumps(fields)
