"""Live windows as the sinks read them, and the merging of partitions and workers."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Final, Generic, NamedTuple, TypeVar

from schemas.buckets import BOUNDS, LAST_BUCKET
from schemas.dimensions import Segment
from schemas.live import AgedMetric, CaseLoad, DeadlineLoad, LiveView, OpenAges, Waiting, Window, WindowCell
from streams.core.case_load import CaseLoads
from streams.core.cells import Tally, merged, read
from streams.core.deadline_load import DeadlineLoads
from streams.core.deadlines import KINDS, NONE
from streams.core.definitions import Definition

Named = TypeVar("Named")

_BUCKET_BITS: Final = len(BOUNDS).bit_length()
_BUCKET_MASK: Final = (1 << _BUCKET_BITS) - 1


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
        return view_of([self])

    def present(self) -> tuple[tuple[CaseLoad, ...], tuple[DeadlineLoad, ...]]:
        """Open cases and pending deadlines, by names instead of numbers."""
        loads = self.loads.by_segment().items()
        cases = tuple(CaseLoad(self.segments[number], *load) for number, load in loads)
        return cases, self.deadlines.as_of(self.as_of, self.segments)

    def ages(self) -> Iterator[OpenAges]:
        """How long those have waited who wait now."""
        as_of = self.as_of
        buckets: defaultdict[tuple[AgedMetric, int], Counter[int]] = defaultdict(Counter)
        for metrics, since in chain(self.loads.since(), self.deadlines.since()):
            # A hundred thousand may wait: one number each, counted in C.
            keys = (number << _BUCKET_BITS | bisect_left(BOUNDS, as_of - began) for began, number in since)
            for key, count in Counter(keys).items():
                for metric in metrics:
                    buckets[metric, key >> _BUCKET_BITS][min(key & _BUCKET_MASK, LAST_BUCKET)] += count
        for (metric, segment), found in buckets.items():
            yield OpenAges(metric, self.segments[segment], dict(found))

    def waiting(self) -> Iterator[Waiting]:
        """Whoever waits in this partition, and for what; in no order."""
        for case_id, since, segment in self.loads.waiting():
            yield Waiting("case", case_id, since, None, self.segments[segment])
        for subject, each in self.deadlines.pending():
            due = None if each.due == NONE else each.due
            yield Waiting(KINDS[each.kind], subject, each.since, due, self.segments[each.segment])


def view_of(looks: Sequence[Look], with_ages: bool = True) -> LiveView:
    """One view over the partitions of ``looks``: contents and loads added, the latest ``as_of``.

    ``with_ages``: also how long those have waited who wait, which takes long where many do.

    Tallies are added before they are read, under numbers that all partitions share: of six partitions with the same
    segments that is a fifth of the work.
    """
    shared = _Shared()
    sums: dict[Window, dict[int, Tally]] = {}
    for look in looks:
        numbers = [shared.segments.number(segment) for segment in look.segments]
        definitions = [shared.definitions.number(definition) << 32 for definition in look.definitions]
        for window, tallies in look.windows.items():
            known = sums.setdefault(window, {})
            for key, tally in tallies.items():
                same = definitions[key >> 32] | numbers[key & 0xFFFF_FFFF]
                known[same] = merged(known[same], tally) if same in known else tally
    cells = tuple(
        WindowCell(window, definition.metric, definition.definition, segment, *read(tally, definition))
        for window, tallies in sums.items()
        for key, tally in tallies.items()
        for definition, segment in (shared.of(key),)
        if definition.kind != "reference"
    )
    loads = [LiveView(look.as_of, (), *look.present(), tuple(look.ages()) if with_ages else ()) for look in looks]
    return merge_live(loads)._replace(windows=cells)


class _Numbers(Generic[Named]):
    """Numbers of what several partitions name alike."""

    def __init__(self) -> None:
        self.known: list[Named] = []
        self._numbers: dict[Named, int] = {}

    def number(self, named: Named) -> int:
        number = self._numbers.get(named)
        if number is None:
            number = self._numbers[named] = len(self.known)
            self.known.append(named)
        return number


class _Shared:
    """Definitions and segments of several partitions, under numbers of their own."""

    def __init__(self) -> None:
        self.definitions: _Numbers[Definition] = _Numbers()
        self.segments: _Numbers[Segment] = _Numbers()

    def of(self, key: int) -> tuple[Definition, Segment]:
        return self.definitions.known[key >> 32], self.segments.known[key & 0xFFFF_FFFF]


def merge_live(views: Iterable[LiveView]) -> LiveView:
    """One view over the workers of ``views``: contents and loads added, the latest ``as_of``."""
    windows: dict[tuple[object, ...], WindowCell] = {}
    cases: dict[Segment, CaseLoad] = {}
    deadlines: dict[tuple[str, Segment], DeadlineLoad] = {}
    ages: dict[tuple[str, Segment], OpenAges] = {}
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
        for open_ages in view.ages:
            others = ages.get(open_ages[:2])
            ages[open_ages[:2]] = others.plus(open_ages) if others else open_ages
    return LiveView(
        as_of, tuple(windows.values()), tuple(cases.values()), tuple(deadlines.values()), tuple(ages.values())
    )


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
