"""Roll-ups: the quarter hours of parts that left memory, for the live window of a day."""

from typing import Final

from streams.core.cells import NEVER, Tally, merged
from streams.core.frozen_cells import FrozenCells
from streams.core.parts import Part

QUARTER: Final = 15
"""Minutes per roll-up pane. What left memory is kept as quarter hours, so the 24-hour window moves in quarters."""


class Rollup:
    """The parts of one quarter hour that left memory."""

    __slots__ = ("_frozen", "cells", "minute", "version")

    def __init__(self, minute: int) -> None:
        self.minute = minute
        """Its first, since 1970 UTC."""
        self.cells: dict[int, Tally] = {}
        """By ``definition << 32 | segment``."""
        self.version = 0
        """Parts absorbed since this object was made."""
        self._frozen: FrozenCells | None = None

    @classmethod
    def restore(cls, frozen: FrozenCells) -> "Rollup":
        """The roll-up that `freeze` gave."""
        rollup = cls(frozen.minute)
        rollup.cells = {key: tally for key, _, tally in frozen.thaw()}
        rollup._frozen = frozen
        return rollup

    def absorb(self, part: Part) -> None:
        """Take over a part. Tallies are replaced, never changed: whoever has taken them may keep them."""
        for key, cell in part.cells.items():
            known = self.cells.get(key)
            self.cells[key] = cell.tally if known is None else merged(known, cell.tally)
        self.version += 1
        self._frozen = None

    def freeze(self) -> FrozenCells:
        """The roll-up as it is now; the same object as before when nothing has changed."""
        if self._frozen is None:
            cells = [(key, NEVER, tally) for key, tally in self.cells.items()]
            self._frozen = FrozenCells(self.minute, 0, cells)
        return self._frozen
