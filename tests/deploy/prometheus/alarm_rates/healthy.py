"""A healthy year: fifty teams, small and large, by day and night, that differ from day to day and are never bad."""

from collections.abc import Iterator
from math import erf
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from schemas.buckets import BOUNDS
from schemas.metrics import load_registry
from sinks.prometheus.windows import LADDER
from tests.deploy.prometheus.alarm_rates.rules import Better, Counts, Lengths, Shares, Window, rolling

SEED: Final = 7

DAY: Final = 24 * 60
WEEK: Final = 7 * DAY
"""Times are in minutes."""

BEFORE: Final = 2 * WEEK
"""Which the year is compared with."""
YEAR: Final = 52 * WEEK
QUARTER: Final = 13 * WEEK
"""Of it, for waits: to look at all of a year's 58 million one by one would take a minute."""

TEAMS: Final = 50
SMALLEST, LARGEST = 6, 600
"""Facts an hour of a team, the mean of all hours; those of the others lie between in equal ratios."""

_BY_HOUR: Final = (2, 1, 1, 1, 1, 2, 4, 8, 14, 19, 20, 18, 15, 16, 18, 19, 18, 15, 12, 10, 9, 7, 5, 3)
_BY_WEEKDAY: Final = (25, 22, 21, 20, 20, 12, 9)
"""Monday first. At three at night a twentieth of the peak, on a Sunday a third of a Monday."""

_BUSY: Final = 0.15
"""Standard deviation of the logarithm of a day's volume, common to all teams."""
_HOLIDAYS: Final = 10
_ON_HOLIDAYS: Final = 0.3
"""Of the usual volume."""
_WOBBLE: Final = 0.04
"""By so much of one answer's standard deviation the true share differs from day to day, and once more from hour to
hour: for a share of 85 % these are 1.4 points each."""


MEDIAN_WAIT: Final = 2.7
"""Minutes."""
WAIT_SPREAD: Final = 0.6
"""Of the logarithm: 85 % are answered within 5 minutes."""
_LONGEST_WAIT: Final = 10
"""Who has waited for so long is looked after; all but those who are forgotten."""
_FORGOTTEN_FOR: Final = 15
"""Past the 15 minutes that are too long; in the mean."""


SLOT: Final = 15
"""Minutes between two looks at how long answers take over a day."""
_DAYS_DIFFER: Final = 0.15
"""Standard deviation of the logarithm of the median wait from day to day, and once more from hour to hour."""
_SPREADS_DIFFER: Final = 0.05
"""Likewise of `WAIT_SPREAD`, from day to day."""


class Kpi(NamedTuple):
    """What is told of it as far as alarms go."""

    name: str
    target: float
    better: Better
    minimum_n: int
    window: int
    """Minutes."""
    urgency: str
    facts: float
    """Per contact: one first response each, fewer answers to surveys."""


class Waits(NamedTuple):
    """Of one team, at each minute."""

    oldest_seconds: Counts
    waiting: Counts
    answered: Counts
    """In the last hour."""


def team_sizes() -> NDArray[np.float64]:
    return np.geomspace(SMALLEST, LARGEST, TEAMS)


def volume(random: np.random.Generator) -> Shares:
    """Of each minute of `BEFORE` and the year, as a multiple of the mean: by hour, weekday and day."""
    week = np.repeat(np.outer(_BY_WEEKDAY, _BY_HOUR).ravel().astype(float), 60)
    weeks = (BEFORE + YEAR) // WEEK
    days = random.lognormal(-(_BUSY**2) / 2, _BUSY, weeks * 7)
    days[random.choice(weeks * 7, _HOLIDAYS, replace=False)] = _ON_HOLIDAYS
    return np.tile(week / week.mean(), weeks) * np.repeat(days, DAY)


