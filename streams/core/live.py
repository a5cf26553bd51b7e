"""Live windows: the last 5 minutes, hour and day of event time, from the parts in memory."""

from collections.abc import Iterable, Mapping
from typing import Final

from schemas.dimensions import Segment
from schemas.live import WINDOW_SECONDS, CaseLoad, LiveView, Window, WindowCell
from streams.core.cells import Contents
from streams.core.definitions import Definition
from streams.core.parts import MINUTE_MS, Part

QUARTER: Final = 15
"""Minutes per roll-up pane. What left memory is kept as quarter hours, so the 24-hour window moves in quarters."""

KEPT_MINUTES: Final = WINDOW_SECONDS["24h"] // 60 + QUARTER
"""How far back behind the newest pane a roll-up is kept."""


class LiveWindows:
    """The parts that left memory, rolled up as far as a live window may still show them."""

    def __init__(self, rollups: dict[int, dict[int, Contents]]) -> None:
        self.rollups = rollups
        """Quarter (15-minute panes since 1970) -> ``definition << 32 | segment`` -> contents."""

    def absorb(self, part: Part, newest_minute: int) -> None:
        """Take over a part that leaves memory, while the newest pane of the partition is ``newest_minute``."""
        if part.minute <= newest_minute - KEPT_MINUTES:
            return
        rollup = self.rollups.setdefault(part.minute // QUARTER, {})
        for key, cell in part.cells.items():
            rollup.setdefault(key, Contents()).add(cell)

    def trim(self, newest_minute: int) -> None:
        """Forget roll-ups that no window of the newest pane reaches."""
        oldest = (newest_minute - KEPT_MINUTES) // QUARTER
        for quarter in [quarter for quarter in self.rollups if quarter <= oldest]:
            del self.rollups[quarter]

    def window(self, window: Window, parts: Iterable[Part], as_of_ms: int) -> dict[int, Contents]:
        """Merged contents by cell key over the panes of the window that ends with the pane of ``as_of_ms``."""
        last = as_of_ms // MINUTE_MS
        first = last - WINDOW_SECONDS[window] // 60
        merged: dict[int, Contents] = {}
        chosen: list[Mapping[int, Contents]] = [part.cells for part in parts if first < part.minute <= last]
        rolled: list[Mapping[int, Contents]] = [
            cells for quarter, cells in self.rollups.items() if first < quarter * QUARTER <= last
        ]
        for cells in chosen + rolled:
            for key, contents in cells.items():
                into = merged.get(key)
                if into is None:
                    into = merged[key] = Contents()
                into.add(contents)
        return merged


def window_cell(window: Window, definition: Definition, segment: Segment, contents: Contents) -> WindowCell:
    """The contents as the sinks read them."""
    return WindowCell(
        window,
        definition.metric,
        definition.definition,
        segment,
        contents.n,
        contents.total,
        contents.nonzero_buckets(),
        contents.within(definition.targets_ms),
    )


def merge_live(views: Iterable[LiveView]) -> LiveView:
    """One view over the partitions or workers of ``views``: contents and loads added, the latest ``as_of``."""
    windows: dict[tuple[object, ...], WindowCell] = {}
    cases: dict[Segment, CaseLoad] = {}
    as_of = 0
    for view in views:
        as_of = max(as_of, view.as_of)
        for cell in view.windows:
            key = cell[:4]
            windows[key] = _add_cells(windows[key], cell) if key in windows else cell
        for load in view.cases:
            known = cases.get(load.segment)
            cases[load.segment] = _add_loads(known, load) if known else load
    return LiveView(as_of, tuple(windows.values()), tuple(cases.values()))


def _add_cells(one: WindowCell, other: WindowCell) -> WindowCell:
    return WindowCell(
        *one[:4],
        one.n + other.n,
        one.total + other.total,
        _add_counts(one.buckets, other.buckets),
        _add_counts(one.within, other.within),
    )


def _add_counts(one: dict[int, int], other: dict[int, int]) -> dict[int, int]:
    return {key: one.get(key, 0) + other.get(key, 0) for key in sorted(one.keys() | other.keys())}


def _add_loads(one: CaseLoad, other: CaseLoad) -> CaseLoad:
    since = [each.oldest_wait_since for each in (one, other) if each.oldest_wait_since is not None]
    return CaseLoad(one.segment, one.open + other.open, one.waiting + other.waiting, min(since, default=None))
