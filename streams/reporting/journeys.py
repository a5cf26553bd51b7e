"""The stages of a journey in their order, each beside the one before it: where it dives (domain.md V7, J3)."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import attrgetter

from schemas.journeys import STAGE, Journey
from schemas.languages import Language
from schemas.metrics import Metric
from streams.reporting.comparison import difference_of, verdict_of
from streams.reporting.report import Line, Step


def in_order(lines: Iterable[Line], metric: Metric, journey: Journey, language: Language) -> Iterator[Line]:
    """The lines of each period by definition, segment but for the stage, then stage in the order of the journey.

    Lines of one period have to follow each other. Stages that the journey has not come last, as they came. Each stage
    with data is compared with the nearest one before it that has data, too: what privacy has left out is in no
    difference. Customers who answered at both make the test a cautious one, as it takes the samples for independent.
    """
    places = {stage: place for place, stage in enumerate(journey.stages)}
    for _, group in groupby(lines, key=attrgetter("period")):
        ways: dict[tuple[str, ...], list[Line]] = {}
        for line in group:
            others = (str(value) for name, value in line.segment.items() if name != STAGE)
            ways.setdefault((line.definition, *others), []).append(line)
        for way in ways.values():
            before: Line | None = None
            for line in sorted(way, key=lambda each: places.get(str(each.segment[STAGE]), len(places))):
                stage = str(line.segment[STAGE])
                if stage not in places:
                    yield line._replace(step=Step(None, None, None, None))
                    continue
                yield line._replace(step=_step(metric, line, before, journey.stages[stage][language]))
                if line.score.n:
                    before = line


def _step(metric: Metric, line: Line, before: Line | None, name: str) -> Step:
    if before is None or metric.kind == "count":
        return Step(name, None, None, None)
    found = difference_of(metric, line.definition, line.content, before.content)
    verdict = verdict_of(metric, found, line.score.n, before.score.n)
    return Step(name, before.segment[STAGE], found, verdict)
