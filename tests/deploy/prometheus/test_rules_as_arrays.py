"""The rules that simulated years are judged by fire when Prometheus' own engine does."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from tests.deploy.prometheus.alarm_rates import rules
from tests.deploy.prometheus.alarm_rates.healthy import WEEK, bounds_of
from tests.deploy.prometheus.alarm_rates.healthy import lengths as drawn
from tests.deploy.prometheus.alarm_rates.rules import Counts, Lengths, Looks, Window, firing, rolling
from tests.deploy.prometheus.promtool import alerts_are, series, verify

pytestmark = pytest.mark.prometheus

HOURS: Final = 9
"""Of each stretch, in three parts."""
FACTS: Final = 6_000
"""An hour: so many that differences which are too small to alarm are clear of chance."""

EVERY: Final = 4
"""Minutes between two looks where weeks are compared: to look each minute would take promtool minutes."""

TOLERANCE: Final = 3
"""Looks. Groups of rules read what others recorded an evaluation before, up to three in a row: so near a change either
may be."""

LABELS: Final = {"job": "cxstream", "instance": "a"}
RATIO: Final = {"team": "blue", "metric": "service_level", "definition": "ratio.v1", "window": "1h"}
STAGE: Final = {"journey": "order", "stage": "pay", "metric": "csat", "definition": "csat5.v1", "window": "24h"}
INVITED: Final = {"team": "blue", "metric": "response_rate", "definition": "ratio.v1", "window": "24h"}
ANSWERED: Final = {"team": "blue", "metric": "first_response", "definition": "duration.v1", "window": "24h"}
OPENED: Final = {"metric": "cases_opened", "definition": "count.v1", "kind": "complaint"}


def facts(*shares: float) -> Window:
    """A window of an hour, minute by minute; the true share changes twice."""
    random = np.random.default_rng(11)
    truth = np.repeat(shares, HOURS // 3 * 60)
    n = random.poisson(FACTS / 60, len(truth))
    return Window(rolling(random.binomial(n, truth), 60), rolling(n, 60))


def counted(*per_hour: float) -> Counts:
    random = np.random.default_rng(13)
    return rolling(random.poisson(np.repeat(per_hour, HOURS // 3 * 60) / 60), 60)


def lengths(*spreads: float) -> Lengths:
    """Of an hour, minute by minute; the spread of their logarithms changes twice."""
    random = np.random.default_rng(17)
    spread = np.repeat(spreads, HOURS // 3 * 60)
    bounds = bounds_of("first_response")
    n = random.poisson(FACTS / 60, len(spread))
    return Lengths(rolling(drawn(random, n, np.full(len(n), 3.0), spread, bounds), 60), bounds)


def within(labels: dict[str, str], *weeks: Lengths) -> Iterator[dict[str, str]]:
    for place, bound in enumerate(weeks[0].bounds):
        of = labels | {"le": "+Inf" if np.isinf(bound) else repr(float(bound))}
        yield given("cx_window_duration_seconds_bucket", of, *(week.within[place] for week in weeks))


def outcomes(labels: dict[str, str], *weeks: Window) -> Iterator[dict[str, str]]:
    yield given("cx_window_outcomes", labels | {"outcome": "yes"}, *(week.good for week in weeks))
    yield given("cx_window_outcomes", labels | {"outcome": "no"}, *(week.n - week.good for week in weeks))


def responses(labels: dict[str, str], *weeks: Window) -> Iterator[dict[str, str]]:
    yield given("cx_window_responses", labels | {"bucket": "satisfied"}, *(week.good for week in weeks))
    yield given("cx_window_responses", labels | {"bucket": "dissatisfied"}, *(week.n - week.good for week in weeks))


def given(name: str, labels: dict[str, str], *weeks: Counts) -> dict[str, str]:
    """One series: minute by minute, or of several weeks every fourth, and nothing between them."""
    step = EVERY if len(weeks) > 1 else 1
    gap = ["_"] * ((WEEK - HOURS * 60) // step)
    values = [word for week in weeks for word in (*map(str, week[::step]), *gap)]
    return series(name, LABELS | labels, " ".join(values[: len(values) - len(gap)]))


def looks_at(alert: str, fires: Looks, begin: int = 0, every: int = 1) -> Iterator[dict[str, Any]]:
    """A case for each look that is clear of a change; what changes does so at least twice."""
    changes = np.flatnonzero(fires[1:] != fires[:-1])
    assert len(changes) >= 2
    for look in range(TOLERANCE, len(fires)):
        if np.abs(changes - look).min() > TOLERANCE:
            yield alerts_are(alert, begin + look * every, firing=bool(fires[look]))


def test_minute_by_minute_where_nothing_is_compared(tmp_path: Path) -> None:
    share = facts(0.9, 0.6, 0.9)
    # Of 240 who were answered in the last hour a quarter of an hour's are 60: at first the longest waits alone.
    minute = np.arange(HOURS // 3 * 60)
    oldest = 60 * np.concatenate((minute, minute, minute % 15))
    waiting = np.concatenate((minute % 50, 59 + minute // 30, minute % 70))
    answered = np.full(len(oldest), 240)
    fires = {
        "CxKpiMissed": rules.missed(share, 0.8, "higher", 20),
        "CxWaitTooLong": rules.waits_too_long(oldest, waiting, answered),
        "CxQueueTooLong": rules.waits_too_long(oldest, waiting, answered),
        "CxCustomerForgotten": rules.forgotten(oldest),
    }
    durations = {"team": "blue", "definition": "duration.v1", "window": "1h", "le": "+Inf"}
    inputs = [
        *outcomes(RATIO, share),
        given("cx_oldest_wait_seconds", {"team": "blue"}, oldest),
        given("cx_cases_waiting", {"team": "blue"}, waiting),
        given("cx_window_duration_seconds_bucket", durations | {"metric": "first_response"}, answered - 40),
        given("cx_window_duration_seconds_bucket", durations | {"metric": "next_reply"}, answered - 200),
        given("cx_deadlines_oldest_age_seconds", {"team": "blue", "deadline": "wait"}, oldest),
        given("cx_deadlines_pending", {"team": "blue", "deadline": "wait"}, waiting),
        given("cx_window_duration_seconds_bucket", durations | {"metric": "queue_wait"}, answered),
    ]
    cases = [case for alert, when in fires.items() for case in looks_at(alert, firing(alert, when))]
    assert len(cases) > 1_000
    verify(tmp_path, inputs, promql_expr_test=cases)


def test_every_fourth_minute_where_a_week_is_compared_with_another(tmp_path: Path) -> None:
    # In the last part each is clearly lower than a week ago, and not by as much as the alert wants.
    usual, bad = facts(0.84, 0.84, 0.84), facts(0.84, 0.7, 0.77)
    even, wide = lengths(0.6, 0.6, 0.6), lengths(0.6, 1.2, 0.8)
    invited, fewer = facts(0.5, 0.5, 0.5), facts(0.5, 0.3, 0.43)
    quiet, busy, surge = counted(60, 60, 60), counted(60, 90, 60), counted(60, 300, 60)
    looks = slice(None, None, EVERY)
    expected = np.maximum(quiet, busy).astype(float)
    conditions = {
        "CxKpiDropped": rules.dropped(bad, usual, "higher", 20),
        "CxStageDived": rules.dropped(bad, usual, "higher", 20),
        "CxServiceUneven": rules.uneven(wide, even),
        "CxResponseRateDropped": rules.fewer_answer(fewer, invited),
        "CxComplaintSurge": rules.surging(surge, expected),
    }
    inputs = [
        *outcomes(RATIO, usual, usual, bad),
        *responses(STAGE, usual, usual, bad),
        # Beside a stage with far more answers, so that the team of both does not drop.
        *responses(STAGE | {"stage": "browse"}, *(Window(40 * usual.good, 40 * usual.n),) * 3),
        *within(ANSWERED, even, even, wide),
        *outcomes(INVITED, invited, invited, fewer),
        given("cx_window_observations", OPENED | {"window": "1h"}, busy, quiet, surge),
        given("cx_window_observations", OPENED | {"window": "24h"}, 24 * quiet, 24 * quiet, 24 * quiet),
    ]
    cases = [
        case
        for alert, condition in conditions.items()
        for case in looks_at(alert, firing(alert, condition[looks], EVERY), 2 * WEEK, EVERY)
    ]
    assert len(cases) > 300
    verify(tmp_path, inputs, EVERY, promql_expr_test=cases)
