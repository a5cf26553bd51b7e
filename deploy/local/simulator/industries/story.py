"""A story: what one industry went through, by plan, and how its KPIs stand for it."""

from datetime import date, timedelta
from typing import Final, NamedTuple

from deploy.local.simulator.industries.plan import Block

AFTERMATH: Final = timedelta(days=10)
"""From the last day on which something begins until all of it has ended and been due: a service callback has a week, a
case that came back some days more."""
SETTLED: Final = timedelta(days=46)
"""From then until nothing is provisional any more: 45 days in which repairs have to last, and the lateness."""

SECOND: Final = 1_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
"""In ms, the unit of durations."""


class Verdict(NamedTuple):
    """How a KPI stands, as whoever wrote the plan has worked it out: a second opinion on what its blocks add up to."""

    kpi: str
    n: int
    value: float
    floor: str | None = None
    """Status, as `cxstream report kpi` words it; None without a floor."""
    goal: str | None = None
    """Likewise."""
    of: str | None = None
    """Value of the dimension that the story is told by; None: all together."""


class Chapter(NamedTuple):
    """Some days of a story."""

    begins: date
    days: int
    """In which its cases, waits, callbacks and surveys begin."""
    blocks: tuple[Block, ...]
    verdicts: tuple[Verdict, ...]

    @property
    def ends(self) -> date:
        """The day before which all of it has happened and been due."""
        return self.begins + timedelta(days=self.days) + AFTERMATH


class Story(NamedTuple):
    """Chapters of one industry, the earlier first."""

    summary: str
    by: str
    """The dimension that tells the bad from the good."""
    chapters: tuple[Chapter, ...]
    industry: str | None = None
    """Of the benchmarks of kpis.yaml that it is measured by."""

    @property
    def dimensions(self) -> tuple[str, ...]:
        """What a worker has to keep (CX_DIMENSIONS) for every KPI of the story."""
        return *(("journey",) if self.by == "stage" else ()), self.by, "kind", "severity"
