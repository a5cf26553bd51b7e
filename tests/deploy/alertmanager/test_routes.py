"""Alerts go where they are to go, and keep quiet when another one says why."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import urllib3

from deploy.local.ports import LOOPBACK, Ports
from deploy.local.process import ChildProcess
from tests.deploy.program import ROOT
from tests.deploy.prometheus.stories import alerts_of
from tests.integration.worker.deployment import eventually

pytestmark = pytest.mark.prometheus

CONFIGURATION: Final = ROOT / "deploy" / "alertmanager" / "alertmanager.yml"
RECEIVERS: Final = {"page": "pager", "ticket": "tickets", "info": "notes"}


def routed(labels: dict[str, str]) -> str:
    """The receivers of an alert, as amtool tells them."""
    command = ["amtool", "config", "routes", "test", f"--config.file={CONFIGURATION}"]
    done = subprocess.run(
        [*command, *(f"{name}={value}" for name, value in labels.items())], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_amtool_has_nothing_to_object() -> None:
    done = subprocess.run(["amtool", "check-config", str(CONFIGURATION)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("rule", [*alerts_of("pipeline.yml"), *alerts_of("kpis.yml")], ids=lambda rule: rule["alert"])
def test_every_alert_goes_where_its_severity_says(rule: dict[str, Any]) -> None:
    kind = rule["labels"]["kind"]
    for severity in {rule["labels"]["severity"].replace("{{ $labels.alarm }}", alarm) for alarm in ("page", "ticket")}:
        expected = "dead-mans-switch" if kind == "watchdog" else RECEIVERS[severity]
        assert routed({"alertname": rule["alert"], "kind": kind, "severity": severity}) == expected


@pytest.fixture
def alertmanager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running one; returns its address."""
    directory = tmp_path_factory.mktemp("alertmanager")
    address = f"{LOOPBACK}:{Ports().any()}"
    program = [
        "prometheus-alertmanager",
        f"--config.file={CONFIGURATION}",
        f"--storage.path={directory}",
        f"--web.listen-address={address}",
        "--cluster.listen-address=",
    ]
    process = ChildProcess("alertmanager", program, Path(directory / "log"), {})
    process.start()
    try:
        eventually(lambda: ask(f"http://{address}/-/ready") is not None, 60, "Alertmanager is ready")
        yield f"http://{address}"
    finally:
        process.kill()


def ask(url: str, **body: Any) -> bytes | None:
    """Its answer; None while it does not listen."""
    try:
        return urllib3.request("POST" if body else "GET", url, retries=False, timeout=10, **body).data
    except urllib3.exceptions.HTTPError:
        return None


def raised(alertmanager: str, *alerts: dict[str, str]) -> None:
    ask(f"{alertmanager}/api/v2/alerts", json=[{"labels": labels} for labels in alerts])


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
    quiet = {"CxKpiMissed", "CxWaitTooLong", "CxNoProgress"}
    eventually(lambda: inhibited(alertmanager) == quiet, 30, "what follows from the stalled worker keeps quiet")


def test_a_page_about_many_who_wait_is_no_ticket_about_the_longest_of_them(alertmanager: str) -> None:
    waits = {"kind": "kpi", "job": "cxstream", "team": "green"}
    raised(
        alertmanager,
        waits | {"alertname": "CxCustomerForgotten", "severity": "ticket"},
        waits | {"alertname": "CxQueueTooLong", "severity": "page"},
    )
    eventually(lambda: "CxCustomerForgotten" in inhibited(alertmanager), 30, "the ticket keeps quiet")
