"""Every alert that is to silence another does so, and none does where a label that has to be equal differs."""

import json
from collections.abc import Iterator
from typing import Final

import pytest

from tests.deploy.alertmanager.inhibitions import ALERTS, RULES, Pair, named, pairs
from tests.deploy.alertmanager.programs import CONFIGURATION, ask, raised, resolved, running
from tests.integration.worker.deployment import eventually

pytestmark = [pytest.mark.prometheus, pytest.mark.xdist_group("inhibitions")]

PLACE: Final = {"job": "cxstream", "team": "blue"}
"""Of both alerts."""

PAIRS: Final = pairs()


@pytest.fixture(scope="module")
def alertmanager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running one, for all pairs: each ends its alerts."""
    with running(CONFIGURATION, tmp_path_factory.mktemp("alertmanager")) as address:
        yield address


def inhibited(alertmanager: str) -> dict[str, bool]:
    """By name of each alert that is up: whether it keeps quiet."""
    found = json.loads(ask(f"{alertmanager}/api/v2/alerts") or b"[]")
    return {each["labels"]["alertname"]: bool(each["status"]["inhibitedBy"]) for each in found}


def names(pair: Pair) -> str:
    return f"{pair.source['alertname']}-{pair.target['alertname']}"


@pytest.mark.parametrize("pair", PAIRS, ids=names)
def test_an_alert_keeps_quiet_while_the_one_that_explains_it_is_up(pair: Pair, alertmanager: str) -> None:
    source, target = pair.source | PLACE, pair.target | PLACE
    raised(alertmanager, target)
    eventually(lambda: inhibited(alertmanager) == {target["alertname"]: False}, 30, "by itself it is heard of")
    raised(alertmanager, source)
    eventually(lambda: inhibited(alertmanager).get(target["alertname"], False), 30, "the other one silences it")
    resolved(alertmanager, source)
    eventually(lambda: inhibited(alertmanager) == {target["alertname"]: False}, 30, "then it is heard of again")
    resolved(alertmanager, target)
    eventually(lambda: not inhibited(alertmanager), 30, "both have ended")


@pytest.mark.parametrize(
    ("pair", "label"),
    [(pair, label) for pair in PAIRS for label in pair.equal],
    ids=lambda of: of if isinstance(of, str) else names(of),
)
def test_an_alert_of_another_place_silences_nothing(pair: Pair, label: str, alertmanager: str) -> None:
    source, target = pair.source | PLACE | {label: "another"}, pair.target | PLACE
    raised(alertmanager, source, target)
    up = {source["alertname"]: False, target["alertname"]: False}
    eventually(lambda: inhibited(alertmanager) == up, 30, "both are heard of")
    resolved(alertmanager, source, target)
    eventually(lambda: not inhibited(alertmanager), 30, "both have ended")


def test_every_rule_names_alerts_that_there_are_and_silences_some() -> None:
    assert named() <= {alert["alertname"] for alert in ALERTS}
    assert all(pairs([rule]) for rule in RULES)
