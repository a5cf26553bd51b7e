"""Stories of alerts: what is exported minute by minute, when an alert is up and when not."""

import json
from pathlib import Path
from typing import Any, Final, NamedTuple

from tests.deploy.prometheus.promtool import FILES, RULES, alerts_are, rules_of, verify

DASHBOARDS: Final = {
    board["uid"]: {variable["name"] for variable in board["templating"]["list"]}
    for board in (json.loads(file.read_text()) for file in RULES.parents[1].glob("grafana/dashboards/*/*.json"))
}
"""Names of the variables by uid."""


WEEK: Final = 7 * 24 * 60
"""Minutes."""


class Text(NamedTuple):
    """What an alert says."""

    labels: dict[str, str]
    summary: str
    description: str


class Story(NamedTuple):
    """`time()` is 0 at the first minute."""

    alert: str
    inputs: list[dict[str, str]]
    fires: list[int]
    quiet: list[int]
    every: int = 1
    """Minutes between two samples: a week minute by minute takes promtool a minute. Under 5, so that what other groups
    have recorded is not stale."""
    text: Text | None = None
    """When it first fires."""


def tell(story: Story, directory: Path) -> None:
    """Fails unless the alert is up and quiet when the story says so."""
    cases = [alerts_are(story.alert, minute, firing=True) for minute in story.fires]
    cases += [alerts_are(story.alert, minute, firing=False) for minute in story.quiet]
    words = [] if story.text is None else [says(story.alert, story.fires[0], story.text)]
    files = _files(story.alert)
    verify(directory, story.inputs, story.every, files, promql_expr_test=cases, alert_rule_test=words)


def says(alert: str, minute: int, text: Text) -> dict[str, Any]:
    """A case: at this minute the alert is up with these words."""
    (rule,) = (rule for file in FILES for rule in alerts_of(file) if rule["alert"] == alert)
    team = text.labels.get("team", "")
    places = {
        name: rule["annotations"][name].replace("{{ $labels.team | urlquery }}", team)
        for name in ("runbook_url", "dashboard_url")
    }
    words = {"summary": text.summary, "description": text.description, **places}
    labels = {"job": "cxstream", "kind": rule["labels"]["kind"], **text.labels}
    told = {"exp_labels": labels, "exp_annotations": words}
    return {"eval_time": f"{minute}m", "alertname": alert, "exp_alerts": [told]}


def _files(alert: str) -> set[str]:
    """Those of the alert and of all that is recorded on its way: a week of the others would only take time."""
    recorded = {rule["record"]: (file, rule["expr"]) for file in FILES for rule in rules_of(file) if "record" in rule}
    (own,) = ((file, rule["expr"]) for file in FILES for rule in rules_of(file) if rule.get("alert") == alert)
    files, unread = set(), [own]
    while unread:
        file, expression = unread.pop()
        files.add(file)
        unread += [recorded.pop(name) for name in [*recorded] if name in expression]
    return files


def alerts_of(file: str) -> list[dict[str, Any]]:
    """The alerting rules of a rule file."""
    return [rule for rule in rules_of(file) if "alert" in rule]


def check_words(rule: dict[str, Any], severities: set[str]) -> None:
    """Fails unless the alert says how urgent it is, what has happened, and where it is written what to do."""
    assert rule["labels"]["severity"] in severities
    assert rule["annotations"].keys() == {"summary", "description", "runbook_url", "dashboard_url"}
    file, _, anchor = rule["annotations"]["runbook_url"].partition("#")
    assert anchor == rule["alert"].lower()
    uid, _, query = rule["annotations"]["dashboard_url"].removeprefix("d/").partition("?")
    variables = {name.partition("=")[0].removeprefix("var-") for name in query.split("&") if name}
    assert variables <= DASHBOARDS[uid]
    assert f"## {rule['alert']}" in (RULES.parents[2] / file).read_text().splitlines()
