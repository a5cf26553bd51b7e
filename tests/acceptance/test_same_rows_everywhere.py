"""One digest, whatever happens to the workers, however the log is divided, however often an event comes."""

import random
from pathlib import Path

import pytest

from tests.acceptance.real_data import SETTINGS, RealEvents, Run, run_local
from tests.integration.local.stack_process import StackProcess, digest, stack

pytestmark = [pytest.mark.timeout(600), pytest.mark.kafka]

KAFKA = ("--broker", "kafka")
RATE = "3000"
"""Events per second, so that a run lasts long enough to be killed three times on its way."""


@pytest.fixture(scope="module")
def undisturbed(some_events: RealEvents, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """One worker, 6 partitions, no trouble."""
    return run_local(some_events, tmp_path_factory.mktemp("undisturbed"), *KAFKA)


def test_a_worker_killed_at_three_random_moments_leaves_the_same_rows(
    undisturbed: Run, some_events: RealEvents, tmp_path: Path
) -> None:
    events = published(undisturbed)
    files = ("--input", str(some_events.incidents), "--input", str(some_events.orders))
    arguments = (*files, *KAFKA, "--rate", RATE, "--until-done", "--json")
    with stack(tmp_path, *arguments, settings=SETTINGS) as run:
        run.await_up()
        for moment in sorted(random.uniform(0.02, 0.9) for _ in range(3)):
            run.await_that(lambda: run.applied() > moment * events, f"{moment:.0%} is applied")  # noqa: B023
            (worker,) = workers(run)
            run.kill(worker)
            run.await_that(lambda: len(workers(run)) == 1, "the killed worker is back")
        assert run.end() == 0, run.output
        assert run.output.count("was killed by signal 9; starting it again") == 3
        assert run.summary["adds_up"]
        assert counts(Run(run.summary, run.data_dir)) == counts(undisturbed)
        assert digest(run.data_dir) == digest(undisturbed.data_dir)


def test_a_log_that_holds_every_event_twice_gives_the_same_rows(
    undisturbed: Run, some_events: RealEvents, tmp_path: Path
) -> None:
    once = published(undisturbed)
    again = ("--input", str(some_events.incidents), "--input", str(some_events.orders))
    twice = run_local(some_events, tmp_path, *KAFKA, *again)
    assert published(twice) == 2 * once
    assert accepted(twice) == accepted(undisturbed)
    assert digest(twice.data_dir) == digest(undisturbed.data_dir)


@pytest.mark.parametrize("workers", [2, 3])
def test_the_number_of_workers_makes_no_difference(
    workers: int, undisturbed: Run, some_events: RealEvents, tmp_path: Path
) -> None:
    run = run_local(some_events, tmp_path, *KAFKA, "--workers", str(workers))
    assert counts(run) == counts(undisturbed)
    assert digest(run.data_dir) == digest(undisturbed.data_dir)


def test_the_number_of_partitions_makes_no_difference(
    undisturbed: Run, some_events: RealEvents, tmp_path: Path
) -> None:
    run = run_local(some_events, tmp_path, *KAFKA, "--partitions", "4", "--workers", "2")
    assert accepted(run) == accepted(undisturbed)
    assert digest(run.data_dir) == digest(undisturbed.data_dir)


def workers(run: StackProcess) -> dict[int, str]:
    return run.children(" streams worker")


def published(run: Run) -> int:
    return sum(topic["published"] for topic in run.summary["topics"])


def accepted(run: Run) -> dict[str, int]:
    return {topic["topic"]: topic["accepted"] for topic in run.summary["topics"]}


def counts(run: Run) -> list[tuple[object, ...]]:
    """What a partition counts, which is a function of the log and of nothing else."""
    names = ("topic", "published", "accepted", "duplicates", "late", "dead_letters")
    return [tuple(topic[name] for name in names) for topic in run.summary["topics"]]
