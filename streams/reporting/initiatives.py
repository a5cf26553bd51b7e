"""Initiatives as the log has published them."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from schemas.dimensions import DIMENSIONS
from streams.reporting.contents import Contents
from streams.reporting.periods import Period
from streams.reporting.report import PANE_SECONDS


class Initiative(NamedTuple):
    """Something that is done to improve a KPI."""

    id: str
    kpi: str
    started: int
    """Second since 1970."""
    ended: int | None
    """Second since 1970; None while it goes on."""
    expected: float | None
    """Change of the KPI, in its unit; None where nobody said."""
    where: Mapping[str, Sequence[str]]
    """For whom it is, as a report takes it."""

    def period(self, newest: int) -> Period:
        """From the start to the end; of one that goes on to the end of the pane ``newest``, and a pane at least."""
        return Period(self.started, max(newest, self.started) + PANE_SECONDS if self.ended is None else self.ended)


def initiatives(contents: Contents) -> dict[str, Initiative]:
    """All by id, in the order of their starts."""
    rows = contents.published(
        "initiatives",
        "toUnixTimestamp(started) AS began, initiative, kpi, toUnixTimestamp(ended) AS ended_at, expected, "
        + ", ".join(DIMENSIONS),
    )
    return {
        name: Initiative(
            name,
            kpi,
            began,
            ended,
            expected,
            {key: [value] for key, value in zip(DIMENSIONS, values, strict=True) if value},
        )
        for began, name, kpi, ended, expected, *values in rows
    }
