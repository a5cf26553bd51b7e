"""What is to be drawn of a dashboard: its panels as they are committed, with what their queries were answered."""

from typing import Any

from tests.deploy.grafana.preview.answers import Answers


def contents(board: dict[str, Any], answers: Answers) -> dict[str, Any]:
    """Title, and of each panel what is to be drawn. Raises NotRecorded."""
    return {"title": board["title"], "panels": [_panel(panel, answers) for panel in board["panels"]]}


def _panel(panel: dict[str, Any], answers: Answers) -> dict[str, Any]:
    drawn = {"title": panel["title"], "kind": panel["type"], "place": panel["gridPos"]}
    if panel["type"] == "row":
        return drawn
    defaults = panel["fieldConfig"]["defaults"]
    drawn |= {
        "unit": defaults["unit"],
        "limits": defaults.get("thresholds", {}).get("steps", []),
        "none": defaults["noValue"],
    }
    for transformation in panel.get("transformations", ()):
        drawn["headings"] = transformation["options"].get("renameByName", {})
    drawn["order"] = panel.get("options", {}).get("sortBy", [])
    drawn["of_columns"] = {
        override["matcher"]["options"]: {each["id"]: each["value"] for each in override["properties"]}
        for override in panel["fieldConfig"]["overrides"]
    }
    series = []
    for target in panel["targets"]:
        found = answers.of(panel, target)
        if "rawSql" in target:
            drawn |= found
            continue
        for each in found:
            name = _named(target["legendFormat"], each["metric"])
            series.append({"name": name, "labels": each["metric"], "values": each["values"], "ref": target["refId"]})
    return drawn | {"series": series}


def _named(legend: str, labels: dict[str, str]) -> str:
    for name, value in labels.items():
        legend = legend.replace(f"{{{{{name}}}}}", value)
    return legend
