"""How many gave which answer: the distribution behind a score."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from schemas.scales import NOT_APPLICABLE, SCALES
from streams.reporting.periods import Period
from streams.reporting.report import Line
from streams.reporting.scores import scale_of
from streams.statistics.estimates import Estimate, answered, share


class AnswerLine(NamedTuple):
    """One answer of a scale in one period of a series."""

    period: Period
    segment: Mapping[str, str | None]
    definition: str
    code: int
    given: int
    """How often."""
    share: Estimate
    """Of all answers on the scale; nobody's where it is "not applicable", which is none of them."""


def answer_lines(lines: Iterable[Line]) -> Iterator[AnswerLine]:
    """The lines by line of the metric, from the low end of its scale to the high one, then "not applicable"."""
    for line in lines:
        scale, buckets = SCALES[scale_of(line.definition)], line.content.buckets
        n = answered(buckets)
        for code in (*range(scale.low, scale.high + 1), NOT_APPLICABLE):
            given = buckets.get(code, 0)
            of_all = share(given, n) if code != NOT_APPLICABLE else Estimate(n, None, None, None)
            yield AnswerLine(line.period, line.segment, line.definition, code, given, of_all)
