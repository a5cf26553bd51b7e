"""Design 5 over random histories: whatever happens to the workers, the stored rows equal the brute-force oracle."""

from collections import Counter
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from streams.core.checkpoint import Checkpoint
from streams.core.processor import PartitionProcessor
from streams.core.records import Source
from tests.oracle.cells import cells, rows
from tests.oracle.partition import walk
from tests.oracle.subjects import Event
from tests.property.database import Cells, Database, bucketed, stored
from tests.property.effort import examples
from tests.property.histories import CONFIGURATION, LIMITS, Record, logs, records, rounds, waits

SOURCE = Source("cx.touchpoints", "topic-id", 0)


def expected_cells(log: list[Event]) -> Cells:
    return bucketed(cells(walk(log, LIMITS).facts()))


@examples(600)
@given(st.one_of(logs(), waits(), rounds()))
def test_an_undisturbed_worker_stores_what_the_oracle_expects(log: list[Event]) -> None:
    processor = PartitionProcessor(SOURCE, CONFIGURATION)
    rejects = processor.apply(records(log))
    database = Database()
    database.store(processor.take_rows())
    expected = walk(log, LIMITS)
    assert database.cells() == bucketed(cells(expected.facts()))
    counts = processor.counts
    assert (counts.accepted, counts.duplicates, counts.late) == (expected.accepted, expected.duplicates, expected.late)
    assert counts.rejected == expected.rejected
    assert (counts.displaced, counts.erased) == (expected.displaced, expected.erased)
    assert Counter(reject.reason for reject in rejects) == expected.rejected


@examples(300)
@given(st.one_of(logs(), waits(), rounds()))
def test_parts_and_versions_are_those_of_the_model(log: list[Event]) -> None:
    """The rule of parts alone, on every fact: ``tests.oracle.cells.rows``."""
    processor = PartitionProcessor(SOURCE, CONFIGURATION)
    processor.apply(records(log))
    database = Database()
    database.store(processor.take_rows())
    expected = rows(log, LIMITS)
    assert database.stored() == stored(expected)
    assert processor.counts.folded == expected.folded


class Run:
    """One partition, its stored rows and checkpoints, and the workers that own it or believe they do."""

    def __init__(self, log: list[Record]) -> None:
        self.log = log
        self.database = Database()
        self.checkpoints: list[list[bytes]] = []
        self.workers = [PartitionProcessor(SOURCE, CONFIGURATION)]

    def worker(self, choice: int) -> int:
        return choice % len(self.workers)

    def apply(self, choice: int, size: int) -> None:
        worker = self.workers[self.worker(choice)]
        worker.apply(self.log[worker.applied + 1 : worker.applied + 1 + size])

    def flush(self, choice: int, stored: int, confirmed: bool) -> None:
        """Store the first ``stored`` rows of the batch; a worker that gets no confirmation dies with its batch."""
        number = self.worker(choice)
        rows = self.workers[number].take_rows()
        self.database.store(rows if confirmed else rows[:stored])
        if confirmed:
            self.workers[number].confirm()
        else:
            self.crash(choice)

    def checkpoint(self, choice: int) -> None:
        self.checkpoints.append(self.workers[self.worker(choice)].checkpoint().encode())

    def crash(self, choice: int) -> None:
        self.workers[self.worker(choice)] = self.restored()

    def split_brain(self) -> None:
        """Another worker takes over while the old one lives on as a zombie."""
        if len(self.workers) < 3:
            self.workers.append(self.restored())

    def restored(self) -> PartitionProcessor:
        complete = [Checkpoint.decode(blocks) for blocks in self.checkpoints]
        newest = max(complete, key=lambda each: each.offset, default=None)
        return PartitionProcessor.restore(SOURCE, newest) if newest else PartitionProcessor(SOURCE, CONFIGURATION)

    def finish(self) -> None:
        owner = self.workers[-1]
        owner.apply(self.log)
        self.database.store(owner.take_rows())


choices = st.integers(0, 2)
steps = st.one_of(
    st.tuples(st.just("apply"), choices, st.integers(1, 6)),
    st.tuples(st.just("apply"), choices, st.integers(1, 6)),
    st.tuples(st.just("flush"), choices, st.integers(0, 5), st.booleans()),
    st.tuples(st.just("flush"), choices, st.just(0), st.just(True)),
    st.tuples(st.just("checkpoint"), choices),
    st.tuples(st.just("crash"), choices),
    st.tuples(st.just("split_brain")),
)


@examples(400)
@given(st.one_of(logs(), rounds()), st.lists(steps, max_size=40))
def test_crashes_zombies_and_failed_flushes_leave_the_rows_of_an_undisturbed_run(
    log: list[Event], history: list[tuple[Any, ...]]
) -> None:
    run = Run(records(log))
    for name, *arguments in history:
        getattr(run, name)(*arguments)
    run.finish()
    assert run.database.cells() == expected_cells(log)


@examples(200)
@given(st.one_of(logs(), rounds()), st.lists(st.integers(0, 40), max_size=6))
def test_any_chunking_gives_the_same_rows_and_the_same_checkpoint(log: list[Event], cuts: list[int]) -> None:
    whole = PartitionProcessor(SOURCE, CONFIGURATION)
    whole.apply(records(log))
    chunked = PartitionProcessor(SOURCE, CONFIGURATION)
    edges = sorted({0, *(cut for cut in cuts if cut < len(log)), len(log)})
    for start, end in pairwise(edges):
        chunked.apply(records(log)[start:end])
    assert chunked.checkpoint().encode() == whole.checkpoint().encode()
    assert sorted(chunked.take_rows()) == sorted(whole.take_rows())


@examples(200)
@given(st.one_of(logs(), rounds()), st.integers(0, 40))
def test_the_checkpoint_of_a_restored_checkpoint_is_itself(log: list[Event], cut: int) -> None:
    processor = PartitionProcessor(SOURCE, CONFIGURATION)
    processor.apply(records(log)[:cut])
    blocks = processor.checkpoint().encode()
    restored = PartitionProcessor.restore(SOURCE, Checkpoint.decode(blocks))
    assert restored.checkpoint().encode() == blocks


@examples(200)
@given(st.one_of(logs(), rounds()), st.integers(0, 40))
def test_a_checkpoint_does_not_change_while_its_processor_goes_on(log: list[Event], cut: int) -> None:
    processor = PartitionProcessor(SOURCE, CONFIGURATION)
    processor.apply(records(log)[:cut])
    checkpoint = processor.checkpoint()
    blocks = checkpoint.encode()
    processor.apply(records(log))
    processor.take_rows()
    processor.confirm()
    assert checkpoint.encode() == blocks
