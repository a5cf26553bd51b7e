"""Topics deleted and created again under their old names: no row of the new ones meets a row of the old ones."""

from contextlib import ExitStack, closing
from itertools import count

import pytest

from streams.shell.admin import TopicError
from streams.shell.topic_ids import TopicIds
from tests.faults.conftest import NewSystem, Record
from tests.faults.history import Published
from tests.faults.reference import Logs
from tests.faults.signs import has_said
from tests.faults.system import System

SHORT, LONG = 3_000, 9_000
"""Records of the old topics and of new ones that are longer in every partition."""

AT_ONCE = 1.0
"""Seconds for a history that is published as fast as it goes."""

_another_seed = count(1_000)
"""Seeds for events that are in no other history."""


@pytest.mark.fault(
    "topics created anew, workers away",
    does="reads the new topics from their start under their new ids; the rows of the old ones stay",
    sees="both in the reports",
)
def test_topics_created_anew_while_no_worker_runs_add_their_rows_to_the_old_ones(
    new_system: NewSystem, record: Record
) -> None:
    system = new_system()
    old = settled_with(system, events=LONG)
    system.terminate(*system.workers)
    recreate_topics(system)
    publish_another(system, SHORT)
    system.add_workers(2)
    end_with_rows_of_both(system, old, record)


@pytest.mark.fault(
    "topics created anew, workers running",
    does="gives the old ones up and reads the new ones, or ends with exit code 1 and reads them when started again",
    sees="lag until metadata are learned anew, 10 s; an error of a worker that ends",
)
def test_topics_created_anew_under_running_workers_add_their_rows_to_the_old_ones(
    new_system: NewSystem, record: Record
) -> None:
    system = new_system()
    old = settled_with(system, events=LONG)
    recreate_topics(system, most_seconds=5)
    publish_another(system, SHORT)
    new = {(source.topic_id, source.partition) for source in system.deployment.sources()}
    last_words: list[str] = []

    def is_read() -> bool:
        last_words.extend(dead := system.replace_dead())
        return not dead and owned(system) == new

    system.await_that(is_read, "somebody reads each new partition")
    assert all("exit code 1" in each and "the worker cannot go on" in each for each in last_words), last_words
    end_with_rows_of_both(system, old, record)


@pytest.mark.fault(
    "topics created anew, longer than read",
    does="ends with exit code 1 before it stores anything; started again it reads the new topics",
    sees="an error: `was created anew`",
)
def test_new_topics_that_are_longer_than_the_old_ones_were_read_add_their_rows_to_them(
    new_system: NewSystem, record: Record
) -> None:
    # Long enough that nobody is evicted while all are frozen: they go on as if nothing had happened.
    system = new_system(session_timeout_seconds=120)
    old = settled_with(system, events=SHORT)
    read = dict(system.publication.ends)
    with ExitStack() as frozen:
        for worker in list(system.workers):
            frozen.enter_context(system.frozen(worker))
        recreate_topics(system)
        publish_another(system, LONG)
        system.publication.finish()
        assert all(system.publication.ends[partition] > end for partition, end in read.items())
    await_ends(system)
    system.add_workers(2)
    end_with_rows_of_both(system, old, record)


def settled_with(system: System, events: int) -> Logs:
    """Two workers have read a history to its end; returns the logs."""
    system.start(workers=2)
    system.publish(system.history(events=events), AT_ONCE)
    system.settle()
    return system.logs()


def recreate_topics(system: System, most_seconds: float = 0) -> None:
    """``most_seconds``: for which there are none."""
    old = topic_ids(system)
    with system.cluster.admin() as admin:
        admin.delete_topics(list(system.topics))
    system.pause(0, most_seconds)
    system.acts()

    def are_anew() -> bool:
        system.deployment.prepare()
        return len(topic_ids(system) - old) == len(old)

    # A broker behind the others still tells of the old ones for a moment, so that nothing is created.
    system.await_that(are_anew, "the topics are there anew")


def topic_ids(system: System) -> set[str]:
    """Those of the topics that are there."""
    with closing(TopicIds(system.deployment.settings)) as ask:
        try:
            return set(ask(system.topics).values())
        except TopicError:
            return set()


def publish_another(system: System, events: int) -> None:
    system.publish(another_history(system, events), AT_ONCE)


def another_history(system: System, events: int) -> list[Published]:
    return system.history(seed=next(_another_seed), events=events)


def await_ends(system: System) -> None:
    """Every worker ends by itself and says why."""
    workers = list(system.workers)
    system.await_that(lambda: not any(worker.process.alive for worker in workers), "all workers have ended")
    for worker in workers:
        assert worker.process.exit_code == 1
        assert has_said(worker, "was created anew", "error")
    system.workers.clear()


def owned(system: System) -> set[tuple[str, int]]:
    """Topic ids and partitions that workers have restored."""
    partitions = [each for status in system.statuses() for each in status.partitions]
    return {(each.topic_id, each.partition) for each in partitions if each.restored}


def end_with_rows_of_both(system: System, old: Logs, record: Record) -> None:
    recovered = system.recover()
    system.settle()
    new = system.logs()
    assert not old.keys() & new.keys()
    equal = system.digest() == system.reference({**old, **new})
    record(system, recovered, equal)
    assert equal
