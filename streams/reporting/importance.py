"""How important each question is to the customers beside how well they are served: where to improve first."""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from schemas.metrics import Metric
from schemas.scales import SCALES
from streams.reporting.asked import Asked
from streams.reporting.contents import EMPTY, Content, Contents
from streams.reporting.periods import Period
from streams.reporting.report import Question, find
from streams.reporting.scores import scale_of
from streams.statistics.estimates import Estimate, mean
from streams.statistics.importance import Attribute, Cross, Quadrant, cross_of, is_clear, quadrant

QUESTION: Final = "question"
"""The dimension that says what an answer is about."""

_Place = tuple[Period, tuple[str, ...]]
"""A period and a segment."""
_Answers = dict[_Place, dict[str, dict[str, Content]]]
"""By place, definition, then question."""


class ImportanceLine(NamedTuple):
    """One question in one period of one segment."""

    period: Period
    segment: Mapping[str, str]
    question: str
    definitions: tuple[str, str]
    """Of importance and of performance: answers on different scales are never brought together."""
    attribute: Attribute
    cross: Cross | None
    """None where there are fewer than two questions with both."""
    quadrant: Quadrant | None
    """None where one side has no answers, or there is no cross."""
    clear: bool
    """Whether the answers are enough to be sure of the quadrant."""

    @property
    def definition(self) -> str:
        """Both definitions."""
        return " ".join(self.definitions)

    @property
    def score(self) -> Estimate:
        """The side with fewer answers, of those that have any: so many facts could tell of single customers."""
        return min((side for side in self.attribute if side.n), key=lambda side: side.n, default=self.attribute[0])

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many facts it tells of, on either side."""
        return tuple(side.n for side in self.attribute)


def importance_lines(
    importance: Metric, performance: Metric, asked: Asked, contents: Contents
) -> Iterator[ImportanceLine]:
    """The lines by period, segment, definitions, then question."""
    span = contents.span()
    if span is None:
        return
    within = asked.within(span)
    matters, does = (_answers(metric, within, contents) for metric in (importance, performance))
    for place in sorted({*matters, *does}):
        for one, of_one in matters.get(place, _nothing(importance)).items():
            for other, of_other in does.get(place, _nothing(performance)).items():
                yield from _matrix(place, within.by, (one, other), of_one, of_other)


def _nothing(metric: Metric) -> dict[str, dict[str, Content]]:
    """Stands for the answers of a place where nobody was asked, so that the other side is shown."""
    return {metric.definition(metric.scales[0]): {}}


def _answers(metric: Metric, asked: Asked, contents: Contents) -> _Answers:
    """Those of the metric that say what they are about."""
    question = Question(metric, asked.every, asked.zone, asked.start, asked.end, (*asked.by, QUESTION), asked.where)
    found: _Answers = {}
    for period, series, content, _ in find(question, contents):
        if content.n and series.values[-1]:
            definitions = found.setdefault((period, series.values[:-1]), {})
            definitions.setdefault(series.definition, {})[series.values[-1]] = content
    return found


def _matrix(
    place: _Place,
    by: tuple[str, ...],
    definitions: tuple[str, str],
    matters: Mapping[str, Content],
    does: Mapping[str, Content],
) -> Iterator[ImportanceLine]:
    period, segment = place
    scales = [SCALES[scale_of(definition)] for definition in definitions]
    attributes = {
        question: Attribute(
            *(
                mean(side.get(question, EMPTY).buckets, scale)
                for side, scale in zip((matters, does), scales, strict=True)
            )
        )
        for question in sorted({*matters, *does})
    }
    cross = cross_of(list(attributes.values()))
    for question, attribute in attributes.items():
        lies_in = quadrant(attribute, cross, scales[1].higher_is_better) if cross else None
        yield ImportanceLine(
            period,
            dict(zip(by, segment, strict=True)),
            question,
            definitions,
            attribute,
            cross,
            lies_in,
            lies_in is not None and cross is not None and is_clear(attribute, cross),
        )
