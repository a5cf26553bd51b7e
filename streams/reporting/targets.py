"""The targets of KPIs over time: those that the log has published, and before the first of a KPI those of its file."""

from collections import defaultdict
from typing import NamedTuple

from schemas.kpis import Kpi
from streams.reporting.contents import Contents
from streams.reporting.periods import Period


class Targets(NamedTuple):
    """What a KPI is judged against from an instant on."""

    since: int | None
    """Second since 1970; None: the file's, where nothing was published until then."""
    floor: float | None
    goal: float | None

    def says(self, other: "Targets") -> bool:
        """Whether both ask for the same."""
        return self[1:] == other[1:]


class TargetHistory:
    """All published targets, of KPIs that have the same unit still: a definition of another version may have changed
    what is measured, but not what its number is of."""

    def __init__(self, contents: Contents) -> None:
        self._published: defaultdict[tuple[str, str], list[Targets]] = defaultdict(list)
        for since, kpi, unit, floor, goal in contents.published(
            "targets", "toUnixTimestamp(since) AS at, kpi, unit, floor, goal"
        ):
            self._published[kpi, unit].append(Targets(since, floor, goal))

    def of(self, kpi: Kpi) -> list[Targets]:
        """The targets of a KPI in their order, the file's first."""
        return [Targets(None, kpi.floor, kpi.goal), *self._published.get((kpi.entry.id, kpi.unit), ())]

    def is_published(self, kpi: Kpi, second: int) -> bool:
        """Whether the targets in force at a second are the file's because they were published; true where it has
        none."""
        found = self.at(kpi, second)
        return (kpi.floor is None and kpi.goal is None) or (
            found.since is not None and found.says(Targets(None, kpi.floor, kpi.goal))
        )

    def at(self, kpi: Kpi, second: int) -> Targets:
        """Those in force at a second since 1970."""
        return [each for each in self.of(kpi) if each.since is None or each.since <= second][-1]

    def changes(self, kpi: Kpi, period: Period) -> bool:
        """Whether others come into force after the period has begun and before it ends."""
        first = self.at(kpi, period.start)
        return any(
            each.since is not None and period.start < each.since < period.end and not each.says(first)
            for each in self.of(kpi)
        )
