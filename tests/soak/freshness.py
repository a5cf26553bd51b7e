"""How old an event is when its row is in ClickHouse, and when it is in a scraped gauge."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from tests.soak.estimators import Span
from tests.soak.publication import Probe
from tests.soak.watch import Sighting


class Arrival(NamedTuple):
    """A probe, and when it was seen for the first time."""

    probe: Probe
    at: float | None
    """Seconds since the soak began; None: never."""

    @property
    def seconds(self) -> float:
        """From its Kafka timestamp until it was seen."""
        return float("inf") if self.at is None else self.at - self.probe.sent


def arrivals(probes: Iterable[Probe], sightings: Sequence[Sighting], mark: Callable[[Probe], int]) -> list[Arrival]:
    """When each probe was first seen: from then on what was reached is not below its mark."""
    by_team = groupby(sorted(probes, key=attrgetter("team", "offset")), key=attrgetter("team"))
    return [each for team, own in by_team for each in _arrivals_of(list(own), team, sightings, mark)]


def in_calm(arrived: Iterable[Arrival], disturbed: Sequence[Span], margin: float) -> list[Arrival]:
    """Those sent while nothing was wrong, and long enough before something was, to have arrived within ``margin``.

    It is not asked when they did arrive: those that took too long would be the ones left out.
    """
    return [each for each in arrived if not Span(each.probe.sent, each.probe.sent + margin).meets(disturbed)]


def _arrivals_of(
    probes: list[Probe], team: str, sightings: Sequence[Sighting], mark: Callable[[Probe], int]
) -> Iterator[Arrival]:
    seen = ((each.at, reached) for each in sightings if (reached := each.reached.get(team)) is not None)
    at, reached = next(seen, (None, 0))
    for probe in probes:
        while at is not None and (reached < mark(probe) or at < probe.sent):
            at, reached = next(seen, (None, 0))
        yield Arrival(probe, at)
