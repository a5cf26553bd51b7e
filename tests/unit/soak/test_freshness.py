"""The ages of probes when they are first seen."""

from operator import attrgetter

from tests.soak.estimators import Span
from tests.soak.freshness import Arrival, arrivals, in_calm
from tests.soak.publication import Probe
from tests.soak.watch import Sighting

OFFSET = attrgetter("offset")


def probe(offset: int, sent: float, team: str = "a") -> Probe:
    return Probe(team, event_ms=offset * 1_000, offset=offset, sent=sent)


def test_a_probe_arrives_with_the_first_sighting_that_reaches_it() -> None:
    sightings = [Sighting(1, {"a": 3}), Sighting(2, {"a": 9}), Sighting(3, {"a": 10}), Sighting(4, {"a": 30})]
    seen = arrivals([probe(10, 0.5), probe(20, 1.5), probe(30, 3.5)], sightings, OFFSET)
    assert [(each.at, each.seconds) for each in seen] == [(3, 2.5), (4, 2.5), (4, 0.5)]


def test_teams_are_told_apart() -> None:
    sightings = [Sighting(1, {"a": 10}), Sighting(2, {"b": 10}), Sighting(3, {})]
    seen = arrivals([probe(10, 0, "b"), probe(10, 0, "a")], sightings, OFFSET)
    assert {each.probe.team: each.at for each in seen} == {"a": 1, "b": 2}


def test_what_was_reached_may_fall_back_after_a_restore() -> None:
    sightings = [Sighting(1, {"a": 10}), Sighting(2, {"a": 5}), Sighting(3, {"a": 20})]
    seen = arrivals([probe(10, 0), probe(20, 0)], sightings, OFFSET)
    assert [each.at for each in seen] == [1, 3]


def test_a_probe_that_nobody_saw_is_infinitely_old() -> None:
    (lost,) = arrivals([probe(10, 0)], [Sighting(1, {"a": 9})], OFFSET)
    assert (lost.at, lost.seconds) == (None, float("inf"))


def test_calm_is_judged_by_when_a_probe_was_sent_not_by_when_it_arrived() -> None:
    outages = [Span(100, 120)]
    slow = Arrival(probe(1, 50), 110)
    into_the_outage = Arrival(probe(2, 96), 97)
    during = Arrival(probe(3, 110), 111)
    after = Arrival(probe(4, 120), 121)
    assert in_calm([slow, into_the_outage, during, after], outages, margin=5) == [slow, after]
