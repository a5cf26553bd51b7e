import pytest
from msgspec.structs import replace

from schemas.metrics import load_registry
from streams.core.configuration import Configuration
from streams.core.processor import PartitionProcessor
from streams.shell.checkpoint_session import CheckpointSession
from streams.shell.partition import LogShrunk, OwnedPartition
from tests.unit.shell.checkpoint_topics import SOURCE, MemoryLog
from tests.unit.shell.chunks import answer, chunk

CONFIGURATION = Configuration(registry=load_registry(), dimensions=("channel",))
OTHER = Configuration(registry=load_registry(), dimensions=("channel", "team"))


def owned(position: int = 0, configuration: Configuration = CONFIGURATION) -> OwnedPartition:
    processor = PartitionProcessor(SOURCE, configuration)
    session = CheckpointSession(MemoryLog(), SOURCE, frozenset())
    return OwnedPartition(processor, session, position, checkpointed=-1)


def test_a_chunk_moves_the_position_past_its_records() -> None:
    partition = owned()
    partition.apply(chunk(0, [answer(0), answer(1)], log_end=5))
    status = partition.status()
    assert (status.position, status.applied, status.log_end, status.lag) == (2, 1, 5, 3)
    assert status.counts.accepted == 2


def test_a_chunk_follows_when_it_begins_at_the_position() -> None:
    assert owned(position=3).follows(chunk(3, [answer(0)]))


def test_a_chunk_after_missing_records_does_not_follow() -> None:
    assert not owned(position=3).follows(chunk(4, [answer(0)]))


def test_offsets_that_the_log_left_out_are_not_missing() -> None:
    partition = owned()
    partition.apply(chunk(0, [answer(0)], next=9))
    assert partition.follows(chunk(9, [answer(1)]))


def test_a_chunk_without_records_moves_over_a_gap() -> None:
    partition = owned()
    partition.apply(chunk(0, [], next=4))
    assert (partition.position, partition.processor.applied) == (4, -1)


def test_a_chunk_that_comes_again_changes_nothing() -> None:
    partition, again = owned(), chunk(0, [answer(0), answer(1)])
    partition.apply(again)
    before = partition.processor.checkpoint().encode()
    assert partition.follows(again)
    assert partition.apply(again) == []
    assert partition.processor.checkpoint().encode() == before


def test_a_log_that_ends_before_what_was_read_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(LogShrunk, match=r"cx\.surveys partition 0 ends at 2, but was read to 7.*restart"):
        owned(position=7).follows(chunk(0, [answer(0), answer(1)]))


def test_a_rejected_record_becomes_a_dead_letter_with_its_bytes() -> None:
    partition = owned()
    letters = partition.apply(chunk(0, [answer(0), b"{broken", None]))
    assert [(each.offset, each.reason, each.value, each.key) for each in letters] == [
        (1, "not_json", b"{broken", b"customer"),
        (2, "empty", None, b"customer"),
    ]
    assert {(each.topic, each.partition) for each in letters} == {("cx.surveys", 0)}


def test_new_settings_wait_for_the_log_end_found_at_start() -> None:
    partition = owned()
    assert not partition.may_adopt(OTHER)
    partition.apply(chunk(0, [answer(0)], log_end=3))
    assert not partition.may_adopt(OTHER)
    partition.apply(chunk(1, [answer(1), answer(2)], log_end=50))
    assert partition.may_adopt(OTHER)


def test_settings_in_force_are_not_adopted_again() -> None:
    partition = owned()
    partition.saw_log_end(0)
    assert not partition.may_adopt(CONFIGURATION)
    assert partition.may_adopt(OTHER)


def test_the_log_ends_where_a_fetch_or_the_leader_says_whichever_is_more() -> None:
    partition = owned(position=3)
    partition.saw_log_end(fetched=5, asked=9)
    assert partition.status().lag == 6
    partition.saw_log_end(fetched=12, asked=9)
    assert partition.status().lag == 9
    partition.saw_log_end(fetched=None, asked=13)
    assert partition.status().lag == 10


def test_a_leader_that_tells_too_little_lets_no_settings_in_early() -> None:
    partition = owned()
    partition.saw_log_end(fetched=None, asked=0)
    assert not partition.may_adopt(OTHER)
    partition.saw_log_end(fetched=7, asked=0)
    assert not partition.may_adopt(OTHER)


def test_an_unknown_log_end_gives_no_lag() -> None:
    assert owned().status().lag is None


def test_the_watermark_is_unknown_before_the_first_event() -> None:
    partition = owned()
    assert partition.status().watermark is None
    partition.apply(chunk(0, [answer(0)]))
    assert partition.status().watermark == 1_772_355_600_000


def test_the_status_tells_what_the_caps_cost() -> None:
    small = replace(CONFIGURATION, dimension_cap=1, subject_cap=2)
    partition = owned(configuration=small)
    partition.apply(chunk(0, [answer(number, channel=f"line-{number}") for number in range(5)]))
    assert (partition.status().counts.folded, partition.status().counts.displaced) == (4, 3)
