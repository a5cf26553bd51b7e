"""``python -m tests.deploy.grafana.preview``: writes ``deploy/grafana/preview/<name>.png`` of every dashboard.

A local stack runs the simulator's story under a real Prometheus until one team has been slow for a while; then every
panel asks its queries, and what they answer is drawn. Times are those of the run: no two runs give the same pictures.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

from deploy.local.alerting import EVERY_SECONDS
from deploy.local.simulator.story import LONG
from tests.bench.environments import interpreter
from tests.deploy.grafana.observation import Observation, observation
from tests.deploy.grafana.queries import boards, expanded, filled
from tests.deploy.program import ROOT

PREVIEW: Final = ROOT / "deploy" / "grafana" / "preview"

_MOST_ROWS: Final = 12
"""Of a table that are drawn."""


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.deploy.grafana.preview", description=__doc__.split("\n\n")[0]
    )
    # Just before the outage, in which all teams look alike.
    parser.add_argument(
        "--second", type=float, default=LONG.begin_of("outage") - 10, help="of the story (default: %(default)s)"
    )
    arguments = parser.parse_args()
    plotter = interpreter(Path(__file__).with_name("preview.txt"))
    PREVIEW.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        directory = Path(scratch)
        with observation(directory, "--rate", "40") as observed:
            while (left := observed.began + arguments.second - time.time()) > 0:
                print(f"{left:.0f} s of the story are left", flush=True)
                time.sleep(min(20.0, left))
            contents = {path.stem: _board(board, observed) for path, board in boards("en").items()}
        data = directory / "contents.json"
        data.write_text(json.dumps(contents, default=str))
        subprocess.run([plotter, "-m", "tests.deploy.grafana.preview.draw", data, PREVIEW], check=True, cwd=ROOT)
    return 0


def _board(board: dict[str, Any], observed: Observation) -> dict[str, Any]:
    """Title, and of each panel what is to be drawn."""
    return {"title": board["title"], "panels": [_panel(panel, observed) for panel in board["panels"]]}


def _panel(panel: dict[str, Any], observed: Observation) -> dict[str, Any]:
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
        if "rawSql" in target:
            columns, rows = observed.rows(expanded(target["rawSql"]))
            drawn |= {"columns": columns, "rows": rows if panel["type"] == "timeseries" else rows[:_MOST_ROWS]}
            continue
        expression = filled(target["expr"])
        if panel["type"] in ("timeseries", "heatmap"):
            found = observed.lately(expression, observed.began, time.time(), EVERY_SECONDS)
        else:
            # What Grafana would show in a moment in which no scrape was missed.
            found = observed.lately(expression, time.time() - 30, time.time(), EVERY_SECONDS)
        for each in found:
            values = each["values"]
            name = _named(target["legendFormat"], each["metric"])
            series.append({"name": name, "labels": each["metric"], "values": values, "ref": target["refId"]})
    return drawn | {"series": series}


def _named(legend: str, labels: dict[str, str]) -> str:
    for name, value in labels.items():
        legend = legend.replace(f"{{{{{name}}}}}", value)
    return legend


if __name__ == "__main__":
    sys.exit(main())
