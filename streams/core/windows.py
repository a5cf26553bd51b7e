"""Live windows: sums over the last 5 minutes, hour and day of event time that follow their panes.

A window's *sources* are the parts in memory and the roll-ups of parts that left it. A refresh takes back the sources
that left the window or have changed and adds what came in, so that it costs what has changed and not what is shown.
"""

from collections.abc import Iterable, Iterator, Mapping
from operator import itemgetter
from typing import Final, NamedTuple

from schemas.live import WINDOW_SECONDS, Window
from streams.core.cells import Contents
from streams.core.checkpoint import encode_rollup
from streams.core.parts import MINUTE_MS, Part

QUARTER: Final = 15
"""Minutes per roll-up pane. What left memory is kept as quarter hours, so the 24-hour window moves in quarters."""

SHOWN_MINUTES: Final = WINDOW_SECONDS["1h"] // 60
"""Panes of the last hour stay in memory, so that the shorter windows move by the minute."""

KEPT_MINUTES: Final = WINDOW_SECONDS["24h"] // 60 + QUARTER
"""How far back behind the newest pane a roll-up is kept."""


class Rollup:
    """The parts of one quarter hour that left memory."""

    __slots__ = ("cells", "encoded", "version")

    def __init__(self, cells: dict[int, Contents]) -> None:
        self.cells = cells
        """By ``definition << 32 | segment``."""
        self.version = 0
        """Parts absorbed since this object was made."""
        self.encoded: bytes | None = None
        """The roll-up as the last checkpoint wrote it; None once a part has come since."""

    def absorb(self, part: Part) -> None:
        """Take over a part."""
        for key, cell in part.cells.items():
            self.cells.setdefault(key, Contents()).add(cell)
        self.version += 1
        self.encoded = None


class Source(NamedTuple):
    """Something a window sums: its first minute, and a version that changes with its cells."""

    identity: tuple[str, int, int]
    minute: int
    version: int
    cells: Mapping[int, Contents]


class Taken(NamedTuple):
    """A source as the windows have taken it: a copy, since its cells go on changing."""

    version: int
    minute: int
    cells: dict[int, Contents]


class LiveWindows:
    """The windows of one partition."""

    def __init__(self, rollups: dict[int, dict[int, Contents]]) -> None:
        """``rollups``: quarter (15-minute panes since 1970) -> cells, as a checkpoint holds them."""
        self.rollups = {quarter: Rollup(cells) for quarter, cells in rollups.items()}
        self.sums: dict[Window, dict[int, Contents]] = {window: {} for window in WINDOW_SECONDS}
        """Merged contents by cell key, as of the last `refresh`."""
        self._taken: dict[tuple[str, int, int], Taken] = {}
        self._last = 0

    def absorb(self, part: Part, newest_minute: int) -> None:
        """Take over a part that leaves memory, while the newest pane of the partition is ``newest_minute``."""
        if part.minute > newest_minute - KEPT_MINUTES:
            self.rollups.setdefault(part.minute // QUARTER, Rollup({})).absorb(part)

    def trim(self, newest_minute: int) -> None:
        """Forget roll-ups that no window of the newest pane reaches."""
        oldest = (newest_minute - KEPT_MINUTES) // QUARTER
        for quarter in [quarter for quarter in self.rollups if quarter <= oldest]:
            del self.rollups[quarter]

    def encoded(self) -> list[tuple[int, bytes]]:
        """Quarter and bytes of every roll-up, in order; only those that changed since are encoded anew."""
        result = []
        for quarter, rollup in sorted(self.rollups.items(), key=itemgetter(0)):
            if rollup.encoded is None:
                rollup.encoded = encode_rollup(quarter, rollup.cells.items())
            result.append((quarter, rollup.encoded))
        return result

    def refresh(self, parts: Iterable[Part], as_of_ms: int) -> None:
        """Bring `sums` to the windows that end with the pane of ``as_of_ms``."""
        before, self._last = self._last, as_of_ms // MINUTE_MS
        found = {source.identity: source for source in self._sources(parts)}
        for identity, taken in list(self._taken.items()):
            source = found.get(identity)
            changed = source is None or source.version != taken.version
            for window in WINDOW_SECONDS:
                if _shows(window, before, taken.minute) and (changed or not _shows(window, self._last, taken.minute)):
                    _add(self.sums[window], taken.cells, -1)
            if changed:
                del self._taken[identity]
        for identity, source in found.items():
            known = self._taken.get(identity)
            taken = known or Taken(source.version, source.minute, _copy(source.cells))
            self._taken[identity] = taken
            for window in WINDOW_SECONDS:
                shown_before = known is not None and _shows(window, before, taken.minute)
                if _shows(window, self._last, taken.minute) and not shown_before:
                    _add(self.sums[window], taken.cells, 1)

    def _sources(self, parts: Iterable[Part]) -> Iterator[Source]:
        """What the longest window shows."""
        for part in parts:
            if _shows("24h", self._last, part.minute):
                yield Source(("part", part.minute, part.number), part.minute, part.version, part.cells)
        for quarter, rollup in self.rollups.items():
            if _shows("24h", self._last, quarter * QUARTER):
                yield Source(("rollup", quarter, 0), quarter * QUARTER, rollup.version, rollup.cells)


def _shows(window: Window, last: int, minute: int) -> bool:
    """True when the window whose last pane is ``last`` has the pane ``minute``."""
    return last - WINDOW_SECONDS[window] // 60 < minute <= last


def _copy(cells: Mapping[int, Contents]) -> dict[int, Contents]:
    return {key: Contents(each.n, each.total, dict(each.buckets), dict(each.slots)) for key, each in cells.items()}


def _add(sums: dict[int, Contents], cells: Mapping[int, Contents], weight: int) -> None:
    for key, contents in cells.items():
        into = sums.get(key)
        if into is None:
            into = sums[key] = Contents()
        into.add(contents, weight)
        if weight < 0 and into.is_empty:
            del sums[key]
