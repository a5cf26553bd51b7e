"""Importance-performance analysis: what to improve first (Martilla and James 1977; domain.md 4.4, ipa)."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from streams.statistics.estimates import Estimate

Quadrant = Literal["keep up", "concentrate here", "possible overkill", "low priority"]


class Attribute(NamedTuple):
    """What customers make of one thing: mean codes of its importance to them, and of how well it is done."""

    importance: Estimate
    performance: Estimate


class Cross(NamedTuple):
    """Where the quadrants meet: the grand means, which are the means of the attributes' means."""

    importance: float
    performance: float


def cross_of(attributes: Sequence[Attribute]) -> Cross | None:
    """The grand means of the attributes that have both; None of fewer than two, which nothing would divide."""
    both = [
        (attribute.importance.value, attribute.performance.value)
        for attribute in attributes
        if attribute.importance.value is not None and attribute.performance.value is not None
    ]
    if len(both) < 2:
        return None
    importance, performance = (sum(values) / len(both) for values in zip(*both, strict=True))
    return Cross(importance, performance)


def quadrant(attribute: Attribute, cross: Cross, higher_is_better: bool = True) -> Quadrant | None:
    """Where the attribute lies; what is exactly on a line counts as high. None where one of the means is not known.

    ``higher_is_better``: whether a high code of the performance is the good one.
    """
    importance, performance = attribute.importance.value, attribute.performance.value
    if importance is None or performance is None:
        return None
    does_well = performance >= cross.performance if higher_is_better else performance <= cross.performance
    if importance >= cross.importance:
        return "keep up" if does_well else "concentrate here"
    return "possible overkill" if does_well else "low priority"


def is_clear(attribute: Attribute, cross: Cross) -> bool:
    """Whether chance is unlikely to have moved it over a line: neither 95 % interval holds its grand mean."""
    return _is_off(attribute.importance, cross.importance) and _is_off(attribute.performance, cross.performance)


def _is_off(estimate: Estimate, line: float) -> bool:
    return estimate.low is not None and estimate.high is not None and not estimate.low <= line <= estimate.high
