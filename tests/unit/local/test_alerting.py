import re
from pathlib import Path
from typing import Any

import pytest
import yaml

import deploy
from deploy.local.alerting import QUICKENED, quickened, silent
from deploy.local.alerts import read_alerts

SHIPPED = Path(deploy.__path__[0])


def rules(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((SHIPPED / "prometheus" / "rules" / name).read_text())
    return loaded


def flat(file: dict[str, Any]) -> dict[tuple[str, ...], dict[str, Any]]:
    """Rules by what tells them apart."""
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for rule in (rule for group in file["groups"] for rule in group["rules"]):
        found[rule.get("alert", rule.get("record")), rule.get("labels", {}).get("kpi", "")] = rule
    return found


@pytest.mark.parametrize("name", ["kpis.yml", "scores.yml", "targets.yml"])
def test_in_the_storys_time_rules_are_the_same_but_for_how_long_things_last(name: str) -> None:
    usual, quick = flat(rules(name)), flat(quickened(rules(name)))
    assert usual.keys() == quick.keys()
    timed = ("for", "keep_firing_for", "expr", "labels")
    for key, rule in usual.items():
        kept = {field: value for field, value in rule.items() if field not in timed}
        assert {field: value for field, value in quick[key].items() if field not in timed} == kept


def test_a_wait_counts_as_many_times_as_the_story_is_quicker_and_an_alarm_needs_as_much_less_time() -> None:
    waits = flat(quickened(rules("scores.yml")))["segment:cx_oldest_wait_seconds:max", ""]
    assert waits["expr"] == f"{QUICKENED} * (max without (instance, pod) (cx_oldest_wait_seconds))"
    missed = flat(quickened(rules("kpis.yml")))["CxKpiMissed", ""]
    assert missed["for"] == missed["keep_firing_for"] == "100000ms"


def test_targets_and_alerts_are_about_windows_that_the_story_fills() -> None:
    windows = {rule["labels"]["window"] for rule in flat(quickened(rules("targets.yml"))).values()}
    assert windows == {"5m", "1h"}
    waits = flat(quickened(rules("kpis.yml")))["CxWaitTooLong", ""]
    assert re.findall('window="(.*?)"', waits["expr"]) == ["5m"]


def test_nobody_is_called_and_every_route_still_has_its_receiver() -> None:
    text = (SHIPPED / "alertmanager" / "alertmanager.yml").read_text()
    routes = silent(yaml.safe_load(text))
    names = {receiver["name"] for receiver in routes["receivers"]}
    assert all(receiver.keys() == {"name"} for receiver in routes["receivers"])
    assert set(re.findall(r"receiver: (\S+)", text)) <= names


def test_alerts_are_read_the_most_urgent_first_without_the_watchdog() -> None:
    def told(name: str, severity: str, kind: str = "kpi", state: str = "active") -> str:
        return (
            f'{{"labels": {{"alertname": "{name}", "severity": "{severity}", "kind": "{kind}"}}, '
            '"annotations": {"summary": "why"}, "startsAt": "2026-03-01T09:00:00.5Z", '
            f'"status": {{"state": "{state}"}}, "fingerprint": "x"}}'
        )

    answer = (
        "["
        + ", ".join(
            [
                told("CxWatchdog", "info", "watchdog"),
                told("CxKpiDropped", "ticket"),
                told("CxKpiMissed", "page", state="suppressed"),
                told("CxWaitTooLong", "page"),
            ]
        )
        + "]"
    )
    alerts = read_alerts(answer.encode())
    assert [(each.name, each.inhibited) for each in alerts] == [
        ("CxWaitTooLong", False),
        ("CxKpiDropped", False),
        ("CxKpiMissed", True),
    ]
    assert alerts[0].since == pytest.approx(1_772_355_600.5)
