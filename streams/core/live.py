"""Live windows as the sinks read them, and the merging of partitions and workers."""

from collections.abc import Iterable

from schemas.dimensions import Segment
from schemas.live import CaseLoad, DeadlineLoad, LiveView, Window, WindowCell
from streams.core.cells import Contents
from streams.core.definitions import Definition


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
