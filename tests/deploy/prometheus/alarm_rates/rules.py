"""The alerts of kpis.yml as functions of arrays; a test compares each with Prometheus' own engine.

An array has one number for each look, one look a minute unless ``every`` says otherwise.
"""

from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from schemas.metrics import duration_ms
from tests.deploy.prometheus.promtool import rules_of

Counts = NDArray[np.int64]
Shares = NDArray[np.float64]
Looks = NDArray[np.bool_]
Better = Literal["higher", "lower"]

DEVIATIONS: Final = 4.5
LEAST_FALL: Final = 0.09
"""Of a share in a week; less is what healthy teams differ by from week to week."""
LEAST_ANSWERING: Final = 0.8
"""Part of those who answered a week ago."""
LONGEST_WAIT_SECONDS: Final = 900
LEAST_WIDENING: Final = 1.5
"""Of p90 / p50 in a week."""
SPREAD_ERROR: Final = 1.366
"""Standard error of log(p90 / p50), over that times sqrt(n), of durations whose logarithms are normal."""
LEAST_DURATIONS: Final = 100

_ALERTS: Final = {rule["alert"]: rule for rule in rules_of("kpis.yml") if "alert" in rule}


class Window(NamedTuple):
    """What a live window holds at each look."""

    good: Counts
    n: Counts

    def share(self) -> Shares:
        return self.good / np.maximum(self.n, 1)

    def interval(self) -> tuple[Shares, Shares]:
        """Low and high end; of nothing, all that is possible."""
        some, share, square = np.maximum(self.n, 1), self.share(), DEVIATIONS**2
        centre = share + square / (2 * some)
        half = DEVIATIONS * np.sqrt(share * (1 - share) / some + square / (4 * some**2))
        whole = 1 + square / some
        return np.maximum((centre - half) / whole, 0), np.minimum((centre + half) / whole, 1)

    def at(self, looks: slice) -> "Window":
        return Window(self.good[..., looks], self.n[..., looks])


class Lengths(NamedTuple):
    """How many durations of a live window are at or below each bound, the first axis; the last bound is infinite."""

    within: Counts
    bounds: Shares
    """Seconds."""

    def quantile(self, q: float) -> Shares:
        """As Prometheus interpolates it; of nothing, not a number."""
        rank = q * self.within[-1]
        place = np.argmax(self.within >= rank, axis=0)
        below = np.concatenate((np.zeros_like(self.within[:1]), self.within))
        (before, upto), (low, high) = (
            (np.take_along_axis(each, place[np.newaxis], 0)[0] for each in (below, self.within)),
            (edges[place] for edges in (np.concatenate(([0.0], self.bounds[:-1])), self.bounds)),
        )
        with np.errstate(invalid="ignore"):
            found: Shares = low + (high - low) * (rank - before) / (upto - before)
        return np.where(place == len(self.bounds) - 1, self.bounds[-2], found)

    def at(self, looks: slice) -> "Lengths":
        return Lengths(self.within[..., looks], self.bounds)


def missed(window: Window, target: float, better: Better, minimum_n: int) -> Looks:
    """The condition of CxKpiMissed."""
    low, high = window.interval()
    return (window.n >= minimum_n) & (high < target if better == "higher" else low > target)


def dropped(now: Window, week_ago: Window, better: Better, minimum_n: int) -> Looks:
    """The condition of CxKpiDropped, and of CxStageDived."""
    enough = (now.n >= minimum_n) & (week_ago.n > 0)
    fall = week_ago.share() - now.share()
    (low, high), (low_then, high_then) = now.interval(), week_ago.interval()
    if better == "higher":
        return enough & (high < low_then) & (fall > LEAST_FALL)
    return enough & (low > high_then) & (-fall > LEAST_FALL)


def uneven(now: Lengths, week_ago: Lengths) -> Looks:
    """The condition of CxServiceUneven."""
    (spread, n), (spread_then, n_then) = (
        (each.quantile(0.9) / each.quantile(0.5), each.within[-1]) for each in (now, week_ago)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        errors = [SPREAD_ERROR * np.log(each) / np.sqrt(of) for each, of in ((spread, n), (spread_then, n_then))]
        clear: Looks = np.log(spread / spread_then) > DEVIATIONS * np.hypot(*errors)
    wider: Looks = spread > LEAST_WIDENING * spread_then
    enough: Looks = n >= LEAST_DURATIONS
    return enough & clear & wider


def fewer_answer(now: Window, week_ago: Window) -> Looks:
    """The condition of CxResponseRateDropped."""
    enough = (now.n >= 30) & (week_ago.n > 0)
    fewer: Looks = now.share() < LEAST_ANSWERING * week_ago.share()
    return enough & fewer & (now.interval()[1] < week_ago.interval()[0])


def surging(hour: Counts, expected: Shares) -> Looks:
    """The condition of CxComplaintSurge."""
    above: Looks = hour > 2 * expected + 5 * np.sqrt(expected) + 5
    return above


def forgotten(oldest_seconds: Counts) -> Looks:
    """The condition of CxCustomerForgotten."""
    return oldest_seconds > LONGEST_WAIT_SECONDS


def waits_too_long(oldest_seconds: Counts, waiting: Counts, answered: Counts) -> Looks:
    """The condition of CxWaitTooLong, and likewise of CxQueueTooLong; ``answered`` in the last hour."""
    many: Looks = 4 * waiting >= answered
    return forgotten(oldest_seconds) & many


def firing(alert: str, condition: Looks, every: int = 1) -> Looks:
    """When the alert fires: its ``for`` and ``keep_firing_for`` are those of the rule; along the last axis."""
    if not condition.any():
        return condition
    # Prometheus counts the first look as the beginning: after 15 further ones it has been so for 15 minutes.
    begin, keep = (1 + -(-_minutes(alert, name) // every) for name in ("for", "keep_firing_for"))
    begun = rolling(condition.astype(np.int64), begin) == begin
    alive = rolling(condition.astype(np.int64), keep) > 0
    look = np.arange(1, condition.shape[-1] + 1)
    lived = alive & ~_before(alive)
    last_lived, last_begun = (np.maximum.accumulate(np.where(when, look, 0), axis=-1) for when in (lived, begun))
    fires: Looks = alive & (last_begun > 0) & (last_begun >= last_lived)
    return fires


def episodes(fires: Looks) -> int:
    """How many alarms these looks are."""
    return int(np.count_nonzero(fires & ~_before(fires)))


def rolling(values: Counts, window: int) -> Counts:
    """Sum of the last ``window`` looks, the current one included; along the last axis."""
    total = np.cumsum(values, axis=-1)
    total[..., window:] = total[..., window:] - total[..., :-window].copy()
    return total


def _before(looks: Looks) -> Looks:
    """One look earlier; before the first nothing was."""
    earlier = np.zeros_like(looks)
    earlier[..., 1:] = looks[..., :-1]
    return earlier


def _minutes(alert: str, name: str) -> int:
    lasting = _ALERTS[alert].get(name)
    return duration_ms(lasting) // 60_000 if lasting else 0
