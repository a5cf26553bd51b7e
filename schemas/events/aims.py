"""What is aimed at, and what is done about it: targets of KPIs, and initiatives.

They are reference of the log as calendars are, though nothing is counted otherwise because of them: reports read them.
"""

from typing import Annotated, Literal

from msgspec import Meta

from schemas.events.envelope import SUFFIX, Dimensions, Envelope
from schemas.events.reference import REFERENCE_PREFIX

Number = Annotated[float, Meta(ge=-1e11, le=1e11)]
"""In the KPI's unit, at most four decimals: kept in whole ten-thousandths, so that partitions add up exactly. Within
the bounds (of durations three years) the sum over 9 000 partitions fits ClickHouse's Int64."""

AimId = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}(?!\n)$")]
"""Of a KPI or an initiative: it becomes part of a definition id, between dots. Python's ``$`` would let a line end
pass."""


class TargetData(Dimensions, kw_only=True):
    """Raises ValueError without any target, or for one that is too fine."""

    unit: Literal["ms", "share", "points", "code", "count"]
    """What the numbers are of: a share of 1, scale codes and so on, as `schemas.kpis` has it."""
    version: Annotated[int, Meta(ge=1, le=1_000_000)] = 1
    """Of the KPI's definition that they were set for."""
    floor: Number | None = None
    """The least that is acceptable."""
    goal: Number | None = None
    """What is aimed at."""

    def __post_init__(self) -> None:
        if self.floor is None and self.goal is None:
            raise ValueError("a target has a floor, a goal, or both")
        _check(self.floor, self.goal)


class TargetPublished(Envelope, tag=REFERENCE_PREFIX + "target.published" + SUFFIX, kw_only=True):
    """Targets of the KPI that the subject names. They hold from `time` until others of the KPI do; of two publications
    for one minute the one that comes later in the log counts."""

    subject: AimId
    data: TargetData


class StartedData(Dimensions, kw_only=True):
    """Dimensions say for whom the initiative is. Raises ValueError for an expectation that is too fine."""

    kpi: AimId
    """What it is to improve."""
    expected: Number | None = None
    """By how much the KPI is to change, in its unit and with its sign."""

    def __post_init__(self) -> None:
        _check(self.expected)


class InitiativeStarted(Envelope, tag=REFERENCE_PREFIX + "initiative.started" + SUFFIX, kw_only=True):
    """The initiative that the subject names begins. Published again it is a correction."""

    subject: AimId
    data: StartedData


class InitiativeEnded(Envelope, tag=REFERENCE_PREFIX + "initiative.ended" + SUFFIX, kw_only=True):
    """It ends. Published again it is a correction."""

    subject: AimId
    data: Dimensions


def _check(*numbers: float | None) -> None:
    if any(number is not None and round(number, 4) != number for number in numbers):
        raise ValueError("a number has more than four decimals")
