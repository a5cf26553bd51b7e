"""What the content of a metric says: its value with n and interval, and the details of its kind."""

from typing import Any, Final

from schemas.metrics import Metric, duration_ms
from schemas.scales import NOT_APPLICABLE, SCALES, Scale
from streams.reporting.contents import Content
from streams.statistics import gaps
from streams.statistics.estimates import (
    NO_DATA,
    Estimate,
    answers_score,
    duration_mean,
    duration_range,
    quantile,
    share,
)

QUANTILES: Final = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}


def score_of(metric: Metric, definition: str, content: Content) -> Estimate:
    """The metric's value: as declared for answers, the mean of durations (ms), the share of a ratio, the mean of
    gaps, a plain count."""
    if metric.kind == "answers" and metric.score is not None:
        return answers_score(metric.score, content.buckets, SCALES[scale_of(definition)])
    if metric.kind == "duration":
        return duration_mean(content.total, content.buckets)
    if metric.kind == "ratio":
        return share(content.buckets.get(1, 0), content.n)
    if metric.kind == "gap":
        return gaps.mean_gap(content.buckets, SCALES.get(scale_of(definition)))
    # A count is what it is: no sample, no interval.
    return Estimate(content.n, content.n, None, None) if content.n else NO_DATA


def details_of(metric: Metric, definition: str, content: Content) -> dict[str, Any]:
    """What else a line says.

    Answers: ``total`` (sum of codes), ``not_applicable``, ``histogram`` (code -> answers, the whole scale).
    Durations, in ms: ``total``, ``mean``, ``p50`` to ``p99`` (within 2 %), ``smallest`` and ``largest``
    (outer bounds of the outermost buckets), ``within`` (target -> n, value, ci_low, ci_high of the share at
    or below it). Ratios: ``yes``. Gaps: ``sd``, the shares ``above``, ``equal`` and ``below`` what was expected, and
    ``ratio`` of experienced to expected codes, each with value, ci_low and ci_high.
    """
    if metric.kind == "answers":
        scale = SCALES[scale_of(definition)]
        return {
            "total": content.total,
            "not_applicable": content.buckets.get(NOT_APPLICABLE, 0),
            "histogram": {str(code): content.buckets.get(code, 0) for code in range(scale.low, scale.high + 1)},
        }
    if metric.kind == "duration":
        smallest, largest = duration_range(content.buckets) or (None, None)
        return {
            "total": content.total,
            "mean": duration_mean(content.total, content.buckets).value,
            **{name: quantile(content.buckets, q) for name, q in QUANTILES.items()},
            "smallest": smallest,
            "largest": largest,
            "within": {
                target: _within(content.within.get(duration_ms(target), 0), content.n)
                for target in sorted(metric.targets, key=duration_ms)
            },
        }
    if metric.kind == "gap":
        return _gap_details(content, SCALES.get(scale_of(definition)))
    return {"yes": content.buckets.get(1, 0)} if metric.kind == "ratio" else {}


def _within(k: int, n: int) -> dict[str, float | None]:
    return {"n": k, **_numbers(share(k, n))}


def _gap_details(content: Content, scale: Scale | None) -> dict[str, Any]:
    pairs = content.buckets
    return {
        "sd": gaps.deviation(pairs),
        **{name: _numbers(each) for name, each in gaps.classes(pairs, scale)._asdict().items()},
        "ratio": _numbers(gaps.ratio(pairs)),
    }


def _numbers(estimate: Estimate) -> dict[str, float | None]:
    return {"value": estimate.value, "ci_low": estimate.low, "ci_high": estimate.high}


def scale_of(definition: str) -> str:
    """Scale of the definition of answers: ``csat5`` of ``csat5.v1``, and of ``gap.v1.csat.csat5.v1``."""
    return definition.split(".")[-2]
