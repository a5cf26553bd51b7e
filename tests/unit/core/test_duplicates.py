"""The memory of accepted events is bounded, ordered by the log, and the same after a restart."""

from streams.core.duplicates import BLOCK, LONGEST, Duplicates, identity


def remembered(memory: Duplicates) -> Duplicates:
    return Duplicates(memory._limit, memory.blocks(), memory.expired)


def test_only_the_last_accepted_events_are_remembered() -> None:
    memory = Duplicates(3, [], 0)
    for name in "abcde":
        memory.add(name)
    assert memory.seen == set("cde")


def test_the_memory_is_the_same_after_a_restart_at_any_point() -> None:
    memory = Duplicates(BLOCK + 10, [], 0)
    for number in range(3 * BLOCK):
        memory.add(f"event-{number}")
        if number % 997 == 0:
            restored = remembered(memory)
            assert restored.seen == memory.seen
            assert restored.blocks() == memory.blocks()
            memory = restored


def test_an_event_accepted_again_after_it_was_forgotten_is_still_known_after_a_restart() -> None:
    memory = Duplicates(2, [], 0)
    for name in ("a", "b", "c", "a"):
        memory.add(name)
    assert memory.seen == {"c", "a"}
    assert remembered(memory).seen == {"c", "a"}


def test_a_smaller_limit_forgets_the_oldest() -> None:
    memory = Duplicates(4, [], 0)
    for name in "abcd":
        memory.add(name)
    memory.limit_to(1)
    assert memory.seen == {"d"}


def test_full_blocks_never_change() -> None:
    memory = Duplicates(10 * BLOCK, [], 0)
    for number in range(BLOCK + 1):
        memory.add(f"event-{number}")
    full = memory.blocks()[0]
    memory.add("one more")
    assert memory.blocks()[0] is full


def test_source_and_id_cannot_be_mistaken_for_each_other_and_long_ones_are_bounded() -> None:
    assert identity("/a", "b/c") != identity("/a/b", "c")
    assert identity("/a\0b", "c") != identity("/a", "b\0c")
    assert len(identity("/" + "s" * 500, "i" * 500)) <= LONGEST
    assert identity("/" + "s" * 500, "i" * 500) != identity("/" + "s" * 500, "i" * 499 + "j")
