"""Who silences whom, as the inhibition rules of Alertmanager's configuration say it."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

import yaml

from tests.deploy.alertmanager.programs import CONFIGURATION
from tests.deploy.prometheus.stories import alerts_of

RULES: Final[list[dict[str, Any]]] = yaml.safe_load(CONFIGURATION.read_text())["inhibit_rules"]

ALERTS: Final[list[dict[str, str]]] = [
    {"alertname": rule["alert"], "kind": rule["labels"]["kind"]}
    for file in ("pipeline.yml", "kpis.yml")
    for rule in alerts_of(file)
]

_MATCHER: Final = re.compile(r'(\w+)(=~|!=|=)"(.*)"')


class Pair(NamedTuple):
    """Labels of two alerts, and which labels have to be equal for the one to silence the other."""

    source: dict[str, str]
    target: dict[str, str]
    equal: tuple[str, ...]


def pairs(rules: Iterable[Mapping[str, Any]] = RULES) -> list[Pair]:
    """One for each alert that may silence, and each that it may."""
    return [
        Pair(source, target, tuple(rule.get("equal", ())))
        for rule in rules
        for source in ALERTS
        for target in ALERTS
        if _matches(rule["source_matchers"], source) and _matches(rule["target_matchers"], target)
    ]


def named() -> set[str]:
    """Every alert that the rules call by its name."""
    matchers = [matcher for rule in RULES for side in ("source", "target") for matcher in rule[f"{side}_matchers"]]
    return {name for label, _, value in map(_parts, matchers) if label == "alertname" for name in value.split("|")}


def _parts(matcher: str) -> tuple[str, str, str]:
    found = _MATCHER.fullmatch(matcher)
    assert found, matcher
    return found[1], found[2], found[3]


def _matches(matchers: list[str], labels: Mapping[str, str]) -> bool:
    return all(
        (re.fullmatch(value, labels[label]) is not None) != (operator == "!=")
        for label, operator, value in map(_parts, matchers)
    )
