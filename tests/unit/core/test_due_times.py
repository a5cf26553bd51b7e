"""The queue of what is due."""

from streams.core.due_times import NEVER, DueTimes


def test_what_was_due_before_a_moment_is_taken_out_in_order_and_the_rest_stays() -> None:
    due = DueTimes([(30, "c"), (10, "b"), (10, "a")])
    due.watch(20, "d")
    assert due.next == 10
    assert list(due.passed(20)) == [(10, "a"), (10, "b")]
    assert (due.next, len(due)) == (20, 2)


def test_what_is_watched_while_others_are_taken_out_comes_in_its_turn() -> None:
    due = DueTimes([(10, "a")])
    taken = []
    for time, name in due.passed(30):
        taken.append(name)
        if time == 10:
            due.watch(15, "b")
            due.watch(30, "c")
    assert taken == ["a", "b"]
    assert due.next == 30


def test_with_nothing_due_no_event_time_is_late_enough() -> None:
    assert DueTimes().next == NEVER
    assert list(DueTimes().passed(1 << 61)) == []
