"""What makes a liveness probe fail and what does not: a worker is looked at for minutes that nobody waits for."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from sinks.dead_letters import QUEUE_BYTES, DeadLetter
from streams.shell.brokers import Answers, Group
from streams.shell.ownership import TopicPartition
from streams.shell.stalls import Stalls
from tests.unit.shell.checkpoint_topics import SOURCE
from tests.unit.shell.chunks import answer, chunk
from tests.unit.shell.workers import KEY, Surroundings, until

STALL = 60.0
OTHER = (SOURCE.topic, 7)


class Watched(Surroundings):
    """A worker whose loops come round at every look, except for those that hang."""

    def __init__(self, **settings: object) -> None:
        super().__init__(None, stall_seconds=STALL, **settings)
        self.now = 1_000.0
        self.hang: set[str] = set()
        self.kafka()

    def kafka(
        self,
        end: int = 0,
        assigned: set[TopicPartition] | None = None,
        settled: bool = True,
        member: str = "this worker",
        **answers: object,
    ) -> None:
        """What the brokers say from now on: the end of the log, and how the group sees the worker."""
        told = frozenset({KEY} if assigned is None else assigned)
        known = {"ends": {KEY: end}, "group": Group(settled, {member: told}), "complete": True}
        self.brokers.answers = Answers(**known | answers)  # type: ignore[arg-type]

    def kafka_is_away(self) -> None:
        self.brokers.answers = Answers(silent=True)

    def look(self, minutes: float = 5) -> tuple[str, ...]:
        """What is stalled after so many minutes in which nothing else happens."""
        for _ in range(int(minutes * 12)):
            self.now += 5
            self._come_round()
            stalled = self.watchdog.look(self.now)
        return stalled

    def _come_round(self) -> None:
        self.fetched.fetch_rounds += "fetch loop" not in self.hang
        self.fetched.thread_answers += "consumer thread" not in self.hang
        for name in ("tick", "live windows", "questions to brokers", "flush", "checkpoints"):
            self.worker.duties.rounds[name] += name not in self.hang


@pytest.fixture
async def watched() -> AsyncIterator[Watched]:
    around = Watched()
    await around.assign()
    await until(lambda: around.worker.health.condition.state == "running")
    yield around
    around.store.is_there.set()
    around.letters.acknowledge.set()
    await around.worker.stop()


def letters(number: int, size: int = 10) -> list[DeadLetter]:
    return [DeadLetter("t", 0, offset, None, b"x" * size, (), "not_json", "") for offset in range(number)]


# What only a new start mends.


async def test_a_log_that_grows_while_the_applied_offset_stands_still_is_a_stall(watched: Watched) -> None:
    await watched.worker.take(chunk(0, [answer(0)]))
    watched.kafka(end=5)
    assert watched.look() == (f"{SOURCE.topic}/0: records wait and none is applied",)


async def test_it_is_told_after_the_limit_and_not_before(watched: Watched) -> None:
    watched.kafka(end=5)
    assert watched.look(minutes=1) == ()
    assert watched.look(minutes=0.25) != ()


async def test_a_fetched_chunk_that_nobody_applies_is_a_stall_of_the_agent(watched: Watched) -> None:
    watched.fetched.buffered_bytes = 10
    assert watched.look() == ("agent: fetched records are not applied",)


@pytest.mark.parametrize("loop", ["fetch loop", "consumer thread", "tick", "live windows", "questions to brokers"])
async def test_a_loop_that_does_not_come_round_is_a_stall_though_no_event_comes(watched: Watched, loop: str) -> None:
    watched.worker.duties.rounds.clear()
    watched.hang.add(loop)
    # The test's own settings compute live windows once an hour.
    (stalled,) = watched.look(minutes=2 if loop != "live windows" else 63)
    assert stalled.startswith(f"{loop}: ")


async def test_a_flush_without_end_is_a_stall_long_after_any_insert_would_have_failed(watched: Watched) -> None:
    watched.hang.add("flush")
    assert watched.look(minutes=63) == ()
    assert watched.look(minutes=3) == ("flush: rows are neither stored nor refused",)


async def test_checkpoints_without_end_are_a_stall_while_kafka_answers(watched: Watched) -> None:
    watched.hang.add("checkpoints")
    assert watched.look(minutes=63) == ("checkpoints: they come to no end",)


async def test_dead_letters_that_are_neither_written_nor_refused_are_a_stall(watched: Watched) -> None:
    for letter in letters(3):
        watched.letters.put(letter)
    assert watched.look() == ("dead letters: they are neither acknowledged nor refused",)


async def test_a_restore_that_goes_no_further_while_kafka_answers_is_a_stall(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    await watched.worker.revoked({KEY})
    hangs = asyncio.Event()

    async def restore(*_: object) -> None:
        await hangs.wait()

    monkeypatch.setattr(watched.restoring, "restore", restore)
    await watched.worker.assigned({KEY})
    assert watched.look() == ("restore: it goes no further although Kafka answers",)


async def test_a_worker_without_the_partitions_the_group_has_given_it_is_a_stall(watched: Watched) -> None:
    watched.kafka(assigned={KEY, OTHER})
    (stalled,) = watched.look()
    assert "the group thinks otherwise" in stalled


async def test_a_worker_that_the_group_does_not_know_is_a_stall(watched: Watched) -> None:
    watched.kafka(member="somebody else")
    (stalled,) = watched.look()
    assert "the group thinks otherwise" in stalled


async def test_a_worker_that_was_never_told_its_assignment_is_a_stall(watched: Watched) -> None:
    await watched.worker.revoked({KEY})
    (stalled,) = watched.look()
    assert "the group thinks otherwise" in stalled


async def test_so_it_is_where_the_coordinator_tells_members_but_no_assignments(watched: Watched) -> None:
    await watched.worker.revoked({KEY})
    watched.kafka(group=Group(True, {"this worker": None}))
    (stalled,) = watched.look()
    assert "the group thinks otherwise" in stalled


async def test_a_worker_that_has_failed_and_does_not_end_is_to_be_ended(watched: Watched) -> None:
    watched.worker.failed(ZeroDivisionError("by zero"))
    assert watched.look(minutes=0.1) == ("failed: by zero",)


# What others have to mend, or nobody.


async def test_an_idle_topic_is_no_stall(watched: Watched) -> None:
    await watched.worker.take(chunk(0, [answer(0)]))
    watched.kafka(end=1)
    assert watched.look(minutes=600) == ()


async def test_slow_traffic_is_no_stall(watched: Watched) -> None:
    for offset in range(20):
        watched.kafka(end=offset + 1)
        assert watched.look(minutes=0.9) == ()
        await watched.worker.take(chunk(offset, [answer(offset)]))


async def test_kafka_away_is_no_stall_though_records_wait(watched: Watched) -> None:
    watched.kafka(end=5)
    watched.look(minutes=0.9)
    watched.kafka_is_away()
    watched.hang |= {"fetch loop", "checkpoints"}
    watched.fetched.buffered_bytes = 10
    assert watched.look(minutes=600) == ()
    await until(lambda: watched.worker.status().state == "paused")
    assert watched.worker.status().reason == "no Kafka broker answers"


async def test_after_an_outage_of_kafka_the_time_begins_anew(watched: Watched) -> None:
    watched.kafka_is_away()
    watched.look(minutes=600)
    watched.kafka(end=5)
    assert watched.look(minutes=0.9) == ()


async def test_one_leader_away_hides_no_stall_of_the_other_partitions(watched: Watched) -> None:
    watched.kafka(end=5, complete=False)
    assert watched.look() == (f"{SOURCE.topic}/0: records wait and none is applied",)


async def test_clickhouse_away_is_no_stall(watched: Watched) -> None:
    watched.hang.add("flush")
    for _ in range(20):
        watched.store.failures += 1
        assert watched.look(minutes=60) == ()


async def test_a_pause_at_max_cells_is_no_stall() -> None:
    watched = Watched(flush_seconds=0.01, max_cells=1)
    watched.store.is_there.clear()
    await watched.assign()
    await watched.worker.take(chunk(0, [answer(0), answer(1, time="2026-03-01T09:01:00Z")]))
    await until(lambda: watched.worker.status().state == "paused")
    watched.kafka(end=50)
    assert watched.look(minutes=600) == ()
    watched.store.is_there.set()
    await until(lambda: watched.worker.status().state == "running")
    assert watched.look(minutes=0.9) == (), "the time begins with the end of the pause"
    assert watched.look() != ()
    await watched.worker.stop()


async def test_a_flood_of_dead_letters_that_kafka_does_not_take_is_no_stall(watched: Watched) -> None:
    watched.letters.acknowledge.clear()
    for letter in letters(2, QUEUE_BYTES // 2):
        watched.letters.put(letter)
    watched.kafka(end=50)
    watched.fetched.buffered_bytes = 10
    for _ in range(20):
        watched.letters.failures += 1
        assert watched.look(minutes=1) == ()
    await until(lambda: watched.worker.status().state == "paused")
    assert "dead letters" in watched.worker.status().reason


async def test_checkpoints_may_wait_for_dead_letters_that_kafka_refuses(watched: Watched) -> None:
    watched.hang.add("checkpoints")
    watched.letters.error = "not authorized"
    assert watched.look(minutes=600) == ()


async def test_a_partition_that_waits_for_the_checkpoint_of_new_settings_is_no_stall(watched: Watched) -> None:
    watched.worker.partitions[KEY].may_apply.clear()
    watched.kafka(end=5)
    watched.fetched.buffered_bytes = 10
    assert watched.look(minutes=600) == ()


async def test_a_partition_that_waits_for_a_decision_about_lost_records_is_no_stall(watched: Watched) -> None:
    watched.worker.partitions[KEY].blocked = "records are lost"
    watched.kafka(end=5)
    assert watched.look(minutes=600) == ()


async def test_rows_may_wait_for_kafkas_word_that_they_are_ours(watched: Watched) -> None:
    watched.hang.add("flush")
    for _ in range(20):
        watched.flushing.fence.questions += 1
        assert watched.look(minutes=60) == ()


async def test_a_long_restore_that_goes_on_is_no_stall(watched: Watched) -> None:
    watched.worker.partitions.clear()
    for _ in range(100):
        watched.topic.records_read += 1
        assert watched.look(minutes=0.9) == ()


async def test_a_restore_that_waits_for_kafka_is_no_stall(watched: Watched) -> None:
    watched.worker.partitions.clear()
    watched.kafka(complete=False)
    assert watched.look(minutes=600) == ()


async def test_a_long_rebalance_is_no_stall(watched: Watched) -> None:
    await watched.worker.revoked({KEY})
    watched.kafka(settled=False)
    watched.hang.add("consumer thread")
    assert watched.look(minutes=600) == ()


async def test_a_worker_that_has_nothing_to_do_is_no_stall(watched: Watched) -> None:
    await watched.worker.revoked({KEY})
    await watched.worker.assigned(set())
    watched.kafka(assigned=set())
    assert watched.look(minutes=600) == ()


async def test_a_worker_that_stops_is_left_to_the_grace_of_the_platform(watched: Watched) -> None:
    await watched.worker.stop()
    watched.kafka(end=5)
    watched.hang |= {"fetch loop", "consumer thread", "tick"}
    assert watched.look(minutes=600) == ()


# How it is told.


async def test_a_stall_is_in_the_status_until_it_is_over(watched: Watched) -> None:
    watched.kafka(end=1)
    watched.look()
    assert watched.worker.status().stalled == (f"{SOURCE.topic}/0: records wait and none is applied",)
    await watched.worker.take(chunk(0, [answer(0)]))
    watched.look()
    assert watched.worker.status().stalled == ()


async def test_it_looks_by_itself(watched: Watched) -> None:
    watched.kafka(end=1)
    watched.watchdog._stalls = Stalls(0.1)
    watched.worker.duties.start("watchdog", watched.watchdog.run())
    await until(lambda: watched.worker.status().stalled != ())
