"""Colours, and from which value on they hold."""

from typing import Final, NamedTuple

from grafana_foundation_sdk.builders.dashboard import ThresholdsConfig
from grafana_foundation_sdk.models.dashboard import Threshold, ThresholdsMode

GOOD, WARNING, BAD, PLAIN, NONE = "green", "orange", "red", "text", "transparent"


class Limits(NamedTuple):
    """From which value on a colour holds; the first holds below all."""

    first: str = PLAIN
    steps: tuple[tuple[float, str], ...] = ()

    def config(self) -> ThresholdsConfig:
        steps = [Threshold(value=None, color=self.first), *(Threshold(value=at, color=to) for at, to in self.steps)]
        return ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps)


FLOOR: Final = 0.8
"""Of the share of satisfied customers and of the share answered in time."""

CLEARLY_ABOVE: Final = Limits(NONE, ((FLOOR, GOOD),))
"""For the lower end of an interval."""
CLEARLY_BELOW: Final = Limits(BAD, ((FLOOR, NONE),))
"""For the upper end; of few answers neither has a colour, so that nothing is coloured by chance."""
