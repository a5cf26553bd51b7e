"""How soon bad service alarms: simulated teams that are healthy, and at one moment are not any more."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final, NamedTuple

import numpy as np

from tests.deploy.prometheus.alarm_rates import healthy, rules
from tests.deploy.prometheus.alarm_rates.healthy import DAY, SEED, SLOT
from tests.deploy.prometheus.alarm_rates.rules import Counts, Lengths, Looks, Window, firing, rolling

PER_HOUR: Final = (30, 120, 600)
"""Facts."""

_TRIALS: Final = 200
_HOUR: Final = 60

_TARGET: Final = 0.8
_MINIMUM_N: Final = 20

_MOST_FACTS: Final = 10_000
"""More than any team's window of an hour holds."""

Condition = Callable[[np.random.Generator, float], Looks]
"""Of so many trials at so many facts an hour, from the moment at which it begins to be bad."""


class Story(NamedTuple):
    alert: str
    title: str
    condition: Condition
    minutes: int
    """How long it is looked at."""
    every: int = 1
    """Minutes between two looks."""


def stories() -> Iterator[Story]:
    """Each alert about shares in its own window, evenness, complaints, and waits."""
    for window, over in ((_HOUR, "1 h"), (DAY, "24 h")):
        for bad, falls in ((0.75, "by 10 points"), (0.65, "by 20 points"), (0.55, "by 30 points"), (0.0, "to 0 %")):
            yield Story("CxKpiMissed", f"over {over}: 85 % fall {falls}", partial(_missed, window, bad), 3 * window)
    for alert, window, over in (("CxKpiDropped", _HOUR, "1 h"), ("CxStageDived", DAY, "24 h")):
        for bad, falls in ((0.82, "by 10 points"), (0.72, "by 20 points"), (0.62, "by 30 points"), (0.3, "to 30 %")):
            yield Story(alert, f"over {over}: 92 % fall {falls}", partial(_dropped, window, bad), 3 * window)
    for factor in (4, 8):
        title = f"one of five waits {factor} times as long"
        yield Story("CxServiceUneven", title, partial(_uneven, factor), 3 * DAY, SLOT)
    for bad, falls in ((0.2, "to 20 %"), (0.0, "to 0 %")):
        yield Story("CxResponseRateDropped", f"over 24 h: 30 % fall {falls}", partial(_fewer, bad), 3 * DAY)
    for factor in (3, 5, 10):
        yield Story("CxComplaintSurge", f"{factor} times as many", partial(_surging, factor), 3 * _HOUR)
    for alert in ("CxWaitTooLong", "CxQueueTooLong"):
        yield Story(alert, "nobody is answered any more", _waiting, 3 * _HOUR)


def minutes_to_alarm(story: Story, per_hour: float) -> tuple[float, float]:
    """Median and 95th percentile; infinite where it is not told in time."""
    condition = story.condition(np.random.default_rng(SEED), per_hour)
    fires = firing(story.alert, condition, story.every)[:, -story.minutes // story.every :]
    found = np.where(fires.any(axis=1), story.every * np.argmax(fires, axis=1), np.inf)
    median, late = np.quantile(found, [0.5, 0.95], method="higher")
    return float(median), float(late)


def facts_to_tell(share: float) -> int:
    """How many facts of this share are clear of chance: from so many on it misses the target for CxKpiMissed."""
    n = np.arange(1, _MOST_FACTS)
    told = rules.missed(Window(np.rint(share * n).astype(np.int64), n), _TARGET, "higher", _MINIMUM_N)
    return int(n[~told][-1]) + 1


def _missed(window: int, bad: float, random: np.random.Generator, per_hour: float) -> Looks:
    return rules.missed(_turning(random, per_hour, 0.85, bad, window), _TARGET, "higher", _MINIMUM_N)


def _dropped(window: int, bad: float, random: np.random.Generator, per_hour: float) -> Looks:
    now, then = (_turning(random, per_hour, 0.92, after, window) for after in (bad, 0.92))
    return rules.dropped(now, then, "higher", _MINIMUM_N)


def _fewer(bad: float, random: np.random.Generator, per_hour: float) -> Looks:
    now, then = (_turning(random, per_hour, 0.3, after, DAY) for after in (bad, 0.3))
    return rules.fewer_answer(now, then)


def _uneven(factor: int, random: np.random.Generator, per_hour: float) -> Looks:
    now, then = (_lengths(random, per_hour, left) for left in (factor, 1))
    return rules.uneven(now, then)


def _lengths(random: np.random.Generator, per_hour: float, factor: int) -> Lengths:
    """A day before and three days after one of five began to wait so many times as long."""
    bounds = healthy.bounds_of("first_response")
    slots = 4 * DAY // SLOT
    turned = np.arange(slots) >= DAY // SLOT
    n = random.poisson(per_hour * SLOT / 60, (_TRIALS, slots))
    left = random.binomial(n, 0.2)
    usual = np.full(slots, healthy.MEDIAN_WAIT)
    spread = np.full(slots, healthy.WAIT_SPREAD)
    counts = healthy.lengths(random, n - left, usual, spread, bounds)
    counts += healthy.lengths(random, left, np.where(turned, factor * usual, usual), spread, bounds)
    return Lengths(rolling(counts, DAY // SLOT), bounds)


def _surging(factor: int, random: np.random.Generator, per_hour: float) -> Looks:
    before, after = _arrivals(random, per_hour, _HOUR), _arrivals(random, factor * per_hour, 3 * _HOUR)
    hour = rolling(np.concatenate((before, after), axis=1), _HOUR)
    weeks = [rolling(_arrivals(random, per_hour, 4 * _HOUR), _HOUR) for _ in range(2)]
    return rules.surging(hour, np.maximum(*weeks).astype(float))


def _waiting(random: np.random.Generator, per_hour: float) -> Looks:
    """An hour in which everybody is answered at once, and three in which nobody is."""
    before, after = _arrivals(random, per_hour, _HOUR), _arrivals(random, per_hour, 3 * _HOUR)
    waiting = np.concatenate((np.zeros_like(before), np.cumsum(after, axis=1)), axis=1)
    oldest = 60 * np.cumsum(waiting > 0, axis=1)
    return rules.waits_too_long(oldest, waiting, rolling(np.concatenate((before, np.zeros_like(after)), axis=1), _HOUR))


def _turning(random: np.random.Generator, per_hour: float, healthy: float, bad: float, window: int) -> Window:
    """A window before and three windows after the share has changed."""
    n = _arrivals(random, per_hour, 4 * window)
    share = np.where(np.arange(4 * window) < window, healthy, bad)
    return Window(rolling(random.binomial(n, share), window), rolling(n, window))


def _arrivals(random: np.random.Generator, per_hour: float, minutes: int) -> Counts:
    return random.poisson(per_hour / 60, (_TRIALS, minutes))
