"""A score weighted to the customer base, and whether those who answered stand for it (domain.md 4.7).

Post-stratification: each group of customers counts by its share W_g of the base, not by how many of it answered.
"""

from collections.abc import Mapping, Sequence
from math import sqrt
from typing import Final, NamedTuple

from schemas.metrics import Score
from schemas.scales import NOT_APPLICABLE, Scale
from streams.statistics.distributions import Z, chi_square_p
from streams.statistics.estimates import Estimate

LEAST_ANSWERS: Final = 5
"""A group that matters needs as many: two or three customers cannot speak for a tenth of the base."""

MATTERS_ABOVE: Final = 0.05
"""Share of the base above which a group matters."""


class Group(NamedTuple):
    """One group of customers."""

    population: float
    """Its share of the base, W_g; those of all groups add up to 1."""
    n: int
    """Answers."""
    value: float
    """Its score; 0 without answers."""
    variance: float | None
    """Of one answer; None where it is not known."""


class Weighted(NamedTuple):
    """A score as if every group had answered in proportion to its size."""

    estimate: Estimate
    effective_n: float
    """Answers of a sample in proportion that would tell as much: (sum W_g)^2 / sum(W_g^2 / n_g)."""


def group_of(population: float, buckets: Mapping[int, int], score: Score, scale: Scale) -> Group:
    """A group by its histogram of codes.

    Each score is the mean of what its answers are worth: 100, 0 or -100 for NPS, 1 or 0 for a share, the code itself
    for a mean. Variances are p + d - (p - d)^2 and p (1 - p) as domain.md 4.3 has them, and that of the sample for a
    mean.
    """
    worth = {_worth(code, score, scale): 0 for code in range(scale.low, scale.high + 1)}
    for code, count in buckets.items():
        if code != NOT_APPLICABLE:
            worth[_worth(code, score, scale)] += count
    n = sum(worth.values())
    if n <= 0:
        return Group(population, 0, 0.0, None)
    value = sum(each * count for each, count in worth.items()) / n
    squares = sum((each - value) ** 2 * count for each, count in worth.items())
    degrees = n - 1 if score == "mean" else n
    return Group(population, n, value, squares / degrees if degrees else None)


def _worth(code: int, score: Score, scale: Scale) -> float:
    if score == "nps":
        return 100.0 * ((code in scale.top_box) - (code in scale.bottom_box))
    return float(code in scale.top_box) if score == "top_box" else float(code)


def reach_of(score: Score, scale: Scale) -> tuple[float, float]:
    """The least and the most that the score can be."""
    if score == "nps":
        return -100.0, 100.0
    return (0.0, 1.0) if score == "top_box" else (float(scale.low), float(scale.high))


def is_too_thin(group: Group) -> bool:
    """Whether the group forbids a weighted score: it matters, and too few of it answered."""
    return group.population > MATTERS_ABOVE and group.n < LEAST_ANSWERS


def weighted(groups: Sequence[Group], low: float, high: float) -> Weighted:
    """sum(W_g * value_g) with the 95 % interval of Var = sum(W_g^2 * Var_g / n_g), clamped to [``low``, ``high``].

    Groups without answers are left out and the others take their weight: ask `is_too_thin` before. Where no group has
    answers that differ, nothing tells how far off the score may be, and there is no interval.

    Raises ValueError when no group has answers.
    """
    answered = [group for group in groups if group.n > 0]
    if not answered:
        raise ValueError("no group has answers")
    whole = sum(group.population for group in answered)
    value = sum(group.population * group.value for group in answered) / whole
    n = sum(group.n for group in answered)
    effective_n = whole**2 / sum(group.population**2 / group.n for group in answered)
    known = [group.population**2 * group.variance / group.n for group in answered if group.variance is not None]
    if len(known) < len(answered) or not any(known):
        return Weighted(Estimate(n, value, None, None), effective_n)
    half = Z * sqrt(sum(known)) / whole
    return Weighted(Estimate(n, value, max(value - half, low), min(value + half, high)), effective_n)


def representativeness(groups: Sequence[Group]) -> float | None:
    """p of Pearson's chi-square of the answers against the base: how often a sample in proportion is as far off.

    Groups that would have fewer than five answers in proportion are taken together, with the next larger one where that
    is still too few: the test does not hold below (Cochran 1954). None where fewer than two groups are left.
    """
    n = sum(group.n for group in groups)
    cells = sorted((n * group.population, group.n) for group in groups)
    while len(cells) > 1 and cells[0][0] < LEAST_ANSWERS:
        (wanted, found), (more, of_more), *others = cells
        cells = sorted([(wanted + more, found + of_more), *others])
    if len(cells) < 2:
        return None
    statistic = sum((found - wanted) ** 2 / wanted for wanted, found in cells)
    return chi_square_p(statistic, len(cells) - 1)
