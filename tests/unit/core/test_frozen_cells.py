"""Cells of a checkpoint are copies: of the part they are taken from, and of each partition that is made of them."""

from streams.core.frozen_cells import FrozenCells


def test_whoever_goes_on_with_frozen_cells_changes_nothing_for_the_next_one() -> None:
    frozen = FrozenCells(7, 1, [(5, 9, {0: 1})])
    for _ in range(2):
        ((key, version, tally),) = frozen.thaw()
        assert (key, version, tally) == (5, 9, {0: 1})
        tally[0] = 2
    again = FrozenCells.decode(frozen.encoded())
    assert (again.minute, again.number, again.thaw()) == (7, 1, [(5, 9, {0: 1})])
