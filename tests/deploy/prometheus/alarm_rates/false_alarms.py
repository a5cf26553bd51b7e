"""What alarms in a healthy year, where none should."""

from collections.abc import Iterator
from functools import cache
from typing import Final, NamedTuple

import numpy as np

from schemas.kpis import load_kpis
from schemas.live import WINDOW_SECONDS
from schemas.metrics import load_registry
from tests.deploy.prometheus.alarm_rates import healthy, rules
from tests.deploy.prometheus.alarm_rates.healthy import BEFORE, SLOT, SMALLEST, WEEK, YEAR, Kpi
from tests.deploy.prometheus.alarm_rates.rules import Looks, Window, episodes, firing

MONTHS: Final = YEAR / (365.25 * 24 * 60 / 12)

CONTACTS: Final = float(healthy.team_sizes().sum())
"""An hour, of all teams together."""

_ANSWERS: Final = 0.3
"""To surveys, per contact."""
_INVITED: Final = 0.7
_COMPLAINTS: Final = 0.05


class Rate(NamedTuple):
    """How often one alert comes in a month, of all teams together."""

    alert: str
    about: str
    urgency: str
    healthy: float
    at_target: float | None = None
    """While all teams are just as good as the target, at all times; None where there is no target."""


def kpis() -> Iterator[Kpi]:
    """Those of the registry that have an alarm."""
    for kpi in load_kpis(load_registry()).values():
        entry, target = kpi.entry, kpi.goal if kpi.floor is None else kpi.floor
        if entry.alarm and entry.window and target is not None:
            minutes = WINDOW_SECONDS[entry.window] // 60
            facts = _ANSWERS if entry.metric == "csat" else 1.0
            yield Kpi(entry.id, target, entry.better, kpi.minimum_n, minutes, entry.alarm, facts)


@cache
def rates() -> tuple[Rate, ...]:
    """Of every alert about a statistic; stages are as many and as large as teams. A minute."""
    return tuple(_rates())


def of_waits(forgotten: float) -> tuple[float, float]:
    """CxWaitTooLong and CxCustomerForgotten, when that part of the customers is forgotten."""
    pages = tickets = 0
    for waits in healthy.waits_of_teams(forgotten):
        pages += _episodes("CxWaitTooLong", rules.waits_too_long(*waits))
        tickets += _episodes("CxCustomerForgotten", rules.forgotten(waits.oldest_seconds))
    months = MONTHS * healthy.QUARTER / YEAR
    return pages / months, tickets / months


def _rates() -> Iterator[Rate]:
    told: dict[Kpi, tuple[float, float, float]] = {}
    for kpi in kpis():
        alike = kpi._replace(name="", urgency="")  # of which the numbers are the same, since the seed is
        if alike not in told:
            told[alike] = _of_kpi(kpi)
        missed, at_target, dropped = told[alike]
        yield Rate("CxKpiMissed", kpi.name, kpi.urgency, missed, at_target)
        yield Rate("CxKpiDropped", kpi.name, "ticket", dropped)
        if kpi.name == "satisfaction":
            yield Rate("CxStageDived", kpi.name, "ticket", dropped)
    yield Rate("CxServiceUneven", "first_response", "ticket", _of_spreads())
    yield Rate("CxResponseRateDropped", "all invitations", "ticket", _of_responses())
    for per_hour in (SMALLEST, CONTACTS * _COMPLAINTS):
        yield Rate("CxComplaintSurge", f"{per_hour:.0f} complaints an hour", "ticket", _of_complaints(per_hour))


def _of_kpi(kpi: Kpi) -> tuple[float, float, float]:
    """CxKpiMissed, the same while all teams are just as good as the target, CxKpiDropped."""
    missed = dropped = 0
    for window in healthy.windows_of_teams(kpi):
        missed += _missed(kpi, window)
        condition = rules.dropped(*_now_and_then(window), kpi.better, kpi.minimum_n)
        dropped += _episodes("CxKpiDropped", condition)
    at_target = sum(_missed(kpi, window) for window in healthy.windows_of_teams(kpi, at_target=True))
    return missed / MONTHS, at_target / MONTHS, dropped / MONTHS


def _of_spreads() -> float:
    slots, week = BEFORE // SLOT, WEEK // SLOT
    alarms = 0
    for window in healthy.lengths_of_teams():
        condition = rules.uneven(window.at(slice(slots, None)), window.at(slice(slots - week, -week)))
        alarms += episodes(firing("CxServiceUneven", condition, SLOT))
    return alarms / MONTHS


def _of_responses() -> float:
    window = healthy.invited_and_answered(CONTACTS * _INVITED)
    return _episodes("CxResponseRateDropped", rules.fewer_answer(*_now_and_then(window))) / MONTHS


def _of_complaints(per_hour: float) -> float:
    hour = rules.rolling(healthy.complaints(per_hour), 60)
    expected = np.maximum(hour[BEFORE - WEEK : -WEEK], hour[BEFORE - 2 * WEEK : -2 * WEEK]).astype(float)
    return _episodes("CxComplaintSurge", rules.surging(hour[BEFORE:], expected)) / MONTHS


def _missed(kpi: Kpi, window: Window) -> int:
    return _episodes("CxKpiMissed", rules.missed(window.at(slice(BEFORE, None)), kpi.target, kpi.better, kpi.minimum_n))


def _now_and_then(window: Window) -> tuple[Window, Window]:
    """The year, and each of its minutes a week earlier."""
    return window.at(slice(BEFORE, None)), window.at(slice(BEFORE - WEEK, -WEEK))


def _episodes(alert: str, condition: Looks) -> int:
    return episodes(firing(alert, condition))
