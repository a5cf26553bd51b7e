"""Exactly once, whatever happens: events, crashes, failures, zombies, torn checkpoints and new settings in any order.

The workers are real up to their edges (`tests.property.processes`). Each of their requests to Kafka and ClickHouse
waits until the machine answers it, so that a worker can be killed before, in the middle of and after each numbered step
of `streams.shell.worker`: while it restores, flushes, appends the blocks, the manifest or the garbage of a checkpoint,
and commits; between two of them anything else may happen. The outcome has to be what the oracle says of the logs alone.
"""

from collections import defaultdict
from collections.abc import Iterator
from logging import CRITICAL
from typing import Literal, NamedTuple

import pytest
import structlog
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from msgspec.structs import replace

from schemas.metrics import Registry
from streams.core.checkpoint import Checkpoint
from streams.core.configuration import Configuration
from streams.core.processor import PartitionProcessor
from streams.shell.ownership import TopicPartition
from streams.shell.partition import OwnedPartition
from tests.oracle.cells import cells, rows
from tests.oracle.partition import Limits, Walk, walk
from tests.oracle.subjects import Event
from tests.property.database import Database, bucketed, stored
from tests.property.edges import Outside
from tests.property.effort import examples
from tests.property.histories import CONFIGURATION, SUBJECTS, Record, encode, events, limits_of
from tests.property.processes import Process
from tests.property.stepped_loop import SteppedLoop

LOOP = SteppedLoop()
MOST_PROCESSES = 4

numbers = st.integers(0, 59)
"""Which of several things, by remainder."""


class Fate(NamedTuple):
    """How far a step gets: so many of its requests are acknowledged, and the next one meets its end."""

    acknowledged: int
    end: Literal["success", "failure", "delay", "crash"]
    """success: everything is acknowledged; failure: the next request fails and what follows is acknowledged;
    delay: it stays open while others go on; crash: the worker is killed at it."""
    mask: int
    """Which items of a request that fails still happen; see `Request.perform_some`."""


fates = st.builds(
    Fate, st.integers(0, 4), st.sampled_from(["success", "failure", "delay", "crash"]), st.integers(0, 255)
)

Adoptions = list[tuple[int, Configuration]]
"""Configurations of a partition, each with the offset after which it holds."""


