"""The local stack from outside: what a user types, sees and finds afterwards."""

import os
import random
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import pytest

from deploy.local.ports import LOOPBACK
from deploy.local.simulator import simulate
from deploy.local.stack import CLICKHOUSE_PORT
from tests.integration.local.stack_process import DEADLINE_SECONDS, StackProcess, command_line, digest, stack

EVENTS = 20_000
START_MS = 1_763_000_000_000

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def event_file(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("events") / "events.jsonl"
    path.write_bytes(b"".join(each.value + b"\n" for each in islice(simulate(3, START_MS, 200), EVENTS)))
    return str(path)


@pytest.fixture(scope="module")
def undisturbed(event_file: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Digest of the rows of a run without any trouble, with one worker."""
    with stack(tmp_path_factory.mktemp("undisturbed"), "--input", event_file, "--until-done", "--json") as run:
        assert run.end() == 0, run.output
        assert run.summary["settled"]
        assert run.summary["adds_up"]
        assert sum(topic["published"] for topic in run.summary["topics"]) == EVENTS
        return digest(run.data_dir)


def test_killed_workers_come_back_and_the_rows_are_the_same(undisturbed: str, event_file: str, tmp_path: Path) -> None:
    arguments = ("--input", event_file, "--until-done", "--json", "--workers", "3", "--rate", "2000")
    with stack(tmp_path, *arguments) as run:
        run.await_up()
        for share in (0.2, 0.4, 0.6):
            run.await_that(lambda: run.applied() > share * EVENTS, f"{share:.0%} of the events are applied")  # noqa: B023
            run.kill(random.choice(sorted(workers(run))))
            run.await_that(lambda: len(workers(run)) == 3, "the killed worker is back")
        assert run.end() == 0, run.output
        assert run.summary["adds_up"]
        assert run.output.count("was killed by signal 9; starting it again") == 3
        assert digest(run.data_dir) == undisturbed


def test_a_worker_that_hangs_is_killed_and_the_rows_are_the_same(
    undisturbed: str, event_file: str, tmp_path: Path
) -> None:
    with stack(tmp_path, "--input", event_file, "--until-done", "--json", "--rate", "2000") as run:
        run.await_up()
        run.await_that(lambda: run.applied() > 0.4 * EVENTS, "some of the events are applied")
        os.kill(random.choice(sorted(workers(run))), signal.SIGSTOP)
        run.await_that(lambda: "was stuck and is killed (no answer" in run.output, "it is noticed")
        assert run.end() == 0, run.output
        assert run.summary["adds_up"]
        assert digest(run.data_dir) == undisturbed


def test_an_event_file_published_twice_counts_once(undisturbed: str, event_file: str, tmp_path: Path) -> None:
    with stack(tmp_path, "--input", event_file, "--input", event_file, "--until-done", "--json") as run:
        assert run.end() == 0, run.output
        assert sum(topic["duplicates"] for topic in run.summary["topics"]) > EVENTS
        assert run.summary["adds_up"]
        assert digest(run.data_dir) == undisturbed


def test_lines_that_are_no_events_are_named_and_the_rest_goes(tmp_path: Path) -> None:
    events = [each.value for each in islice(simulate(3, START_MS, 200), 50)]
    file = tmp_path / "some.jsonl"
    file.write_bytes(b"\n".join([*events[:20], b"{broken", *events[20:]]))
    with stack(tmp_path, "--input", str(file), "--until-done", "--json") as run:
        assert run.end() == 2, run.output
        assert run.summary["bad_lines"] == 1
        assert f"{file}:21: not published" in run.output
        assert sum(topic["published"] for topic in run.summary["topics"]) == 50


def test_simulated_traffic_is_reconciled_to_the_last_event(tmp_path: Path) -> None:
    with stack(tmp_path, "--duration", "5", "--until-done", "--json", "--rate", "200") as run:
        assert run.end() == 0, run.output
        assert run.summary["settled"]
        assert run.summary["adds_up"]


def test_busy_ports_are_replaced_and_said(tmp_path: Path) -> None:
    with busy(CLICKHOUSE_PORT), stack(tmp_path, "--duration", "2") as run:
        endpoints = run.await_up()
        assert run.end() == 0, run.output
    assert f"port {CLICKHOUSE_PORT} is busy, using" in run.output
    assert endpoints.clickhouse != f"http://{LOOPBACK}:{CLICKHOUSE_PORT}"
    assert endpoints.clickhouse in run.output


@pytest.fixture
def interruptible() -> Iterator[None]:
    """A shell starts its background jobs with interrupts ignored, and children inherit that: a stack of tests that
    run in the background would never hear of one."""
    inherited = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, inherited)


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_stack_stops_in_order_and_leaves_nothing_running(number: signal.Signals, tmp_path: Path) -> None:
    with stack(tmp_path) as run:
        run.await_up()
        run.await_that(lambda: run.applied() > 0, "the worker works")
        children = run.children()
        assert len(children) == 3
        run.process.send_signal(number)
        assert run.end() == 130, run.output
        assert not any(command_line(child) for child in children)
        assert run.endpoints is None
    assert '"exit_code": 0' in (run.data_dir / "logs" / "worker-1.log").read_text()


def test_a_killed_stack_leaves_nothing_running(tmp_path: Path) -> None:
    with stack(tmp_path) as run:
        run.await_up()
        children = run.children()
        assert len(children) == 3
        run.process.kill()
        run.process.wait()
        run.await_that(lambda: not any(command_line(child) for child in children), "all children are gone")


def test_the_death_of_a_broker_in_memory_is_the_end_and_is_said(tmp_path: Path) -> None:
    with stack(tmp_path) as run:
        run.await_up()
        (broker,) = run.children("tansu")
        run.kill(broker)
        assert run.end() == 4, run.output
        assert "Tansu keeps its log in memory" in run.output
        assert not run.children()


def test_a_second_run_with_a_broker_in_memory_sets_the_old_rows_aside(event_file: str, tmp_path: Path) -> None:
    for _ in range(2):
        with stack(tmp_path, "--duration", "3") as run:
            assert run.end() == 0, run.output
    assert "the rows of the last one are now in" in run.output
    assert (tmp_path / "data" / "previous" / "clickhouse").is_dir()


@pytest.mark.kafka
def test_apache_kafka_keeps_its_log_between_runs(undisturbed: str, event_file: str, tmp_path: Path) -> None:
    for earlier in (0, EVENTS):
        with stack(tmp_path, "--broker", "kafka", "--input", event_file, "--until-done", "--json") as run:
            assert run.end() == 0, run.output
            assert run.summary["adds_up"]
            assert sum(topic["earlier"] for topic in run.summary["topics"]) == earlier
            assert digest(run.data_dir) == undisturbed


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--until-done",), "never ends with simulated traffic"),
        (("--input", "no-such-file.jsonl"), "no-such-file.jsonl: no such file"),
    ],
)
def test_wrong_use_is_refused_before_anything_starts(arguments: tuple[str, ...], why: str, tmp_path: Path) -> None:
    with stack(tmp_path, *arguments) as run:
        assert run.end() == 3
        assert why in run.output
        assert not run.data_dir.exists()


@contextmanager
def busy(port: int) -> Iterator[None]:
    """Somebody listens there: this test, as soon as nobody else on the machine does any more."""
    with socket.socket() as server:
        # As servers do, or a connection that lingers after its server's end would count as one.
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        deadline = time.monotonic() + DEADLINE_SECONDS
        while True:
            try:
                server.bind((LOOPBACK, port))
                break
            except OSError:
                assert time.monotonic() < deadline, f"port {port} stays busy"
                time.sleep(0.05)
        server.listen()
        yield


def workers(run: StackProcess) -> dict[int, str]:
    return run.children(" streams worker")
