"""Pages of healthy teams stay within their budget, and the simulation that says so is the rule."""

import re
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from tests.deploy.prometheus.alarm_rates import (
    RUNBOOK,
    TEAMS,
    YEAR_MINUTES,
    alarms,
    answers,
    false_alarms,
    minutes_to_alarm,
)
from tests.deploy.prometheus.promtool import alerts_are, series, verify

MOST_PAGES_A_MONTH: Final = 1
"""Of all teams together."""


def test_fifty_teams_just_as_good_as_the_target_page_less_than_once_a_month() -> None:
    assert false_alarms(per_hour=30, truth=0.80, window=60) / 12 < MOST_PAGES_A_MONTH


def test_a_year_of_fifty_teams_two_points_above_the_target_has_no_page() -> None:
    assert false_alarms(per_hour=30, truth=0.82, window=60, teams=TEAMS, minutes=YEAR_MINUTES) == 0


def test_a_team_that_answers_nobody_in_time_pages_within_the_hour() -> None:
    median, _ = minutes_to_alarm(per_hour=30, bad=0.0, window=60)
    assert median < 60


def test_the_runbook_has_the_tables() -> None:
    for name in ("false_alarms", "detection"):
        (table,) = re.findall(f"(?s)<!-- table: {name} -->\n(.*?)<!-- end -->", RUNBOOK.read_text())
        assert len(table.splitlines()) > 3


@pytest.mark.prometheus
def test_the_simulation_fires_when_prometheus_does(tmp_path: Path) -> None:
    random = np.random.default_rng(11)
    good, bad = answers(random, 60, 0.9, 120), answers(random, 60, 0.3, 120)
    yes, n = (np.concatenate(each) for each in zip(good, bad, good, strict=True))
    windows = {
        outcome: [int(counts[max(0, minute - 59) : minute + 1].sum()) for minute in range(len(counts))]
        for outcome, counts in (("yes", yes), ("no", n - yes))
    }
    labels = {"job": "cxstream", "instance": "a", "team": "blue", "definition": "ratio.v1", "window": "1h"}
    inputs = [
        series(
            "cx_window_outcomes",
            labels | {"metric": "service_level", "outcome": outcome},
            " ".join(map(str, counts)),
        )
        for outcome, counts in windows.items()
    ]
    firing = alarms(yes, n, 60)
    changes = set(np.flatnonzero(firing[1:] != firing[:-1]).tolist())
    assert len(changes) == 2
    # Groups of rules read what others recorded a minute before, two groups in a row: near a change either may be.
    clear = [minute for minute in range(0, len(firing), 5) if all(abs(minute - change) > 4 for change in changes)]
    verify(
        tmp_path,
        inputs,
        promql_expr_test=[alerts_are("CxKpiMissed", minute, firing=bool(firing[minute])) for minute in clear],
    )
