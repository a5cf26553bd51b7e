"""The guard on cardinality: at most so many segments are shown one by one, the rest together."""

from collections import Counter
from collections.abc import Iterable

from schemas.dimensions import NO_SEGMENT, OTHER, Segment
from schemas.live import CaseLoad, DeadlineKind, DeadlineLoad, LiveView, OpenAges, WindowCell


class SegmentCap:
    """Admits the first `limit` segments for as long as they have data; later ones wait for a free place.

    Admission is by largest n at the first sight, not at every scrape: a series that comes and goes with the
    ranking would look like missing data.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._admitted: set[Segment] = set()
        self.folded = 0
        """Segments of the last view that are shown as `OTHER`."""

    def apply(self, view: LiveView) -> LiveView:
        """The view with the segments that are not admitted added into one, whose kept dimensions read `OTHER`."""
        sizes = _sizes(view)
        self._admitted &= sizes.keys()
        newcomers = sorted(sizes.keys() - self._admitted, key=lambda segment: (-sizes[segment], segment))
        self._admitted.update(newcomers[: self._limit - len(self._admitted)])
        self.folded = len(sizes) - len(self._admitted)
        if not self.folded:
            return view
        rest = tuple(OTHER if any(values) else "" for values in zip(*sizes, strict=True)) or NO_SEGMENT
        shown = (cell if cell.segment in self._admitted else cell._replace(segment=rest) for cell in view.windows)
        return view._replace(
            windows=merged(shown),
            cases=self._fold_cases(view.cases, rest),
            deadlines=self._fold_deadlines(view.deadlines, rest),
            ages=self._fold_ages(view.ages, rest),
        )

    def _fold_cases(self, loads: tuple[CaseLoad, ...], rest: Segment) -> tuple[CaseLoad, ...]:
        folded: dict[Segment, CaseLoad] = {}
        for load in loads:
            shown = load if load.segment in self._admitted else load._replace(segment=rest)
            before = folded.get(shown.segment)
            folded[shown.segment] = before.plus(shown) if before else shown
        return tuple(folded.values())

    def _fold_deadlines(self, loads: tuple[DeadlineLoad, ...], rest: Segment) -> tuple[DeadlineLoad, ...]:
        folded: dict[tuple[DeadlineKind, Segment], DeadlineLoad] = {}
        for load in loads:
            shown = load if load.segment in self._admitted else load._replace(segment=rest)
            before = folded.get((shown.kind, shown.segment))
            folded[shown.kind, shown.segment] = before.plus(shown) if before else shown
        return tuple(folded.values())

    def _fold_ages(self, ages: tuple[OpenAges, ...], rest: Segment) -> tuple[OpenAges, ...]:
        folded: dict[tuple[str, Segment], OpenAges] = {}
        for each in ages:
            shown = each if each.segment in self._admitted else each._replace(segment=rest)
            before = folded.get(shown[:2])
            folded[shown[:2]] = before.plus(shown) if before else shown
        return tuple(folded.values())


def merged(cells: Iterable[WindowCell]) -> tuple[WindowCell, ...]:
    """The cells, those of one window, metric, definition and segment added up."""
    sums: dict[tuple[str, ...], WindowCell] = {}
    for cell in cells:
        key = (cell.window, cell.metric, cell.definition, *cell.segment)
        sums[key] = _added(sums[key], cell) if key in sums else cell
    return tuple(sums.values())


def _sizes(view: LiveView) -> Counter[Segment]:
    sizes: Counter[Segment] = Counter()
    for cell in view.windows:
        sizes[cell.segment] += cell.n
    for load in view.cases:
        sizes[load.segment] += load.open
    for deadline in view.deadlines:
        sizes[deadline.segment] += deadline.pending
    return sizes


def _added(one: WindowCell, other: WindowCell) -> WindowCell:
    return one._replace(
        n=one.n + other.n,
        total=one.total + other.total,
        buckets=_sum(one.buckets, other.buckets),
        within=_sum(one.within, other.within),
    )


def _sum(one: dict[int, int], other: dict[int, int]) -> dict[int, int]:
    return {key: one.get(key, 0) + other.get(key, 0) for key in one.keys() | other.keys()}
