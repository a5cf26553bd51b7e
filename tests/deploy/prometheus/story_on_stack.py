"""The simulator's outage on a running stack, with a real Prometheus and Alertmanager: when each alert comes and goes.

No part of `make test`: the story takes a quarter of an hour. `make test-ops` runs it and prints the times.
"""

import json
import signal
import time
from typing import NamedTuple

import pytest
import urllib3

from deploy.local.alerts import PATH, Alert, read_alerts
from deploy.local.simulator.story import LONG
from tests.integration.local.stack_process import stack

pytestmark = [pytest.mark.prometheus, pytest.mark.xdist_group("story"), pytest.mark.timeout(1_800)]

_END_SECONDS = 1_020.0
"""Of the story: eight and a half minutes after the recovery has ended, when the 5-minute windows have long healed."""


class Spell(NamedTuple):
    """One alert from its coming to its going, seconds of the story."""

    alert: Alert
    began: float
    ended: float | None
    """None of one that is still up."""


def told(alertmanager: str) -> tuple[Alert, ...]:
    return read_alerts(urllib3.request("GET", alertmanager + PATH, timeout=10).data)


@pytest.fixture(scope="module")
def spells(tmp_path_factory: pytest.TempPathFactory) -> list[Spell]:
    """Every alert of the story that was not inhibited, in the order in which they came."""
    up: dict[str, tuple[Alert, float]] = {}
    found: list[Spell] = []
    with stack(tmp_path_factory.mktemp("story") / "stack", "--watch") as running:
        endpoints = running.await_up()
        assert endpoints.alertmanager is not None
        began = time.time()
        while (second := time.time() - began) < _END_SECONDS:
            now = {json.dumps(each.labels, sort_keys=True): each for each in told(endpoints.alertmanager)}
            now = {key: each for key, each in now.items() if not each.inhibited}
            for key in now.keys() - up.keys():
                up[key] = now[key], second
            found += [Spell(*up.pop(key), second) for key in up.keys() - now.keys()]
            time.sleep(1)
        found += [Spell(alert, since, None) for alert, since in up.values()]
        running.process.send_signal(signal.SIGTERM)
        running.end()
    return sorted(found, key=lambda spell: spell.began)


def pages(spells: list[Spell]) -> list[Spell]:
    return [spell for spell in spells if spell.alert.severity == "page"]


def test_in_calm_nobody_is_called(spells: list[Spell]) -> None:
    assert [spell for spell in pages(spells) if spell.began < LONG.begin_of("slow team")] == []


def test_a_page_about_the_longest_wait_comes_within_two_minutes_of_the_outage(spells: list[Spell]) -> None:
    outage, recovery = LONG.begin_of("outage"), LONG.begin_of("recovery")
    waits = [spell for spell in pages(spells) if spell.alert.name == "CxWaitTooLong" and spell.began >= outage]
    first = {spell.alert.labels["team"]: spell.began for spell in reversed(waits)}
    assert first.keys() >= {"billing", "delivery", "technical"}
    assert min(first.values()) - outage < 120
    # Later ones are true as well: while the backlog is worked off, one customer may still wait for 17 minutes.
    assert all(began < recovery for began in first.values())


def test_a_page_about_a_share_comes_and_says_how_many_facts_it_rests_on(spells: list[Spell]) -> None:
    shares = [spell for spell in pages(spells) if spell.alert.name == "CxKpiMissed"]
    assert shares
    for spell in shares:
        n = float(spell.alert.summary.partition(" n ")[2].partition(",")[0])
        assert n >= 20, spell.alert.summary


def test_after_the_recovery_every_page_ends(spells: list[Spell]) -> None:
    assert [spell for spell in pages(spells) if spell.ended is None] == []


def test_nobody_is_called_about_the_pipeline(spells: list[Spell]) -> None:
    assert [spell for spell in pages(spells) if spell.alert.labels.get("kind") == "pipeline"] == []


def test_the_times_are_printed(spells: list[Spell], capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        outage, recovery = (f"{LONG.begin_of(scene):.0f}" for scene in ("outage", "recovery"))
        print(f"\nseconds of the story: outage from {outage}, recovery from {recovery}")
        for spell in spells:
            until = "still up" if spell.ended is None else f"{spell.ended:6.0f}"
            print(
                f"{spell.began:6.0f} {until:>8}  {spell.alert.severity:6} {spell.alert.name:16} {spell.alert.summary}"
            )
    assert spells
