"""False alarms stay within their budget, and the tables that say so are those of today's rules."""

from collections import defaultdict

import pytest

from tests.deploy.prometheus.alarm_rates.__main__ import RUNBOOK, with_tables
from tests.deploy.prometheus.alarm_rates.detection import minutes_to_alarm, stories
from tests.deploy.prometheus.alarm_rates.false_alarms import of_waits, rates

MOST_A_MONTH = 1
"""Of one alert, for all teams together."""

pytestmark = pytest.mark.xdist_group("alarm rates")


@pytest.mark.timeout(600)
def test_the_runbook_has_the_tables_of_these_rules() -> None:
    assert RUNBOOK.read_text() == with_tables(RUNBOOK.read_text()), "python -m tests.deploy.prometheus.alarm_rates"


@pytest.mark.timeout(600)
def test_in_a_healthy_year_no_alert_comes_more_than_once_a_month() -> None:
    a_month: defaultdict[str, float] = defaultdict(float)
    for rate in rates():
        a_month[rate.alert] += rate.healthy
    assert max(a_month.values()) <= MOST_A_MONTH


def test_teams_that_just_meet_their_targets_page_no_more_than_once_a_month_together() -> None:
    assert sum(rate.at_target for rate in rates() if rate.at_target and rate.urgency == "page") <= MOST_A_MONTH


def test_one_customer_in_a_hundred_thousand_may_be_forgotten_before_pages_leave_their_budget() -> None:
    pages, tickets = of_waits(1e-5)
    assert pages <= MOST_A_MONTH < tickets


def test_a_team_that_answers_nobody_in_time_pages_within_the_hour() -> None:
    (story,) = (each for each in stories() if each.title == "over 1 h: 85 % fall to 0 %")
    median, _ = minutes_to_alarm(story, per_hour=30)
    assert median < 60
