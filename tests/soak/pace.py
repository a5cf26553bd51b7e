"""Spikes and lulls: how fast the story of a soak is told over its time."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from random import Random
from typing import Final

INTENSITIES: Final = (1.0, 1.0, 1.0, 3.0, 0.15)
"""Of a stretch, as a multiple of the base rate: mostly steady, now and then a spike or a lull."""

_STRETCH_SECONDS: Final = (15.0, 45.0)


class Pace:
    """Translates between seconds of the soak and seconds of the story it tells; both begin at 0."""

    def __init__(self, stretches: Sequence[tuple[float, float]]) -> None:
        """``stretches``: seconds and intensity of each, in order."""
        self._walls = list(accumulate((seconds for seconds, _ in stretches), initial=0.0))
        self._stories = list(accumulate((seconds * each for seconds, each in stretches), initial=0.0))

    @classmethod
    def random(cls, random: Random, seconds: float) -> "Pace":
        """A pace for a soak of so many seconds."""
        stretches: list[tuple[float, float]] = []
        left = seconds
        while left > 0:
            length = min(left, random.uniform(*_STRETCH_SECONDS))
            # The first is steady: a worker that has just begun is no measure of a spike.
            stretches.append((length, random.choice(INTENSITIES) if stretches else 1.0))
            left -= length
        return cls(stretches)

    @property
    def story_seconds(self) -> float:
        """How much of the story is told."""
        return self._stories[-1]

    def wall(self, story: float) -> float:
        """When a moment of the story is told."""
        return _interpolate(story, self._stories, self._walls)

    def story(self, wall: float) -> float:
        """What moment of the story is told then."""
        return _interpolate(wall, self._walls, self._stories)


def _interpolate(x: float, xs: Sequence[float], ys: Sequence[float]) -> float:
    """On the line through the points; beyond the last one, on its last piece."""
    right = min(max(bisect_right(xs, x), 1), len(xs) - 1)
    x0, x1, y0, y1 = xs[right - 1], xs[right], ys[right - 1], ys[right]
    return y0 + (x - x0) * (y1 - y0) / (x1 - x0)
