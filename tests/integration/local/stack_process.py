"""`cxstream local` as a user runs it: an own process, seen from outside."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any
from urllib.request import urlopen

import msgspec

from deploy.local.endpoints import Endpoints
from schemas.status import WorkerStatus

DEADLINE_SECONDS = 120.0
"""For anything that takes seconds; a shared machine with two cores may be very slow at times."""


class StackProcess:
    """A running `cxstream local`; its standard output and error go to files in `directory`."""

    def __init__(self, directory: Path, *arguments: str, settings: Mapping[str, str] | None = None) -> None:
        """``settings``: environment variables that it and its workers get besides those of this process."""
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        self.data_dir = directory / "data"
        self._out, self._err = self._open("out"), self._open("err")
        command = [sys.executable, "-m", "streams", "local", "--data-dir", str(self.data_dir), *arguments]
        self.process = subprocess.Popen(
            command, stdout=self._out, stderr=self._err, env={**os.environ, **(settings or {})}
        )

    @property
    def endpoints(self) -> Endpoints | None:
        """None while the stack is not up."""
        try:
            return msgspec.json.decode((self.data_dir / "endpoints.json").read_bytes(), type=Endpoints)
        except FileNotFoundError:
            return None

    def await_up(self) -> Endpoints:
        self.await_that(lambda: self.endpoints is not None or self.process.poll() is not None, "the stack is up")
        endpoints = self.endpoints
        assert endpoints is not None, f"the stack ended: {self.output}"
        return endpoints

    def await_that(self, holds: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not holds():
            assert time.monotonic() < deadline, f"not within {DEADLINE_SECONDS:.0f} s: {what}\n{self.output}"
            time.sleep(0.05)

    def children(self, named: str = "") -> dict[int, str]:
        """Its child processes by pid with their command lines, those whose command line holds `named`."""
        commands = {pid: command_line(pid) for pid in children_of(self.process.pid)}
        return {pid: command for pid, command in commands.items() if named in command}

    def kill(self, child: int) -> None:
        os.kill(child, signal.SIGKILL)
        self.await_that(lambda: not command_line(child), f"process {child} is gone")

    def ask(self, path: str) -> list[bytes]:
        """What its workers answer there; a worker that is silent or not ready is left out."""
        answers = []
        for url in self.endpoints.workers if self.endpoints else ():
            with suppress(OSError), urlopen(url + path, timeout=2) as answer:
                answers.append(answer.read())
        return answers

    def await_answer(self, path: str) -> bytes:
        """What its only worker answers there, as soon as it does."""
        answers: list[bytes] = []

        def answered() -> bool:
            answers[:] = self.ask(path)
            return answers != []

        self.await_that(answered, f"a worker answers at {path}")
        (answer,) = answers
        return answer

    def statuses(self) -> list[WorkerStatus]:
        """What its workers say about themselves, of those that answer."""
        return [msgspec.json.decode(answer, type=WorkerStatus) for answer in self.ask("/status")]

    def applied(self) -> int:
        """Records applied so far, as its workers tell; 0 while none answers."""
        applied: dict[tuple[str, int], int] = {}
        for status in self.statuses():
            for each in status.partitions:
                key = (each.topic, each.partition)
                applied[key] = max(applied.get(key, 0), each.applied + 1)
        return sum(applied.values())

    def end(self) -> int:
        """Waits for its own end."""
        return self.process.wait(DEADLINE_SECONDS * 2)

    @property
    def output(self) -> str:
        """All it said."""
        return (self.directory / "out").read_text() + (self.directory / "err").read_text()

    @property
    def summary(self) -> dict[str, Any]:
        """What `--json` printed."""
        summary: dict[str, Any] = json.loads((self.directory / "out").read_text())
        return summary

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._out.close()
        self._err.close()

    def _open(self, name: str) -> IO[bytes]:
        return (self.directory / name).open("wb")


@contextmanager
def stack(directory: Path, *arguments: str, settings: Mapping[str, str] | None = None) -> Iterator[StackProcess]:
    running = StackProcess(directory, *arguments, settings=settings)
    try:
        yield running
    finally:
        running.close()


def children_of(parent: int) -> list[int]:
    """By the parent that each process names. The kernel's lists of children by thread would miss some:
    threads that started a child end meanwhile, and their children go to another thread's list."""
    children = []
    for directory in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended meanwhile
            after_name = (directory / "stat").read_text().rpartition(")")[2].split()
            if int(after_name[1]) == parent:
                children.append(int(directory.name))
    return children


def command_line(pid: int) -> str:
    """Empty when there is no such process any more."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except FileNotFoundError:
        return ""


def digest(data_dir: Path) -> str:
    """What `cxstream report --digest` says of what a stopped stack has left."""
    command = [sys.executable, "-m", "streams", "report", "--digest", "--data-dir", str(data_dir)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=DEADLINE_SECONDS)
    assert done.returncode == 0, done.stderr
    return done.stdout
