"""From what was seen during a soak to its numbers: pure functions."""

from collections.abc import Iterable, Sequence
from itertools import chain, groupby, pairwise
from operator import attrgetter
from typing import Final

from tests.soak.estimators import Reach, Span, longest, percentile, silences, slope, standstills, thinned
from tests.soak.freshness import Arrival, in_calm
from tests.soak.results import Age, Checkpoints, Contrast, Freshness, Memory
from tests.soak.watch import Partition, Sight

WARM_UP_SECONDS: Final = 600.0
"""Until every memory that is bounded has reached its bound: the 24-hour window after nine minutes at base rate, cases,
responses and duplicates sooner. Memory is judged from then on."""

OWN_WARM_UP_SECONDS: Final = 120.0
"""Of a process, from when it first has the most partitions it ever has: afterwards it may hold fewer, but its memory
stays as large as it once was."""

LEAST_JUDGED_SECONDS: Final = 300.0
"""Less is too short to tell a slope from the noise."""

_STRETCH_SECONDS: Final = 10.0
_MIB: Final = 2**20


def memories(sights: Sequence[Sight]) -> tuple[Memory, ...]:
    """Of each worker process, in the order of their beginning.

    A process is judged for itself and after a warm-up of its own: what a restart has freed must not hide a leak, nor
    what it has to build up anew, or takes over from another worker, look like one.
    """
    return tuple(_memory(list(own)) for _, own in groupby(sorted(sights, key=_by_process), key=attrgetter("pid")))


def _memory(sights: Sequence[Sight]) -> Memory:
    began, ended = sights[0].look.asked, sights[-1].look.end
    judged_from = max(WARM_UP_SECONDS, _largest_share(sights) + OWN_WARM_UP_SECONDS)
    points = [(each.look.asked, each.memory / _MIB) for each in sights if each.look.asked >= judged_from]
    judged = points[-1][0] - points[0][0] if points else 0.0
    rise = slope(thinned(points, _STRETCH_SECONDS)) if judged >= LEAST_JUDGED_SECONDS else None
    sizes = [each.memory / _MIB for each in sights]
    return Memory(
        pid=sights[0].pid,
        began=began,
        ended=ended,
        first=points[0][1] if points else 0.0,
        median=percentile((y for _, y in points) if points else sizes, 0.5) or 0.0,
        most=max(sizes),
        judged=judged,
        slope=None if rise is None else rise * 60,
    )


def _largest_share(sights: Sequence[Sight]) -> float:
    """When a process had first restored as many partitions as it ever holds."""
    shares = [(_restored(each), -each.look.asked) for each in sights]
    return -max(shares)[1]


def _restored(sight: Sight) -> int:
    return sum(each.restored for each in sight.status.partitions) if sight.status else 0


def standstill(reaches: Iterable[Sequence[Reach]], disturbed: Sequence[Span]) -> Contrast:
    """The longest of any partition."""
    return _contrast(list(chain.from_iterable(map(standstills, reaches))), disturbed)


def silence(sights: Sequence[Sight], disturbed: Sequence[Span]) -> Contrast:
    """The longest of any worker's main loop."""
    processes = groupby(sorted(sights, key=_by_process), key=attrgetter("pid"))
    return _contrast([span for _, own in processes for span in silences(each.look for each in own)], disturbed)


def worst_lag(reaches: dict[Partition, list[Reach]], within: Sequence[Span]) -> int:
    """The most records published and not applied, over all partitions, at a moment within the spans."""
    moments = zip(*reaches.values(), strict=True)
    return max((_lag(each) for each in moments if Span(each[0].at, each[0].at).meets(within)), default=0)


def lag(reaches: dict[Partition, list[Reach]], disturbed: Sequence[Span]) -> Contrast:
    """The worst one while nothing was wrong, and while something was."""
    moments = list(zip(*reaches.values(), strict=True))
    calm = [_lag(each) for each in moments if not Span(each[0].at, each[0].at).meets(disturbed)]
    return Contrast(calm=max(calm, default=0), disturbed=worst_lag(reaches, disturbed))


def freshness(arrived: Sequence[Arrival], disturbed: Sequence[Span], margin: float) -> Freshness:
    """``margin``: as of `in_calm`."""
    return Freshness(calm=_age(in_calm(arrived, disturbed, margin)), all=_age(arrived))


def checkpoints(sights: Sequence[Sight]) -> Checkpoints:
    """Of all worker processes together."""
    count, size, seconds, largest, slowest = 0, 0, 0.0, 0.0, 0.0
    for _, own in groupby(sorted(sights, key=_by_process), key=attrgetter("pid")):
        statuses = [each.status for each in own if each.status is not None]
        for before, now in pairwise(statuses):
            written = now.checkpoints - before.checkpoints
            if written:
                largest = max(largest, (now.checkpoint_bytes - before.checkpoint_bytes) / written)
                slowest = max(slowest, (now.checkpoint_seconds - before.checkpoint_seconds) / written)
        if statuses:
            count += statuses[-1].checkpoints
            size += statuses[-1].checkpoint_bytes
            seconds += statuses[-1].checkpoint_seconds
    written = max(1, count)
    return Checkpoints(
        written=count,
        mean_kib=size / written / 1_024,
        mean_seconds=seconds / written,
        largest_kib=largest / 1_024,
        longest_seconds=slowest,
    )


def lost(sights: Sequence[Sight]) -> int:
    """Offsets that any worker found deleted before it had read them."""
    most: dict[tuple[int, str, int], int] = {}
    for sight in sights:
        for each in sight.status.partitions if sight.status else ():
            place = (sight.pid, each.topic, each.partition)
            most[place] = max(most.get(place, 0), each.lost_to_retention)
    return sum(most.values())


def _by_process(sight: Sight) -> tuple[int, float]:
    return sight.pid, sight.look.asked


def _contrast(found: Sequence[Span], disturbed: Sequence[Span]) -> Contrast:
    calm = [span for span in found if not span.meets(disturbed)]
    return Contrast(calm=longest(calm), disturbed=longest(span for span in found if span.meets(disturbed)))


def _lag(moment: Iterable[Reach]) -> int:
    return sum(each.published - each.applied for each in moment)


def _age(arrived: Sequence[Arrival]) -> Age:
    ages = [each.seconds for each in arrived]
    return Age(
        n=len(ages),
        p50=percentile(ages, 0.5),
        p99=percentile(ages, 0.99),
        longest=max(ages, default=None),
    )
