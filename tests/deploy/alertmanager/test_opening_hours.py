"""The lines for teams that close, without their marks: such a team is heard of only while it works."""

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import yaml

from deploy.local.ports import LOOPBACK
from tests.deploy.alertmanager.programs import CONFIGURATION, check, raised, routed, running
from tests.integration.worker.deployment import eventually

pytestmark = pytest.mark.prometheus

PAGE = {"alertname": "CxWaitTooLong", "kind": "kpi", "severity": "page", "job": "cxstream"}


@pytest.fixture
def configuration(tmp_path: Path) -> Path:
    """As an operator has it who has taken the marks away."""
    shipped = CONFIGURATION.read_text()
    taken = re.sub(r"(?m)^( *)#: ", r"\1", shipped)
    assert taken != shipped
    file = tmp_path / "alertmanager.yml"
    file.write_text(taken)
    return file


def test_amtool_has_nothing_to_object(configuration: Path) -> None:
    check(configuration)


@pytest.mark.parametrize(
    ("labels", "receiver"),
    [
        (PAGE | {"team": "returns"}, "pager"),
        (PAGE | {"team": "returns", "severity": "ticket"}, "tickets"),
        (PAGE | {"team": "blue"}, "pager"),
        (PAGE | {"team": "returns", "kind": "pipeline"}, "pager"),
    ],
)
def test_alerts_go_where_they_went_before(labels: dict[str, str], receiver: str, configuration: Path) -> None:
    assert routed(configuration, labels) == routed(CONFIGURATION, labels) == receiver


def test_every_route_of_the_team_has_its_hours(configuration: Path) -> None:
    found = yaml.safe_load(configuration.read_text())
    (route,) = (each for each in found["route"]["routes"] if 'team="returns"' in each["matchers"])
    (interval,) = found["time_intervals"]
    assert {str(each["active_time_intervals"]) for each in (route, *route["routes"])} == {str([interval["name"]])}


@pytest.mark.parametrize(
    ("hours", "heard_of"), [({"years": ["2000"]}, {"blue"}), ({"years": ["2000:2100"]}, {"returns", "blue"})]
)
def test_a_team_is_heard_of_while_it_works(
    hours: dict[str, Any], heard_of: set[str], configuration: Path, tmp_path: Path
) -> None:
    with receiver() as (address, teams):
        given = yaml.safe_load(configuration.read_text())
        given["time_intervals"][0]["time_intervals"] = [hours]
        given["receivers"] = [
            {"name": each["name"], "webhook_configs": [{"url": address}]} for each in given["receivers"]
        ]
        configuration.write_text(re.sub("group_wait: [0-9]+s", "group_wait: 1s", yaml.safe_dump(given)))
        with running(configuration, tmp_path) as alertmanager:
            raised(alertmanager, PAGE | {"team": "returns"})
            time.sleep(2)  # so that it was this one's turn before the other's
            raised(alertmanager, PAGE | {"team": "blue"})
            eventually(lambda: "blue" in teams, 30, "the other team is heard of")
    assert teams == heard_of


@contextmanager
def receiver() -> Iterator[tuple[str, set[str]]]:
    """Its address, and the teams that it hears of."""
    teams: set[str] = set()

    class Webhook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            teams.update(alert["labels"]["team"] for alert in body["alerts"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer((LOOPBACK, 0), Webhook) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://{LOOPBACK}:{server.server_port}/", teams
        server.shutdown()
