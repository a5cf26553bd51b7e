"""The KPIs of a story as its plan has them, worked out by nothing but adding up."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Final, NamedTuple

from deploy.local.simulator.industries.story import Chapter, Story

_PLANS: Final = {
    "nps_plan_year_1": "nps",
    "nps_plan_year_2": "nps",
    "first_contact_plan_year_1": "first_contact_resolution",
}
"""KPIs that are the change of another one since the year before."""


class Truth(NamedTuple):
    """One line that `cxstream report kpi` has to show."""

    begins: date
    ends: date
    """The day after the last one."""
    of: str | None
    """Value of the dimension that the story is told by; None: all together."""
    kpi: str
    n: int
    value: float
    floor_status: str | None
    """None without a floor, and where the story passes no verdict."""
    goal_status: str | None


Sums = dict[tuple[str | None, str], tuple[int, float]]
"""n and total by segment and KPI."""


def truth_of(story: Story) -> list[Truth]:
    """Every KPI that has data, first of all together, then of each segment, chapter by chapter."""
    lines: list[Truth] = []
    before: Sums = {}
    for chapter in story.chapters:
        sums = _sums(chapter, story)
        statuses = {(verdict.of, verdict.kpi): verdict[3:5] for verdict in chapter.verdicts}
        values = {key: (n, total / n) for key, (n, total) in sums.items()}
        values |= _changes(values, {key: (n, total / n) for key, (n, total) in before.items()})
        for (of, kpi), (n, value) in sorted(values.items(), key=lambda each: (each[0][0] or "", each[0][1])):
            floor, goal = statuses.get((of, kpi), (None, None))
            lines.append(Truth(chapter.begins, chapter.ends, of, kpi, n, value, floor, goal))
        before = sums
    return lines


def _sums(chapter: Chapter, story: Story) -> Sums:
    found: defaultdict[tuple[str | None, str], tuple[int, float]] = defaultdict(lambda: (0, 0))
    for block in chapter.blocks:
        for kpi, added, total in block.tallies():
            for name in _names(kpi, story.industry):
                for of in (None, block.place[story.by]):
                    n, sum_of = found[of, name]
                    found[of, name] = n + added, sum_of + total
    return dict(found)


def _names(kpi: str, industry: str | None) -> Iterator[str]:
    """The KPI, and the benchmark of the industry that reads the same metric."""
    yield kpi
    if kpi == "nps" and industry is not None:
        yield f"nps_{industry}"


Values = dict[tuple[str | None, str], tuple[int, float]]
"""n and value by segment and KPI."""


def _changes(now: Values, before: Values) -> Values:
    """What has changed since the chapter before, with the n of the smaller side."""
    found: Values = {}
    for (of, kpi), (n, value) in now.items():
        if (of, kpi) in before:
            n_before, value_before = before[of, kpi]
            for plan, changing in _PLANS.items():
                if changing == kpi:
                    found[of, plan] = min(n, n_before), value - value_before
    return found
