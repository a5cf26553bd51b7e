"""Live windows as the sinks read them, and the merging of partitions and workers."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from schemas.dimensions import Segment
from schemas.live import CaseLoad, DeadlineLoad, LiveView, Window, WindowCell
from streams.core.case_load import CaseLoads
from streams.core.cells import Tally, read
from streams.core.deadline_load import DeadlineLoads
from streams.core.definitions import Definition


class Look(NamedTuple):
    """The live windows, open cases and pending deadlines of one partition at one moment.

    Nothing in it changes but by growing, so that another thread may read it while events are applied.
    """

    as_of: int
    """The moment the windows end, ms since 1970."""
    windows: dict[Window, dict[int, Tally]]
    """By cell key."""
    loads: CaseLoads
    deadlines: DeadlineLoads
    definitions: Sequence[Definition]
    segments: Sequence[Segment]

    def view(self) -> LiveView:
        """As the sinks read it: by names instead of numbers."""
        loads = self.loads.by_segment().items()
        cases = tuple(CaseLoad(self.segments[number], *load) for number, load in loads)
        pending = self.deadlines.as_of(self.as_of, self.segments)
        return LiveView(self.as_of, tuple(self._windows()), cases, pending)

    def _windows(self) -> Iterator[WindowCell]:
        for window, tallies in self.windows.items():
            for key, tally in tallies.items():
                definition, segment = self.definitions[key >> 32], self.segments[key & 0xFFFF_FFFF]
                reading = read(tally, definition)
                yield WindowCell(window, definition.metric, definition.definition, segment, *reading)


def merge_live(views: Iterable[LiveView]) -> LiveView:
    """One view over the partitions or workers of ``views``: contents and loads added, the latest ``as_of``."""
    windows: dict[tuple[object, ...], WindowCell] = {}
    cases: dict[Segment, CaseLoad] = {}
    deadlines: dict[tuple[str, Segment], DeadlineLoad] = {}
    as_of = 0
    for view in views:
        as_of = max(as_of, view.as_of)
        for cell in view.windows:
            key = cell[:4]
            windows[key] = _add_cells(windows[key], cell) if key in windows else cell
        for load in view.cases:
            known = cases.get(load.segment)
            cases[load.segment] = known.plus(load) if known else load
        for pending in view.deadlines:
            before = deadlines.get(pending[:2])
            deadlines[pending[:2]] = before.plus(pending) if before else pending
    return LiveView(as_of, tuple(windows.values()), tuple(cases.values()), tuple(deadlines.values()))


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