def true_share(random: np.random.Generator, kpi: Kpi, minutes: int) -> Shares:
    """Of one team, minute by minute: 2 to 12 points better than the target (or 1 to 4, where less is better and the
    target is near 0), and in no hour worse than it.
    """
    usual = (
        kpi.target + random.uniform(0.02, 0.12) if kpi.better == "higher" else kpi.target - random.uniform(0.01, 0.04)
    )
    spread = _WOBBLE * np.sqrt(usual * (1 - usual))
    days = np.repeat(random.normal(0, spread, minutes // DAY), 24)
    hours = usual + days + random.normal(0, spread, minutes // 60)
    least, most = (kpi.target, 1.0) if kpi.better == "higher" else (0.0, kpi.target)
    return np.repeat(np.clip(hours, least, most), 60)


def windows_of_teams(kpi: Kpi, at_target: bool = False) -> Iterator[Window]:
    """Of every team over `BEFORE` and the year; ``at_target``: all just as good as the target, at all times."""
    random = np.random.default_rng(SEED)
    busy = volume(random)
    for per_hour in team_sizes():
        n = random.poisson(busy * (per_hour * kpi.facts / 60))
        share = kpi.target if at_target else true_share(random, kpi, len(n))
        yield Window(rolling(random.binomial(n, share), kpi.window), rolling(n, kpi.window))


def waits_of_teams(forgotten: float) -> Iterator[Waits]:
    """Of every team over a `QUARTER`; ``forgotten``: part of the customers."""
    random = np.random.default_rng(SEED)
    busy = volume(random)[:QUARTER]
    for per_hour in team_sizes():
        asked = np.repeat(np.arange(QUARTER), random.poisson(busy * (per_hour / 60)))
        wait = np.minimum(random.lognormal(np.log(MEDIAN_WAIT), WAIT_SPREAD, len(asked)), _LONGEST_WAIT)
        lost = np.flatnonzero(random.random(len(asked)) < forgotten)
        wait[lost] = 15 + random.exponential(_FORGOTTEN_FOR, len(lost))
        answered = asked + np.ceil(wait).astype(np.int64)
        answers = np.bincount(answered[answered < QUARTER], minlength=QUARTER)
        waiting = np.cumsum(np.bincount(asked, minlength=QUARTER) - answers)
        # How long those wait who are not forgotten is of no matter: they never wait for too long.
        oldest = np.zeros(QUARTER, np.int64)
        for begin, end in zip(asked[lost], answered[lost], strict=True):
            waited = 60 * np.arange(min(end, QUARTER) - begin)
            oldest[begin:end] = np.maximum(oldest[begin:end], waited)
        yield Waits(oldest, waiting, rolling(answers, 60))


def bounds_of(metric: str) -> Shares:
    """Of the exported histogram of this duration, in seconds; the last is infinite."""
    targets = load_registry().metrics[metric].targets_ms
    steps = {BOUNDS[last] for seconds, last in LADDER if seconds * 1_000 not in targets}
    return np.array([*(bound / 1_000 for bound in sorted({*steps, *targets})), np.inf])


def lengths(random: np.random.Generator, n: Counts, median: Shares, spread: Shares, bounds: Shares) -> Counts:
    """So many durations of each bound or less, of ``n`` that are log-normal; median in minutes, bounds first."""
    edges = (np.log(bounds[:-1] / 60)[:, np.newaxis] - np.log(median)) / spread
    below = (1 + np.vectorize(erf)(edges / np.sqrt(2))) / 2
    whole = np.concatenate((np.zeros_like(below[:1]), below, np.ones_like(below[:1])))
    drawn = random.multinomial(n, np.moveaxis(np.diff(whole, axis=0), 0, -1))
    return np.cumsum(np.moveaxis(drawn, -1, 0), axis=0)


def lengths_of_teams() -> Iterator[Lengths]:
    """First responses of every team in the last day, over `BEFORE` and the year, every `SLOT` minutes."""
    random = np.random.default_rng(SEED)
    bounds = bounds_of("first_response")
    busy = volume(random).reshape(-1, SLOT).sum(axis=1)
    days, hours = len(busy) * SLOT // DAY, len(busy) * SLOT // 60
    for per_hour in team_sizes():
        n = random.poisson(busy * (per_hour / 60)).reshape(hours, -1)
        by_day = np.repeat(random.normal(0, _DAYS_DIFFER, days), 24)
        median = MEDIAN_WAIT * np.exp(by_day + random.normal(0, _DAYS_DIFFER, hours))
        spread = np.repeat(WAIT_SPREAD * np.exp(random.normal(0, _SPREADS_DIFFER, days)), 24)
        counts = lengths(random, n.T, median, spread, bounds)
        yield Lengths(rolling(np.moveaxis(counts, 1, 2).reshape(len(bounds), -1), DAY // SLOT), bounds)


def invited_and_answered(per_hour: float, rate: float = 0.3, delay: float = 180) -> Window:
    """Invitations of the last day, and how many of these are answered by now; answers take ``delay`` in the mean."""
    random = np.random.default_rng(SEED)
    busy = volume(random)
    days = len(busy) // DAY
    rates = rate + random.normal(0, _WOBBLE * np.sqrt(rate * (1 - rate)), days)
    n = random.poisson(busy * (per_hour / 60))
    changes = np.zeros(len(n) + DAY + 1, np.int64)
    for day in range(days):
        invited = np.repeat(np.arange(day * DAY, (day + 1) * DAY), n[day * DAY : (day + 1) * DAY])
        answering = invited[random.random(len(invited)) < rates[day]]
        waited = random.exponential(delay, len(answering)).astype(np.int64)
        in_time = waited < DAY
        changes += np.bincount((answering + waited)[in_time], minlength=len(changes))
        changes -= np.bincount(answering[in_time] + DAY, minlength=len(changes))
    return Window(np.cumsum(changes)[: len(n)], rolling(n, DAY))


def complaints(per_hour: float) -> Counts:
    """Of each minute, all teams together."""
    random = np.random.default_rng(SEED)
    return random.poisson(volume(random) * (per_hour / 60))
