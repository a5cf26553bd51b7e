"""What simulated customers answer: worse the longer they waited, sometimes revised, rarely withdrawn."""

import math
from collections.abc import Iterator
from random import Random

from deploy.local.simulator.happening import Happening, Value

_ANSWERED = 0.45
_EFFORT_TOO = 0.5
_REVISED = 0.03
_WITHDRAWN = 0.01
_PATIENCE_SECONDS = 15.0
"""A wait this long costs one step of patience, three times as long two, seven times as long three."""


def case_survey(
    random: Random, resolved: float, response: str, case: str, place: dict[str, Value], wait: float
) -> Iterator[Happening]:
    """Satisfaction with a case and, of some customers, the effort it took."""
    asks: dict[str, Value] = {**place, "case_id": case}
    yield from _survey(random, resolved, response, asks, "csat", _satisfaction(random, wait))
    if random.random() < _EFFORT_TOO:
        yield from _survey(random, resolved, f"{response}-effort", asks, "ces", _ease(random, wait))


def relationship_survey(
    random: Random, resolved: float, response: str, place: dict[str, Value], wait: float
) -> Iterator[Happening]:
    """Willingness to recommend."""
    yield from _survey(random, resolved, response, place, "nps", _recommendation(random, wait))


def _survey(
    random: Random, resolved: float, response: str, place: dict[str, Value], metric: str, score: int
) -> Iterator[Happening]:
    invited = resolved + random.uniform(0.5, 2)
    yield Happening(invited, "cx.survey.invited.v1", response, {**place, "metric": metric})
    if random.random() >= _ANSWERED:
        return
    answered = invited + random.uniform(2, 30)
    answer: dict[str, Value] = {**place, "metric": metric, "score": score}
    yield Happening(answered, "cx.survey.answered.v1", response, answer)
    revision = 0
    if random.random() < _REVISED:
        revision, answered = 1, answered + random.uniform(3, 20)
        revised = {**answer, "score": max(1, score - 1), "revision": revision}
        yield Happening(answered, "cx.survey.answered.v1", response, revised)
    if random.random() < _WITHDRAWN:
        withdrawn = answered + random.uniform(3, 20)
        yield Happening(withdrawn, "cx.survey.withdrawn.v1", response, {**place, "revision": revision})


def _satisfaction(random: Random, wait: float) -> int:
    return _code(random.gauss(4.6 - 0.8 * _lost_patience(wait), 0.8), 1, 5)


def _ease(random: Random, wait: float) -> int:
    return _code(random.gauss(5.9 - 0.9 * _lost_patience(wait), 1.1), 1, 7)


def _recommendation(random: Random, wait: float) -> int:
    return _code(random.gauss(9.0 - 1.8 * _lost_patience(wait), 1.6), 0, 10)


def _lost_patience(wait: float) -> float:
    return math.log2(1 + wait / _PATIENCE_SECONDS)


def _code(opinion: float, low: int, high: int) -> int:
    return min(max(round(opinion), low), high)
