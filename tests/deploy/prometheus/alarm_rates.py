"""How often healthy teams alarm and how soon bad ones do: ``python -m tests.deploy.prometheus.alarm_rates``.

The rule CxKpiMissed of kpis.yml over simulated answers, minute by minute; a test compares it with Prometheus' own
engine. Writes the two tables of the runbook.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tests.bench.compare.table import markdown

RUNBOOK: Final = Path(__file__).parents[3] / "deploy" / "runbooks" / "kpis.md"

TARGET: Final = 0.8
MINIMUM_N: Final = 20
DEVIATIONS: Final = 4.5
FOR_MINUTES: Final = 15
"""Also for how long it stays up."""

TEAMS: Final = 50
YEAR_MINUTES: Final = 365 * 24 * 60

Minutes = NDArray[np.int64]


def alarms(yes: Minutes, n: Minutes, window: int) -> NDArray[np.bool_]:
    """Whether the alert fires, for each minute; of `n` facts that came in it, `yes` are good."""
    total, good = _rolling(n, window), _rolling(yes, window)
    some = np.maximum(total, 1)
    share, square = good / some, DEVIATIONS**2
    half = DEVIATIONS * np.sqrt(share * (1 - share) / some + square / (4 * some**2))
    high = (share + square / (2 * some) + half) / (1 + square / some)
    missed = (total >= MINIMUM_N) & (high < TARGET)
    # Prometheus counts the first moment as the beginning: after 15 further ones it has been so for 15 minutes.
    begun = _rolling(missed.astype(np.int64), FOR_MINUTES + 1) == FOR_MINUTES + 1
    return _rolling(begun.astype(np.int64), FOR_MINUTES + 1) > 0


def episodes(firing: NDArray[np.bool_]) -> int:
    """How many alarms a series of minutes is."""
    return int(np.count_nonzero(firing[1:] & ~firing[:-1]) + firing[0])


def answers(random: np.random.Generator, per_hour: float, truth: float, minutes: int) -> tuple[Minutes, Minutes]:
    """Good facts and all facts of each minute."""
    n = random.poisson(per_hour / 60, minutes)
    return random.binomial(n, truth), n


def false_alarms(per_hour: float, truth: float, window: int, teams: int = TEAMS, minutes: int = YEAR_MINUTES) -> int:
    """Of all teams together, none of which is worse than the target."""
    random = np.random.default_rng(7)
    return sum(episodes(alarms(*answers(random, per_hour, truth, minutes), window)) for _ in range(teams))


def minutes_to_alarm(per_hour: float, bad: float, window: int, healthy: float = 0.85) -> tuple[float, float]:
    """Median and 95th percentile, from when a team turns bad; infinite where it is not told within three windows."""
    random, found = np.random.default_rng(7), []
    for _ in range(200):
        before = answers(random, per_hour, healthy, window)
        after = answers(random, per_hour, bad, 3 * window)
        yes, n = (np.concatenate(each) for each in zip(before, after, strict=True))
        firing = alarms(yes, n, window)[window:]
        found.append(float(np.argmax(firing)) if firing.any() else float("inf"))
    median, late = np.quantile(found, [0.5, 0.95], method="higher")
    return float(median), float(late)


def tables() -> dict[str, str]:
    """By name, as the runbook has them."""
    return {
        "false_alarms": markdown(
            (
                "facts per hour and team",
                "as good as the target",
                "1 point better",
                "2 points better",
                "5 points better",
            ),
            list(_false_alarms()),
        ),
        "detection": markdown(
            ("facts per hour", "the share falls from 85 % to", "alarm after, median", "in 19 of 20 cases"),
            list(_detections()),
        ),
    }


def _false_alarms() -> Iterator[tuple[str, ...]]:
    for per_hour in (30, 120, 600):
        counts = (false_alarms(per_hour, truth, 60) / 12 for truth in (0.80, 0.81, 0.82, 0.85))
        yield f"{per_hour}", *(f"{count:.2f}" for count in counts)


def _detections() -> Iterator[tuple[str, ...]]:
    for per_hour in (30, 120, 600):
        for bad in (0.7, 0.6, 0.4, 0.0):
            yield f"{per_hour}", f"{bad:.0%}", *map(_after, minutes_to_alarm(per_hour, bad, 60))


def _after(minutes: float) -> str:
    return f"{minutes:.0f} min" if np.isfinite(minutes) else "over 3 h"


def _rolling(values: Minutes, window: int) -> Minutes:
    """Sum of the last ``window`` minutes, the current one included."""
    total = np.cumsum(values)
    total[window:] = total[window:] - total[:-window].copy()
    return total


def main() -> None:
    text = RUNBOOK.read_text()
    for name, table in tables().items():
        text = re.sub(f"(?s)(?<=<!-- table: {name} -->\n).*?(?=<!-- end -->)", f"{table}\n", text, count=1)
    RUNBOOK.write_text(text)


if __name__ == "__main__":
    main()
