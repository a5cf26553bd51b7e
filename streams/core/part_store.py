"""The parts of a partition in memory: where facts are folded and from where rows go out."""

from collections.abc import Iterable
from typing import Final

from schemas.rows import Row
from streams.core.cells import NEVER, Cell, fold, read
from streams.core.definitions import Definition
from streams.core.frozen_cells import FrozenCells
from streams.core.parts import MINUTE_MS, Part, is_closed, part_number
from streams.core.records import Source
from streams.core.segments import Segments

MOST_ROWS: Final = 50_000
"""Rows taken at once: some 0.2 s of work, which the event loop of a worker can wait for; the rest goes next time."""


class PartStore:
    """Cells until they are closed and stored. Dirty: no batch has it; unstored: none that is confirmed."""

    def __init__(
        self,
        definitions: list[Definition],
        segments: Segments,
        late_part_shift: int,
        frozen: Iterable[FrozenCells],
    ) -> None:
        """Takes over the parts of a checkpoint; every cell of theirs is dirty, since it may never have been stored."""
        self.parts: dict[tuple[int, int], Part] = {}
        self.cells = 0
        """Cells in memory."""
        self.late_part_shift = late_part_shift
        self._definitions = definitions
        self._segments = segments
        self._dirty: list[tuple[int, Part, Cell]] = []
        self._in_flight: list[tuple[Cell, int]] = []
        self._newest = Part(NEVER, 0)
        """The part on time that was folded into last: mostly the one that comes next."""
        for each in frozen:
            self._restore(each)

    @property
    def unstored(self) -> int:
        """Cells whose newest version is not known to be in ClickHouse."""
        return len(self._dirty) + len(self._in_flight)

    def fold(self, definition: int, time: int, segment: int, value: int, weight: int, offset: int, closed: int) -> None:
        """Book a fact (see `streams.core.facts.Fact`) with its weight, +1 or -1.

        It arises at ``offset``, while panes before minute ``closed`` are closed.
        """
        minute = time // MINUTE_MS
        part = self._newest
        if minute != part.minute or minute < closed:
            part = self._part(minute, closed, offset)
        key = definition << 32 | segment
        cell = part.cells.get(key)
        if cell is None:
            cell = part.cells[key] = Cell({})
            self.cells += 1
        fold(cell.tally, self._definitions[definition], value, weight)
        cell.version = part.version = offset
        part.frozen = None
        if not cell.dirty:
            cell.dirty = True
            self._dirty.append((key, part, cell))

    def take_rows(self, source: Source) -> list[Row]:
        """The cells that are dirty longest as rows, at most `MOST_ROWS`; they are in flight until `confirm`.

        Raises RuntimeError while an earlier batch is in flight: its fate decides what has to be sent.
        """
        if self._in_flight:
            raise RuntimeError("the rows taken before are not confirmed yet")
        rows = []
        for key, part, cell in self._dirty[:MOST_ROWS]:
            cell.dirty = False
            self._in_flight.append((cell, cell.version))
            rows.append(self._row(source, part, key, cell))
        del self._dirty[:MOST_ROWS]
        return rows

    def confirm(self) -> None:
        """The rows of the last `take_rows` are durable in ClickHouse."""
        for cell, version in self._in_flight:
            cell.stored = version
        self._in_flight = []

    def evict(self, closed: int, shown_from: int, applied: int) -> list[Part]:
        """Remove and return the parts that can receive nothing more and are stored.

        ``closed`` as in `fold`; panes from minute ``shown_from`` on stay, since live windows show them by the minute.
        """
        gone = [
            identity
            for identity, part in self.parts.items()
            if part.minute < shown_from
            and is_closed(part, closed, applied, self.late_part_shift)
            and all(cell.stored == cell.version for cell in part.cells.values())
        ]
        evicted = [self.parts.pop(identity) for identity in gone]
        self.cells -= sum(len(part.cells) for part in evicted)
        self._newest = Part(NEVER, 0)
        return evicted

    def freeze(self) -> list[FrozenCells]:
        """Every part as it is now, by minute and number; only those that changed since the last call are copied."""
        return [part.freeze() for _, part in sorted(self.parts.items())]

    def _part(self, minute: int, closed: int, offset: int) -> Part:
        """The part of a fact as in `fold`; a new one on first use."""
        number = part_number(minute, closed, offset, self.late_part_shift)
        part = self.parts.get((minute, number))
        if part is None:
            part = self.parts[minute, number] = Part(minute, number)
        if number == 0:
            self._newest = part
        return part

    def _row(self, source: Source, part: Part, key: int, cell: Cell) -> Row:
        definition = self._definitions[key >> 32]
        return Row(
            definition.metric,
            definition.definition,
            part.minute * 60,
            self._segments.known[key & 0xFFFF_FFFF],
            source.topic_id,
            source.partition,
            part.number,
            cell.version,
            *read(cell.tally, definition),
        )

    def _restore(self, frozen: FrozenCells) -> None:
        part = self.parts[frozen.minute, frozen.number] = Part(frozen.minute, frozen.number)
        part.frozen = frozen
        for key, version, tally in frozen.thaw():
            cell = part.cells[key] = Cell(tally, version, dirty=True)
            part.version = max(part.version, version)
            self._dirty.append((key, part, cell))
        self.cells += len(part.cells)
