"""Everything that was seen during a soak, as its results."""

from collections.abc import Sequence
from operator import attrgetter
from statistics import fmean
from typing import Final, NamedTuple

from tests.faults.system import Contents
from tests.soak import measuring
from tests.soak.bars import FRESH_SECONDS, bars
from tests.soak.freshness import Arrival, arrivals
from tests.soak.publication import Probe, ProbingPublication
from tests.soak.results import Events, Fault, Results, Rows, Setup
from tests.soak.trouble import Trouble
from tests.soak.watch import Watch

_NOT_REASONS: Final = ("accepted", "duplicates", "late")


class Seen(NamedTuple):
    """All there is to say something about."""

    watch: Watch
    publication: ProbingPublication
    troubles: tuple[Trouble, ...]
    deaths: tuple[str, ...]
    restarts: int
    rows: int
    contents: Contents
    undisturbed: Contents


def summary(setup: Setup, seen: Seen) -> Results:
    """``setup`` is told what the load was."""
    watch = seen.watch
    disturbed = [each.span for each in seen.troubles]
    events, rows = _events(seen), _rows(seen)
    faults = tuple(_fault(each, watch) for each in seen.troubles)
    memory = measuring.memories(watch.sights)
    row_freshness, gauge_freshness = (
        measuring.freshness(each, disturbed, FRESH_SECONDS) for each in arrived(watch, seen.publication.probes)
    )
    return Results(
        setup=setup,
        bars=bars(
            setup.minutes, events, rows, memory, row_freshness, gauge_freshness, faults, seen.deaths, watch.blindness
        ),
        events=events,
        rows=rows,
        row_freshness=row_freshness,
        gauge_freshness=gauge_freshness,
        standstill=measuring.standstill(watch.reaches.values(), disturbed),
        silence=measuring.silence(watch.sights, disturbed),
        worst_lag=measuring.lag(watch.reaches, disturbed),
        memory=memory,
        checkpoints=measuring.checkpoints(watch.sights),
        load=fmean(watch.loads),
        restarts=seen.restarts,
        deaths=seen.deaths,
        faults=faults,
    )


def arrived(watch: Watch, probes: Sequence[Probe]) -> tuple[list[Arrival], list[Arrival]]:
    """When each probe was first seen in a row, and when in a gauge."""
    return (
        arrivals(probes, watch.rows, attrgetter("offset")),
        arrivals(probes, watch.gauges, attrgetter("event_ms")),
    )


def _events(seen: Seen) -> Events:
    counts, publication = seen.contents.counts, seen.publication
    return Events(
        sent=publication.sent,
        acknowledged=publication.confirmed,
        in_logs=sum(publication.ends.values()),
        accepted=counts["accepted"],
        duplicates=counts["duplicates"],
        late=counts["late"],
        rejected={name: count for name, count in sorted(counts.items()) if name not in _NOT_REASONS},
        lost=measuring.lost(seen.watch.sights),
    )


def _rows(seen: Seen) -> Rows:
    return Rows(
        rows=seen.rows,
        cells=seen.contents.digest.cells,
        digest=seen.contents.digest.sha256,
        undisturbed_digest=seen.undisturbed.digest.sha256,
        counts_equal=seen.contents.counts == seen.undisturbed.counts,
    )


def _fault(trouble: Trouble, watch: Watch) -> Fault:
    return Fault(
        name=trouble.name,
        at=trouble.span.start,
        lasted=trouble.healed - trouble.span.start,
        recovered=None if trouble.failure else trouble.span.end - trouble.healed,
        worst_lag=measuring.worst_lag(watch.reaches, [trouble.span]),
        failure=trouble.failure,
    )
