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


Values = dict[tuple[str | None, str], tuple[int, float]]
"""n and value by segment and KPI."""


def truth_of(story: Story) -> list[Truth]:
    """Every KPI that has data, first of all together, then of each segment, chapter by chapter."""
    lines: list[Truth] = []
    before: Values = {}
    for chapter in story.chapters:
        values = _values(chapter, story)
        shown = values | _changes(values, before)
        statuses = {(verdict.of, verdict.kpi): (verdict.floor, verdict.goal) for verdict in chapter.verdicts}
        for of, kpi in sorted(shown, key=lambda key: (key[0] or "", key[1])):
            judged = statuses.get((of, kpi), (None, None))
            lines.append(Truth(chapter.begins, chapter.ends, of, kpi, *shown[of, kpi], *judged))
        before = values
    return lines


def _values(chapter: Chapter, story: Story) -> Values:
    sums: defaultdict[tuple[str | None, str], tuple[int, float]] = defaultdict(lambda: (0, 0))
    for block in chapter.blocks:
        for kpi, added, amount in block.tallies():
            for name in _names(kpi, story.industry):
                for of in (None, block.place[story.by]):
                    n, total = sums[of, name]
                    sums[of, name] = n + added, total + amount
    return {key: (n, total / n) for key, (n, total) in sums.items()}


def _names(kpi: str, industry: str | None) -> Iterator[str]:
    """The KPI, and the benchmark of the industry that reads the same metric."""
    yield kpi
    if kpi == "nps" and industry is not None:
        yield f"nps_{industry}"


def _changes(now: Values, before: Values) -> Values:
    """What has changed since the chapter before, with the n of the smaller side."""
    return {
        (of, plan): (min(n, before[of, kpi][0]), value - before[of, kpi][1])
        for (of, kpi), (n, value) in now.items()
        for plan, changing in _PLANS.items()
        if changing == kpi and (of, kpi) in before
    }
