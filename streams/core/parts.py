"""Parts: which facts of a pane share a row, decided by the log alone (design 5)."""

from streams.core.cells import NEVER, Cell
from streams.core.frozen_cells import FrozenCells

MINUTE_MS = 60_000
"""A pane is one minute of event time."""


def closed_before(watermark: int, lateness_ms: int) -> int:
    """The minute before which panes are closed: those that end at or before the watermark less the lateness (ms)."""
    return (watermark - lateness_ms) // MINUTE_MS


class Part:
    """The cells of one pane and one part: part 0 on time, ``1 + (offset >> shift)`` late."""

    __slots__ = ("cells", "frozen", "minute", "number", "version")

    def __init__(self, minute: int, number: int) -> None:
        self.minute = minute
        """The pane, minutes since 1970 UTC."""
        self.number = number
        self.cells: dict[int, Cell] = {}
        """Cells by ``definition << 32 | segment``."""
        self.frozen: FrozenCells | None = None
        """The part as the last checkpoint has it; None once a fact has come since."""
        self.version = NEVER
        """Offset of the last record applied to any of its cells."""

    def freeze(self) -> FrozenCells:
        """The part as it is now; the same object as before when nothing has changed."""
        if self.frozen is None:
            cells = [(key, cell.version, cell.tally.copy()) for key, cell in self.cells.items()]
            self.frozen = FrozenCells(self.minute, self.number, cells)
        return self.frozen


def part_number(minute: int, closed: int, offset: int, shift: int) -> int:
    """Part of a fact for pane ``minute`` that arises at ``offset``, while panes before minute ``closed`` are closed."""
    return 0 if minute >= closed else 1 + (offset >> shift)


def is_closed(part: Part, closed: int, applied: int, shift: int) -> bool:
    """True when no later record of the partition can change the part, panes before minute ``closed`` being closed."""
    if part.number == 0:
        return part.minute < closed
    return ((applied + 1) >> shift) + 1 > part.number
