import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from deploy.local.process import ChildProcess, StartError

PARENT = """
import sys, time
from pathlib import Path
from deploy.local.process import ChildProcess

child = ChildProcess("child", [sys.executable, "-c", "import time; time.sleep(600)"], Path(sys.argv[1]))
child.start()
print(child.pid, flush=True)
time.sleep(600)
"""


def python(code: str, directory: Path, **environment: str) -> ChildProcess:
    return ChildProcess("child", [sys.executable, "-c", code], directory / "logs" / "child.log", environment)


def is_running(pid: int) -> bool:
    """False for a zombie too: nobody may be left to reap it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_output_and_environment_go_where_they_should(tmp_path: Path) -> None:
    child = python("import os; print('hello', os.environ['CX_ANSWER'])", tmp_path, CX_ANSWER="42")
    child.start()
    assert child.wait(30)
    assert child.exit_code == 0
    assert child.log_tail() == "hello 42"


def test_a_child_that_ends_while_starting_shows_the_end_of_its_log(tmp_path: Path) -> None:
    child = python("raise SystemExit('no such broker')", tmp_path)
    child.start()
    with pytest.raises(StartError, match=r"child ended with exit code 1 while starting(.|\n)*no such broker"):
        child.await_ready(lambda: False, 30)


def test_a_child_that_never_answers_is_given_up(tmp_path: Path) -> None:
    child = python("import time; time.sleep(600)", tmp_path)
    child.start()
    with pytest.raises(StartError, match=r"child did not answer within 0 s; its log .* is empty"):
        child.await_ready(lambda: False, 0.1)
    child.kill()


def test_a_child_that_ignores_the_request_to_stop_is_killed_after_its_grace(tmp_path: Path) -> None:
    code = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
    )
    child = python(code, tmp_path)
    child.start()
    child.await_ready(lambda: child.log_tail() == "up", 30)
    child.stop(grace_seconds=0.2)
    assert child.exit_code == -signal.SIGKILL


def test_a_child_dies_with_its_killed_parent(tmp_path: Path) -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path / "log")], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert is_running(child)

    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()

    deadline = time.monotonic() + 10
    while is_running(child) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not is_running(child)
    parent.stdout.close()
