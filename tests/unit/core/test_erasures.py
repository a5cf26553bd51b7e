from streams.core.configuration import Configuration
from streams.core.erasures import Erasures, digest
from streams.core.processor import PartitionProcessor
from tests.unit.core.partition_log import CONFIGURATION, LONG_AFTER, PartitionLog

AT_NINE, AT_TEN, AT_ELEVEN = (f"2026-03-02T{hour}:00:00Z" for hour in ("09", "10", "11"))


def answer(log: PartitionLog, response: str, time: str, customer: str | None = None) -> None:
    assert log.add("survey.answered", response, time, metric="nps", score=9, customer=customer) == []


def erase(log: PartitionLog, customer: str, time: str) -> None:
    assert log.add("customer.erased", customer, time, customer=customer) == []


def counted(log: PartitionLog, metric: str = "nps") -> int:
    return log.contents(metric).get((), (0, 0, {}))[0]


def test_what_tells_of_the_time_before_an_erasure_counts_nowhere_and_is_no_dead_letter() -> None:
    log = PartitionLog()
    erase(log, "ann", AT_TEN)
    answer(log, "r1", AT_NINE, customer="ann")
    log.add("touchpoint.measured", "p1", AT_TEN, measure="delivery", duration_ms=7, customer="ann")
    log.add("case.opened", "c1", AT_NINE, customer="ann")
    assert (counted(log), counted(log, "measured.delivery"), counted(log, "cases_opened")) == (0, 0, 0)
    assert (log.processor.counts.accepted, log.processor.counts.erased) == (1, 3)
    assert not log.processor.counts.rejected


def test_what_was_counted_before_the_erasure_stays_counted() -> None:
    log = PartitionLog()
    answer(log, "r1", AT_NINE, customer="ann")
    erase(log, "ann", AT_TEN)
    assert counted(log) == 1


def test_what_a_customer_does_after_the_erasure_counts_as_anybodys() -> None:
    log = PartitionLog()
    erase(log, "ann", AT_TEN)
    answer(log, "r1", "2026-03-02T10:00:00.001Z", customer="ann")
    assert counted(log) == 1


def test_others_and_those_who_are_not_named_count() -> None:
    log = PartitionLog()
    erase(log, "ann", AT_TEN)
    answer(log, "r1", AT_NINE, customer="ben")
    answer(log, "r2", AT_NINE)
    assert counted(log) == 2


def test_the_rest_of_a_case_whose_beginning_was_left_out_is_left_out_too() -> None:
    log = PartitionLog()
    erase(log, "ann", AT_TEN)
    log.add("case.opened", "c1", AT_NINE, customer="ann")
    log.add("case.message", "c1", AT_ELEVEN, author="agent")
    log.add("case.resolved", "c1", AT_ELEVEN)
    log.add("wait.started", "c1", AT_ELEVEN)
    assert counted(log, "orphans") == 0
    assert (log.processor.counts.erased, log.processor.counts.accepted) == (3, 2)


def test_a_case_that_is_counted_goes_on_and_nobody_is_left_waiting() -> None:
    log = PartitionLog()
    log.add("case.opened", "c1", AT_NINE, customer="ann")
    log.add("case.message", "c1", AT_NINE, author="customer", customer="ann")
    erase(log, "ann", AT_TEN)
    log.add("case.message", "c1", AT_NINE, "again", author="customer", customer="ann")
    log.add("case.message", "c1", AT_ELEVEN, author="agent")
    assert log.duration("first_response") == (1, 7_200)
    assert log.processor.counts.erased == 1


def test_an_erasure_outlives_a_restart_and_no_checkpoint_repeats_whom_it_is_about() -> None:
    log = PartitionLog()
    erase(log, "ann@example.org", AT_TEN)
    log.add("case.opened", "c1", AT_NINE, customer="ann@example.org")
    assert b"ann@example.org" not in b"".join(log.processor.checkpoint().encode())
    log.restart()
    answer(log, "r1", AT_NINE, customer="ann@example.org")
    log.add("case.resolved", "c1", AT_ELEVEN)
    assert log.processor.counts.erased == 3


def test_an_earlier_erasure_that_comes_later_takes_nothing_back() -> None:
    log = PartitionLog()
    erase(log, "ann", AT_ELEVEN)
    erase(log, "ann", AT_NINE)
    answer(log, "r1", AT_TEN, customer="ann")
    assert (counted(log), log.processor.counts.accepted) == (0, 2)


def test_past_their_memory_the_oldest_erasures_are_forgotten() -> None:
    erasures = Erasures(2)
    for customer in ("ann", "ben", "ann", "cay"):
        erasures.erase(customer, 1)
    assert list(erasures.customers) == [digest("ann"), digest("cay")]


def test_less_memory_forgets_at_once() -> None:
    log = PartitionLog()
    for customer in ("ann", "ben"):
        erase(log, customer, AT_TEN)
    log.processor.adopt(Configuration(registry=CONFIGURATION.registry, dimensions=(), erasure_memory=1))
    answer(log, "r1", AT_NINE, customer="ann")
    answer(log, "r2", AT_NINE, customer="ben")
    assert counted(log) == 1


def test_a_partition_that_knows_erasures_from_its_start_counts_nothing_of_them() -> None:
    log = PartitionLog()
    known = [(digest("ann"), LONG_AFTER)]
    log.processor = PartitionProcessor(log.processor.source, CONFIGURATION, erased=known)
    answer(log, "r1", AT_NINE, customer="ann")
    answer(log, "r2", AT_NINE, customer="ben")
    erase(log, "ann", AT_TEN)
    assert counted(log) == 1
    log.restart()
    answer(log, "r3", AT_NINE, customer="ann")
    assert counted(log) == 1


def test_an_erasure_that_names_nobody_is_refused() -> None:
    log = PartitionLog()
    (reject,) = log.add("customer.erased", "ann", AT_TEN)
    assert reject.reason == "invalid_event"