class Machine(RuleBasedStateMachine):
    """Logs that grow, workers that come and go, and what they leave behind."""

    has_zombies = True
    loses_checkpoints = False
    changes_settings = False

    def __init__(self) -> None:
        super().__init__()
        self.outside = Outside()
        self.logs: dict[TopicPartition, list[Event]] = {}
        self.records: defaultdict[TopicPartition, list[Record]] = defaultdict(list)
        self.place: dict[str, TopicPartition] = {}
        self.processes: list[Process] = []
        self.generation = 0
        self.wanted = CONFIGURATION
        self.settings_known = 1
        self.adoptions: dict[TopicPartition, dict[int, Adoptions]] = {}
        """How the configuration in force came about; configurations are told apart by their `max_event_bytes`."""
        self.in_force: dict[OwnedPartition, int] = {}

    # What happens to the logs.

    @initialize(
        places=st.lists(st.integers(0, 2), min_size=len(SUBJECTS), max_size=len(SUBJECTS)),
        log=st.lists(events(0), min_size=20, max_size=60),
    )
    def begin(self, places: list[int], log: list[Event]) -> None:
        keys = [("cx.surveys", 0), ("cx.touchpoints", 0), ("cx.touchpoints", 1)]
        self.place = {subject: keys[place] for subject, place in zip(SUBJECTS, places, strict=True)}
        self.logs = {key: [] for key in sorted({keys[0], *self.place.values()})}
        self.adoptions = {key: {} for key in self.logs}
        self.publish(log=log)
        self.start(numbers=[0, 1, 2], fate=Fate(0, "success", 0))

    @rule(log=st.lists(events(0), min_size=1, max_size=6))
    def publish(self, log: list[Event]) -> None:
        for event in log:
            key = self.place.get(event["subject"], next(iter(self.logs)))
            if event["family"] != "bad" and not event["id"].isalnum():
                event["id"] += str(len(self.logs[key]))
            self.append(key, event)

    @rule(which=numbers, back=numbers)
    def publish_again(self, which: int, back: int) -> None:
        key = self.key(which)
        if self.logs[key]:
            self.append(key, self.logs[key][-1 - back % len(self.logs[key])])

    def append(self, key: TopicPartition, event: Event) -> None:
        self.records[key].append(Record(len(self.logs[key]), event["stamp"], encode(event)))
        self.logs[key].append(event)

    # What happens to workers.

    @rule(numbers=st.lists(st.integers(0, 2), min_size=1, max_size=3), fate=fates)
    def start(self, numbers: list[int], fate: Fate) -> None:
        """A worker takes over partitions; whoever had them lives on, unless no zombie may."""
        while self.processes and (not self.has_zombies or len(self.processes) >= MOST_PROCESSES):
            self.kill(0, 0b10101010)
        self.generation += 1
        partitions = {self.key(number) for number in numbers}
        started = Process(LOOP, self.outside, self.generation, partitions, self.wanted, self.restored)
        self.processes.append(started)
        self.meet(started, fate)

    @rule(
        which=numbers,
        size=st.integers(1, 5),
        again=st.integers(0, 3),
        steps=st.lists(st.tuples(st.sampled_from(["flush", "checkpoint"]), fates), min_size=1, max_size=3),
    )
    def work(self, which: int, size: int, again: int, steps: list[tuple[str, Fate]]) -> None:
        """A worker applies records of each of its partitions, and perhaps does something with what came of it."""
        process = self.process(which)
        for key in list(process.partitions):
            process.apply(key, self.records[key], size, again)
        for step, fate in steps:
            if process in self.processes:
                process.flush() if step == "flush" else process.checkpoint()
                self.meet(process, fate)

    @rule(which=numbers, fate=fates)
    def go_on(self, which: int, fate: Fate) -> None:
        """What was delayed is answered."""
        self.meet(self.process(which), fate)

    def meet(self, process: Process, fate: Fate) -> None:
        for _ in range(fate.acknowledged):
            if process.requests.open:
                process.answer(process.requests.open[0], 0, acknowledged=True)
                self.look_for_adoptions()
        if fate.end == "crash":
            self.kill(self.processes.index(process), fate.mask)
        elif fate.end != "delay":
            if fate.end == "failure" and process.requests.open:
                process.answer(process.requests.open[-1], fate.mask, acknowledged=False)
            process.proceed()
        self.look_for_adoptions()

    def kill(self, which: int, mask: int) -> None:
        self.processes.pop(which).kill(mask)

    # What happens to the checkpoint topic and the settings.

    @rule()
    def compact(self) -> None:
        newest = {(place, key): value for place, key, value in self.outside.checkpoints}
        kept = [(place, key, value) for (place, key), value in newest.items() if value is not None]
        self.outside.checkpoints[:] = kept

    @precondition(lambda self: self.loses_checkpoints)
    @rule(which=numbers, damage=st.sampled_from(["lost", "cut", "empty"]))
    def damage(self, which: int, damage: str) -> None:
        records = self.outside.checkpoints
        if records:
            place, key, value = records.pop(-1 - which % len(records))
            if value is not None and damage != "lost":
                records.append((place, key, value[:-3] if damage == "cut" else b""))

    @precondition(lambda self: self.changes_settings)
    @rule(
        dimensions=st.sampled_from([("channel", "team"), ("team",), ()]),
        values=st.integers(1, 3),
        memory=st.sampled_from([3, 6, 12]),
        horizon=st.sampled_from([(600_000, 4), (1_200_000, 8), (3_600_000, 16)]),
        subjects=st.integers(1, 4),
        lateness=st.sampled_from([60_000, 180_000, 900_000]),
        version=st.integers(1, 3),
    )
    def change_settings(
        self,
        dimensions: tuple[str, ...],
        values: int,
        memory: int,
        horizon: tuple[int, int],
        subjects: int,
        lateness: int,
        version: int,
    ) -> None:
        """Workers started from here on want other settings; `max_event_bytes` makes each one of its own."""
        metrics = {name: replace(each, version=version) for name, each in CONFIGURATION.registry.metrics.items()}
        self.settings_known += 1
        self.wanted = replace(
            CONFIGURATION,
            registry=Registry(metrics),
            dimensions=dimensions,
            dimension_cap=values,
            duplicate_memory=memory,
            subject_horizon_ms=horizon[0],
            subject_horizon_events=horizon[1],
            subject_cap=subjects,
            subject_event_cap=values + 3,
            lateness_ms=lateness,
            max_event_bytes=CONFIGURATION.max_event_bytes + self.settings_known,
        )

    # What must come of it.

    @rule()
    def settle(self) -> None:
        """A last worker comes to the end of all logs: the rows are what the oracle says."""
        self.finish()
        facts = [fact for key in self.logs for fact in self.oracle(key).facts()]
        assert self.outside.database.cells() == bucketed(cells(facts))

    def teardown(self) -> None:
        try:
            if self.logs:
                self.check_all()
        finally:
            for process in self.processes:
                process.kill(0)

    def check_all(self) -> None:
        last = self.finish()
        for key in self.logs:
            self.check(key, last.partitions[key])
        before = dict(self.outside.database.rows)
        for process in self.processes:
            process.flush()
            process.proceed()
        assert self.outside.database.rows == before, "a zombie has changed a row"

    def finish(self) -> Process:
        for process in self.processes:
            process.proceed()
        self.look_for_adoptions()
        self.start(numbers=[0, 1, 2], fate=Fate(0, "success", 0))
        last = self.processes[-1]
        for key, records in self.records.items():
            last.apply(key, records, len(records), 0)
        for step in (last.flush, last.proceed, last.checkpoint, last.proceed):
            step()
            self.look_for_adoptions()
        assert {key: each.processor.applied for key, each in last.partitions.items()} == {
            key: len(log) - 1 for key, log in self.logs.items()
        }
        return last

    def check(self, key: TopicPartition, partition: OwnedPartition) -> None:
        """Everything that one log says, to the last part and version."""
        limits, adopted = self.limits(key, partition.processor.configuration)
        database, whose = Database(), (partition.source.topic_id, partition.source.partition)
        database.store(row for row in self.outside.database.rows.values() if (row.topic_id, row.partition) == whose)
        expected = rows(self.logs[key], limits, adopted)
        assert database.stored() == stored(expected)
        counted, counts = walk(self.logs[key], limits, adopted), partition.processor.counts
        assert (counts.accepted, counts.duplicates, counts.late) == (counted.accepted, counted.duplicates, counted.late)
        assert (counts.rejected, counts.displaced, counts.erased) == (
            counted.rejected,
            counted.displaced,
            counted.erased,
        )
        assert counts.folded == expected.folded
        letters = {(offset, reason) for *where, offset, reason in self.outside.letters if tuple(where) == key}
        assert letters == counted.letters
        found, undisturbed = partition.processor.checkpoint(), self.undisturbed(key, partition).checkpoint()
        assert found.header == undisturbed.header
        assert found.duplicates == undisturbed.duplicates
        assert found.cases == undisturbed.cases
        assert found.responses == undisturbed.responses
        assert self.outside.committed.get(key, 0) == partition.processor.applied + 1

    def undisturbed(self, key: TopicPartition, partition: OwnedPartition) -> PartitionProcessor:
        (_, first), *adopted = self.adoptions[key][partition.processor.configuration.max_event_bytes]
        processor = PartitionProcessor(partition.source, first)
        for offset, configuration in adopted:
            processor.apply(self.records[key][: offset + 1])
            processor.adopt(configuration)
        processor.apply(self.records[key])
        return processor

    def oracle(self, key: TopicPartition) -> Walk:
        limits, adopted = self.limits(key, self.processes[-1].partitions[key].processor.configuration)
        return walk(self.logs[key], limits, adopted)

    def limits(self, key: TopicPartition, configuration: Configuration) -> tuple[Limits, list[tuple[int, Limits]]]:
        (_, first), *adopted = self.adoptions[key][configuration.max_event_bytes]
        return limits_of(first), [(offset, limits_of(each)) for offset, each in adopted]

    # How it is found out.

    def restored(self, partition: OwnedPartition) -> None:
        blocks = partition.processor.checkpoint().encode()
        again = PartitionProcessor.restore(partition.source, Checkpoint.decode(blocks))
        assert again.checkpoint().encode() == blocks, "the checkpoint of a restored checkpoint is another"
        configuration = partition.processor.configuration
        self.in_force[partition] = number = configuration.max_event_bytes
        self.adoptions[partition.key].setdefault(number, [(-1, configuration)])

    def look_for_adoptions(self) -> None:
        """Nothing is applied between a change of settings and the end of the rule that brought it about."""
        for process in self.processes:
            for key, partition in process.partitions.items():
                processor, before = partition.processor, self.in_force[partition]
                number = processor.configuration.max_event_bytes
                if number != before:
                    known = self.adoptions[key][before]
                    self.adoptions[key][number] = [*known, (processor.applied, processor.configuration)]
                    self.in_force[partition] = number

    def process(self, which: int) -> Process:
        if not self.processes:
            self.start(numbers=[0, 1, 2], fate=Fate(0, "success", 0))
        return self.processes[which % len(self.processes)]

    def key(self, which: int) -> TopicPartition:
        return list(self.logs)[which % len(self.logs)]


class Zombies(Machine):
    """Settings stay, checkpoints are lost or torn, and workers that were replaced go on."""

    loses_checkpoints = True


class NewSettings(Machine):
    """Settings change as often as workers, and a worker ends before the next one begins."""

    has_zombies = False
    changes_settings = True


class NewSettingsUnderZombies(Machine):
    """Settings change as often as workers, and workers that were replaced go on under theirs."""

    changes_settings = True


@pytest.fixture(autouse=True)
def quiet_logs() -> Iterator[None]:
    """Ten thousands of restores and retries are no news here."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(CRITICAL))
    yield
    structlog.reset_defaults()


def test_crashes_failures_zombies_and_torn_checkpoints_change_no_row() -> None:
    run_state_machine_as_test(Zombies, settings=settings(examples(200), stateful_step_count=30))


def test_new_settings_hold_from_one_offset_on_whatever_crashes() -> None:
    run_state_machine_as_test(NewSettings, settings=settings(examples(200), stateful_step_count=30))


def test_new_settings_hold_though_workers_that_were_replaced_go_on_under_others() -> None:
    run_state_machine_as_test(NewSettingsUnderZombies, settings=settings(examples(200), stateful_step_count=30))
