"""When something counts as stalled: signs are looked at with the time given."""

from collections.abc import Hashable

from streams.shell.stalls import Sign, Stalls

LIMIT = 60.0


class Looking:
    """Looks at one sign every second."""

    def __init__(self) -> None:
        self._stalls = Stalls(LIMIT)
        self._now = 1_000.0

    def see(self, seconds: float, mark: Hashable = 0, due: bool = True, slack: float = 0) -> bool:
        """Whether it is stalled after so many more seconds at this."""
        stalled: tuple[str, ...] = ()
        for _ in range(int(seconds)):
            self._now += 1
            stalled = self._stalls.look([Sign("agent", mark, due, "it hangs", slack)], self._now)
        assert stalled in ((), ("agent: it hangs",))
        return bool(stalled)

    def sleep(self, seconds: float) -> None:
        """Nobody looks."""
        self._now += seconds

    def forget(self) -> None:
        self._now += 1
        self._stalls.look([], self._now)


def test_what_is_due_and_does_not_move_is_stalled_after_the_limit() -> None:
    looking = Looking()
    assert not looking.see(LIMIT)
    assert looking.see(2)


def test_what_moves_is_not_stalled_however_slowly() -> None:
    looking = Looking()
    assert not any(looking.see(LIMIT - 1, mark) for mark in range(20))


def test_it_moves_when_its_mark_goes_back_too() -> None:
    looking = Looking()
    assert not any(looking.see(LIMIT - 1, mark) for mark in (9, 3, 9))


def test_what_is_not_due_may_stand_still_for_ever() -> None:
    assert not Looking().see(100 * LIMIT, due=False)


def test_the_time_begins_when_it_becomes_due() -> None:
    looking = Looking()
    looking.see(10 * LIMIT, due=False)
    assert not looking.see(LIMIT)
    assert looking.see(2)


def test_a_moment_in_which_it_was_not_due_begins_the_time_anew() -> None:
    looking = Looking()
    looking.see(LIMIT - 1)
    looking.see(1, due=False)
    assert not looking.see(LIMIT)


def test_slack_comes_on_top_of_the_limit() -> None:
    looking = Looking()
    assert not looking.see(LIMIT + 30, slack=30)
    assert looking.see(2, slack=30)


def test_what_moves_again_is_not_stalled_any_more() -> None:
    looking = Looking()
    assert looking.see(2 * LIMIT)
    assert not looking.see(1, mark=1)


def test_a_sign_that_was_away_begins_anew() -> None:
    looking = Looking()
    looking.see(LIMIT - 1)
    looking.forget()
    assert not looking.see(LIMIT)


def test_time_in_which_nobody_looked_counts_little_for_the_process_itself_was_stopped() -> None:
    looking = Looking()
    looking.see(10)
    looking.sleep(100 * LIMIT)
    assert not looking.see(1)


def test_each_stall_is_told_with_its_name() -> None:
    stalls = Stalls(LIMIT)
    signs = [Sign(name, 0, due, "it hangs") for name, due in (("a", True), ("b", False), ("c", True))]
    for now in range(int(2 * LIMIT)):
        stalled = stalls.look(signs, float(now))
    assert stalled == ("a: it hangs", "c: it hangs")
