"""Scores with their intervals, as PromQL."""

from typing import NamedTuple

from deploy.grafana import promql


class Score(NamedTuple):
    """PromQL of a score with its interval and n."""

    value: str
    low: str
    high: str
    n: str
    unit: str
    legend: str = "{{definition}}"


def score_of_ratio(metric: str) -> Score:
    """Share of facts decided with yes, with Wilson's interval."""
    yes, all_decided = promql.decided(metric, "yes"), promql.decided(metric)
    return Score(
        promql.share(yes, all_decided),
        promql.share_bound("-", yes, all_decided),
        promql.share_bound("+", yes, all_decided),
        all_decided,
        "percentunit",
        "{{metric}}",
    )


def score_of_satisfaction(metric: str) -> Score:
    """Share of satisfied answers, with Wilson's interval."""
    satisfied, n = promql.satisfied(metric), promql.answers(metric)
    return Score(
        promql.share(satisfied, n),
        promql.share_bound("-", satisfied, n),
        promql.share_bound("+", satisfied, n),
        n,
        "percentunit",
    )
