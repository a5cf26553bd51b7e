"""What a share on the live wall is coloured by, as Prometheus' own engine computes it."""

from pathlib import Path
from typing import Final

import pytest

from deploy.grafana.estimates import Score, score_of_ratio, score_of_satisfaction
from deploy.grafana.limits import FLOOR
from deploy.grafana.promql import ABOVE, BELOW, UNSURE, judged
from tests.deploy.grafana.queries import filled
from tests.deploy.prometheus.promtool import is_about, is_empty, series, verify

pytestmark = pytest.mark.prometheus

SEGMENT: Final = {"window": "1h", "team": "blue", "channel": "chat"}


@pytest.mark.parametrize(
    ("good", "of", "sign"),
    [(95, 100, ABOVE), (60, 100, BELOW), (78, 100, UNSURE), (5, 5, UNSURE), (3, 5, UNSURE)],
)
def test_a_share_is_coloured_only_where_its_whole_interval_is_on_one_side_of_the_floor(
    good: int, of: int, sign: str, tmp_path: Path
) -> None:
    """Of few answers it never is, good or bad."""
    answers = {"metric": "csat", "definition": "csat5.v1", **SEGMENT}
    decided = {"metric": "service_level", **SEGMENT}
    inputs = [
        series("segment:cx_window_responses:sum", {**answers, "bucket": "satisfied"}, f"{good}x5"),
        series("segment:cx_window_responses:sum", {**answers, "bucket": "other"}, f"{of - good}x5"),
        series("segment:cx_window_outcomes:sum", {**decided, "outcome": "yes"}, f"{good}x5"),
        series("segment:cx_window_outcomes:sum", {**decided, "outcome": "no"}, f"{of - good}x5"),
    ]
    cases = []
    for score in (score_of_satisfaction("csat"), score_of_ratio("service_level")):
        shown = verdicts(score)
        cases.append(is_about(shown[sign], good / of))
        cases += [is_empty(expression) for other, expression in shown.items() if other != sign]
    verify(tmp_path, inputs, promql_expr_test=cases)


def verdicts(score: Score) -> dict[str, str]:
    """What is shown with each sign."""
    shown = filled(judged(score.value, score.low, score.high, FLOOR))
    signed = 'label_replace(vector(1), "verdict", "{}", "", "")'
    return {sign: f"({shown}) and on (verdict) {signed.format(sign)}" for sign in (BELOW, UNSURE, ABOVE)}
