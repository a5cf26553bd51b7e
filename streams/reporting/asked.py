"""The periods and segments asked for, where what is asked about is not one metric alone."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

from streams.reporting.periods import Every
from streams.reporting.report import covered


class Asked(NamedTuple):
    """Which periods and segments."""

    every: Every
    zone: ZoneInfo
    start: int | None
    """First second since 1970; None: the period of the first pane of any metric, so that what has no data appears."""
    end: int | None
    """Exclusive; None: the end of the period of the last pane of any metric."""
    by: tuple[str, ...]
    where: Mapping[str, Sequence[str]]

    def within(self, span: tuple[int, int]) -> "Asked":
        """With both sides of the range, by the first and the last pane that there are."""
        first, last = covered(*span, self.every, self.zone)
        return self._replace(
            start=first if self.start is None else self.start, end=last if self.end is None else self.end
        )
