"""Live windows: sums over the last 5 minutes, hour and day of event time that follow their panes.

A window's *sources* are the parts in memory and the roll-ups of parts that left it. A refresh takes back the sources
that left the window, adds those that came in, and of one that has changed it replaces the cells that did, so that it
costs what has changed and not what is shown: shares booked where a case was opened change a few cells of every pane.
"""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from schemas.live import WINDOW_SECONDS, Window
from streams.core.cells import NEVER, Tally, merged
from streams.core.frozen_cells import FrozenCells
from streams.core.parts import MINUTE_MS, Part
from streams.core.rollups import QUARTER, Rollup

SHOWN_MINUTES: Final = WINDOW_SECONDS["1h"] // 60
"""Panes of the last hour stay in memory, so that the shorter windows move by the minute."""

KEPT_MINUTES: Final = WINDOW_SECONDS["24h"] // 60 + QUARTER
"""How far back behind the newest pane a roll-up is kept."""


class Taken(NamedTuple):
    """A source as the windows have taken it: its cells as they were, since they go on changing."""

    version: int
    minute: int
    """Its first."""
    cells: dict[int, Tally]


class LiveWindows:
    """The windows of one partition."""

    def __init__(self, rollups: Iterable[FrozenCells]) -> None:
        """``rollups``: as `freeze` gave them."""
        self._rollups = {each.minute: Rollup.restore(each) for each in rollups}
        self._sums: dict[Window, dict[int, Tally]] = {window: {} for window in WINDOW_SECONDS}
        """Merged tallies by cell key, as of the last `look`; they are replaced, never changed."""
        self._taken: dict[tuple[str, int, int], Taken] = {}
        self._last = 0

    def absorb(self, part: Part, newest_minute: int) -> None:
        """Take over a part that leaves memory, while the newest pane of the partition is ``newest_minute``."""
        if part.minute > newest_minute - KEPT_MINUTES:
            first = part.minute - part.minute % QUARTER
            self._rollups.setdefault(first, Rollup(first)).absorb(part)

    def trim(self, newest_minute: int) -> None:
        """Forget roll-ups that no window of the newest pane reaches."""
        oldest = (newest_minute - KEPT_MINUTES) // QUARTER * QUARTER
        for first in [first for first in self._rollups if first <= oldest]:
            del self._rollups[first]

    def freeze(self) -> list[FrozenCells]:
        """Every roll-up as it is now, by minute."""
        return [rollup.freeze() for _, rollup in sorted(self._rollups.items())]

    def look(self, parts: Iterable[Part], as_of_ms: int) -> dict[Window, dict[int, Tally]]:
        """Merged tallies by cell key of the windows that end with the pane of ``as_of_ms``; nothing in it changes."""
        before, self._last = self._last, as_of_ms // MINUTE_MS
        found = {(kind, source.minute, number): source for kind, number, source in self._sources(parts)}
        for identity, taken in list(self._taken.items()):
            source = found.get(identity)
            shown = [window for window in WINDOW_SECONDS if _shows(window, before, taken.minute)]
            staying = [window for window in shown if source is not None and _shows(window, self._last, taken.minute)]
            for window in shown:
                if window not in staying:
                    _add(self._sums[window], taken.cells, -1)
            if source is None:
                del self._taken[identity]
            elif source.version != taken.version:
                changes = _changes(source, taken)
                for window in staying:
                    _add(self._sums[window], {key: taken.cells[key] for key in changes if key in taken.cells}, -1)
                    _add(self._sums[window], changes, 1)
                taken.cells.update(changes)
                self._taken[identity] = taken._replace(version=source.version)
        for identity, source in found.items():
            known = self._taken.get(identity)
            taken = self._taken[identity] = known or Taken(source.version, source.minute, _changes(source, None))
            for window in WINDOW_SECONDS:
                shown_before = known is not None and _shows(window, before, taken.minute)
                if _shows(window, self._last, taken.minute) and not shown_before:
                    _add(self._sums[window], taken.cells, 1)
        return {window: sums.copy() for window, sums in self._sums.items()}

    def _sources(self, parts: Iterable[Part]) -> Iterator[tuple[str, int, Part | Rollup]]:
        """What the longest window shows: kind, number of the part, and it itself."""
        for part in parts:
            if _shows("24h", self._last, part.minute):
                yield "part", part.number, part
        for rollup in self._rollups.values():
            if _shows("24h", self._last, rollup.minute):
                yield "rollup", 0, rollup


def _shows(window: Window, last: int, minute: int) -> bool:
    """True when the window whose last pane is ``last`` has the pane ``minute``."""
    return last - WINDOW_SECONDS[window] // 60 < minute <= last


def _changes(source: Part | Rollup, taken: Taken | None) -> dict[int, Tally]:
    """The cells that have changed since they were taken, all where none were, as they are now."""
    known = taken.cells if taken else {}
    if isinstance(source, Rollup):
        # A roll-up replaces the tallies that change.
        return {key: tally for key, tally in source.cells.items() if known.get(key) is not tally}
    # A version is an offset, and nobody looks between two facts of one record.
    since = taken.version if taken else NEVER
    return {key: cell.tally.copy() for key, cell in source.cells.items() if cell.version > since or key not in known}


def _add(sums: dict[int, Tally], cells: dict[int, Tally], weight: int) -> None:
    for key, tally in cells.items():
        known = sums.get(key)
        if known is None and weight > 0:
            sums[key] = tally
            continue
        rest = merged(known or {}, tally, weight)
        if rest:
            sums[key] = rest
        else:
            sums.pop(key, None)
