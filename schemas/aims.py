"""How targets and initiatives are stored: as cells of two metrics of their own, whose definitions say what a number is.

Every partition has them, and a fact counts one for each: the number is the total, divided by the facts and by `SCALE`.
The views ``targets`` and ``initiatives`` read them. They are in no registry, since they are neither scored nor judged,
and in no live window.
"""

from typing import Final

from schemas.events import StartedData, TargetData

REFERENCE: Final = "reference"
"""Kind of their definitions, and what the ids of their metrics begin with."""

TARGETS: Final = f"{REFERENCE}.target"
INITIATIVES: Final = f"{REFERENCE}.initiative"

SCALE: Final = 10_000
"""A number is kept in whole parts of this size."""

_PREFIX: Final = f"{REFERENCE}.v1."

Numbers = dict[str, int]
"""Definition id to what is kept under it."""


def numbers_of_target(kpi: str, data: TargetData) -> Numbers:
    """Such as ``reference.v1.nps_retail.v2.points.goal``."""
    sides = {"floor": data.floor, "goal": data.goal}
    return {
        f"{_PREFIX}{kpi}.v{data.version}.{data.unit}.{side}": _kept(number)
        for side, number in sides.items()
        if number is not None
    }


def numbers_of_start(initiative: str, data: StartedData) -> Numbers:
    """Such as ``reference.v1.chatbot.first_response_mean.started``, and with ``expected`` what it is to change."""
    name = f"{_PREFIX}{initiative}.{data.kpi}."
    return {f"{name}started": 0} | ({} if data.expected is None else {f"{name}expected": _kept(data.expected)})


def numbers_of_end(initiative: str) -> Numbers:
    """Such as ``reference.v1.chatbot.ended``."""
    return {f"{_PREFIX}{initiative}.ended": 0}


def _kept(number: float) -> int:
    return round(number * SCALE)
