"""Alerts go where they are to go, and keep quiet when another one says why."""

import json
from collections.abc import Iterator
from typing import Any, Final

import pytest

from tests.deploy.alertmanager.programs import CONFIGURATION, ask, check, raised, routed, running
from tests.deploy.prometheus.stories import alerts_of
from tests.integration.worker.deployment import eventually

pytestmark = pytest.mark.prometheus

RECEIVERS: Final = {"page": "pager", "ticket": "tickets", "info": "notes"}


def test_amtool_has_nothing_to_object() -> None:
    check(CONFIGURATION)


@pytest.mark.parametrize("rule", [*alerts_of("pipeline.yml"), *alerts_of("kpis.yml")], ids=lambda rule: rule["alert"])
def test_every_alert_goes_where_its_severity_says(rule: dict[str, Any]) -> None:
    kind = rule["labels"]["kind"]
    for severity in {rule["labels"]["severity"].replace("{{ $labels.alarm }}", alarm) for alarm in ("page", "ticket")}:
        expected = "dead-mans-switch" if kind == "watchdog" else RECEIVERS[severity]
        labels = {"alertname": rule["alert"], "kind": kind, "severity": severity}
        assert routed(CONFIGURATION, labels) == expected


@pytest.fixture
def alertmanager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running one; returns its address."""
    with running(CONFIGURATION, tmp_path_factory.mktemp("alertmanager")) as address:
        yield address


def inhibited(alertmanager: str) -> set[str]:
    """Names of the alerts that keep quiet."""
    found = json.loads(ask(f"{alertmanager}/api/v2/alerts") or b"[]")
    return {each["labels"]["alertname"] for each in found if each["status"]["inhibitedBy"]}


def test_who_is_badly_served_wakes_nobody_while_the_pipeline_stands_still(alertmanager: str) -> None:
    missed = {"alertname": "CxKpiMissed", "kind": "kpi", "severity": "page", "job": "cxstream", "team": "blue"}
    waits = {**missed, "alertname": "CxWaitTooLong"}
    raised(alertmanager, missed, waits)
    eventually(lambda: len(json.loads(ask(f"{alertmanager}/api/v2/alerts") or b"[]")) == 2, 30, "both have arrived")
    assert not inhibited(alertmanager)
    pipeline = {"kind": "pipeline", "severity": "page", "job": "cxstream", "instance": "worker-1:9464"}
    raised(alertmanager, pipeline | {"alertname": "CxWorkerStalled"})
    raised(alertmanager, pipeline | {"alertname": "CxNoProgress"}, pipeline | {"alertname": "CxDeadLetters"})
    raised(alertmanager, pipeline | {"alertname": "CxBehind"})
    quiet = {"CxKpiMissed", "CxWaitTooLong", "CxNoProgress", "CxBehind"}
    eventually(lambda: inhibited(alertmanager) == quiet, 30, "what follows from the stalled worker keeps quiet")


def test_who_seems_to_wait_while_the_pipeline_is_behind_wakes_nobody(alertmanager: str) -> None:
    raised(alertmanager, {"alertname": "CxBehind", "kind": "pipeline", "severity": "page", "job": "cxstream"})
    raised(alertmanager, {"alertname": "CxWaitTooLong", "kind": "kpi", "severity": "page", "job": "cxstream"})
    eventually(lambda: inhibited(alertmanager) == {"CxWaitTooLong"}, 30, "the page about waits keeps quiet")


def test_rows_that_wait_for_clickhouse_silence_no_page_about_customers(alertmanager: str) -> None:
    stored = {"kind": "pipeline", "severity": "page", "job": "cxstream"}
    raised(alertmanager, stored | {"alertname": "CxRowsWait"}, stored | {"alertname": "CxFreshness"})
    raised(alertmanager, {"alertname": "CxWaitTooLong", "kind": "kpi", "severity": "page", "job": "cxstream"})
    eventually(lambda: len(json.loads(ask(f"{alertmanager}/api/v2/alerts") or b"[]")) == 3, 30, "all have arrived")
    assert not inhibited(alertmanager)
    raised(alertmanager, stored | {"alertname": "CxNoProgress"})
    eventually(lambda: inhibited(alertmanager) == {"CxWaitTooLong"}, 30, "a standstill does")


def test_a_topic_without_events_pages_the_pipeline_alone(alertmanager: str) -> None:
    raised(alertmanager, {"alertname": "CxTopicSilent", "kind": "pipeline", "severity": "page", "job": "cxstream"})
    raised(alertmanager, {"alertname": "CxWaitTooLong", "kind": "kpi", "severity": "page", "job": "cxstream"})
    eventually(lambda: inhibited(alertmanager) == {"CxWaitTooLong"}, 30, "the page about waits keeps quiet")


def test_a_page_about_many_who_wait_is_no_ticket_about_the_longest_of_them(alertmanager: str) -> None:
    waits = {"kind": "kpi", "job": "cxstream", "team": "green"}
    raised(
        alertmanager,
        waits | {"alertname": "CxCustomerForgotten", "severity": "ticket"},
        waits | {"alertname": "CxQueueTooLong", "severity": "page"},
    )
    eventually(lambda: "CxCustomerForgotten" in inhibited(alertmanager), 30, "the ticket keeps quiet")
