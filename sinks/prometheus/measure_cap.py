"""The guard on measured durations: their names come from producers, and each has 80 series in each segment."""

from collections import defaultdict
from collections.abc import Container
from typing import Final

from schemas.dimensions import OTHER, Segment
from schemas.live import LiveView
from schemas.metrics import MEASURED
from sinks.prometheus.segment_cap import merged

_PREFIX: Final = f"{MEASURED}."
_OTHER: Final = _PREFIX + OTHER


class MeasureCap:
    """Shows measures one by one while they have together at most `limit` pairs of measure and segment.

    Those that are shown stay, as with segments; newcomers come by largest n.
    """

    def __init__(self, limit: int, registered: Container[str]) -> None:
        """``registered``: metrics with an entry of their own in the registry; they are always shown."""
        self._limit = limit
        self._registered = registered
        self._shown: list[str] = []
        self.folded = 0
        """Measures of the last view that are shown together."""

    def apply(self, view: LiveView) -> LiveView:
        """The view with the measures that are not shown added into ``measured.__other__``."""
        segments: defaultdict[str, set[Segment]] = defaultdict(set)
        sizes: defaultdict[str, int] = defaultdict(int)
        for cell in view.windows:
            if cell.metric.startswith(_PREFIX) and cell.metric != _OTHER and cell.metric not in self._registered:
                segments[cell.metric].add(cell.segment)
                sizes[cell.metric] += cell.n
        newcomers = sorted(segments.keys() - set(self._shown), key=lambda measure: (-sizes[measure], measure))
        room, shown = self._limit, []
        for measure in [*(each for each in self._shown if each in segments), *newcomers]:
            if len(segments[measure]) <= room:
                room -= len(segments[measure])
                shown.append(measure)
        self._shown = shown
        self.folded = len(segments) - len(shown)
        if not self.folded:
            return view
        rest = segments.keys() - set(shown)
        cells = (cell._replace(metric=_OTHER) if cell.metric in rest else cell for cell in view.windows)
        return view._replace(windows=merged(cells))
