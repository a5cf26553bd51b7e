"""The job that everybody does: per minute and segment, NPS answers by class and response times by length.

Standard library only: programs of peers run in environments of their own and import this file. They count what an event
means with `observe`; the oracle does not, it has its own words for the same.
"""

from bisect import bisect_left
from datetime import datetime
from typing import Any, Final, NamedTuple

PANE_SECONDS: Final = 60

LIMITS_MS: Final = (1_006, 2_000, 5_040, 10_369, 30_566, 60_352, 124_014, 311_246, 916_676, 3_718_047)
"""Upper limits of the response-time classes, inclusive; longer ones are the last class. Each is a bound of cxstream's
own buckets, so that its 2 % histogram adds up to these classes exactly; the peers need not keep 596 buckets."""

CLASSES: Final = ("promoters", "passives", "detractors")
COLUMNS: Final = (*CLASSES, *(f"response_{number}" for number in range(len(LIMITS_MS) + 1)))
"""What is counted per cell, in this order."""

ANSWERED: Final = "cx.survey.answered.v1"
MEASURED: Final = "cx.touchpoint.measured.v1"
MEASURE: Final = "response"

Segment = tuple[str, str, str]
"""Channel, region, team."""

LATENESS_SECONDS: Final = 3_600
"""How long a window waits for its events, as cxstream's default."""


class Observation(NamedTuple):
    """What one event adds: 1 to one column of one cell."""

    pane: int
    """Start of the minute, s since 1970."""
    segment: Segment
    column: int
    time: datetime


def observe(event: dict[str, Any]) -> Observation | None:
    """What a decoded event adds; None when the job does not ask for it."""
    data = event["data"]
    if event["type"] == ANSWERED:
        score = data["score"]
        column = 0 if score >= 9 else 1 if score >= 7 else 2
    elif event["type"] == MEASURED and data["measure"] == MEASURE:
        column = len(CLASSES) + bisect_left(LIMITS_MS, data["duration_ms"])
    else:
        return None
    time = datetime.fromisoformat(event["time"])
    seconds = int(time.timestamp())
    return Observation(seconds - seconds % PANE_SECONDS, (data["channel"], data["region"], data["team"]), column, time)
