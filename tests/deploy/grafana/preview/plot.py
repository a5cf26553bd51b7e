"""Draws what panels were answered; run in an environment of its own, see ``preview.txt``."""

import json
import sys
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import matplotlib.dates as dates
import matplotlib.pyplot as plt

COLUMNS = 24
"""Of Grafana's grid."""
COLUMN_INCHES, ROW_INCHES = 0.62, 0.33

NONE = "none"
"""As matplotlib calls it."""
COLOURS = {"green": "#56a64b", "orange": "#ff9830", "red": "#e02f44", "text": "#333333", "transparent": NONE}

TABLE_ROWS = 1.1
"""In one row of the grid, at the size of text that is drawn."""

LOW, HIGH = "95 % low", "95 % high"


def main() -> None:
    """Arguments: the JSON file, and the directory for one PNG of each dashboard."""
    source, target = map(Path, sys.argv[1:])
    for name, board in json.loads(source.read_text()).items():
        figure = draw(board)
        figure.savefig(target / f"{name}.png", dpi=70, metadata={"Software": None})
        plt.close(figure)


def draw(board: dict[str, Any]) -> Any:
    rows = max(panel["place"]["y"] + panel["place"]["h"] for panel in board["panels"]) + 1
    figure = plt.figure(figsize=(COLUMNS * COLUMN_INCHES, rows * ROW_INCHES), facecolor="white")
    figure.text(
        0.01, 1 - 0.6 / rows, f"{board['title']} (a preview, not Grafana)", fontsize=15, weight="bold", va="center"
    )
    for panel in board["panels"]:
        place = panel["place"]
        bottom = 1 - (place["y"] + 1 + place["h"]) / rows
        if panel["kind"] == "row":
            figure.text(0.01, bottom + 0.5 / rows, panel["title"], fontsize=12, color="#555555", va="center")
            continue
        left = {"timeseries": 1.3, "heatmap": 1.3, "bargauge": 1.7}.get(panel["kind"], 0.3)
        right, margin_y = 0.8, 0.55
        box = (
            (place["x"] + left) / COLUMNS,
            bottom + margin_y * 1.6 / rows,
            (place["w"] - left - right) / COLUMNS,
            (place["h"] - 3.2 * margin_y) / rows,
        )
        axis = figure.add_axes(box)
        axis.set_title(panel["title"], fontsize=11, loc="left")
        DRAWN[panel["kind"]](axis, panel)
    return figure


def number(axis: Any, panel: dict[str, Any]) -> None:
    axis.axis("off")
    series = [each for each in panel["series"] if each["ref"] != "N"]
    counts = [each for each in panel["series"] if each["ref"] == "N"]
    if not series:
        axis.text(0.5, 0.5, panel["none"], ha="center", va="center", fontsize=12, color="#888888")
        return
    colour = fixed(panel, series[0]["name"]) or limit(panel["limits"], float(series[0]["values"][-1][1]))
    text = "\n".join(written(float(each["values"][-1][1]), panel["unit"]) for each in series[:2])
    size = 30 if len(series) == 1 else 18
    axis.text(0.5, 0.6, text, ha="center", va="center", fontsize=size, color=colour, weight="bold")
    if counts:
        n = ", ".join(f"{float(each['values'][-1][1]):,.0f}" for each in counts[:2])
        axis.text(0.5, 0.02, f"n {n}", ha="center", va="bottom", fontsize=11, color="#555555")


def lines(axis: Any, panel: dict[str, Any]) -> None:
    series = stored(panel) if "rows" in panel else panel["series"]
    edges: dict[str, Any] = {}
    for each in series:
        at = [datetime.fromtimestamp(float(moment), UTC) for moment, _ in each["values"]]
        values = [float(value) for _, value in each["values"]]
        if each["name"] in (LOW, HIGH):
            edges.setdefault(str(sorted(each["labels"].items())), {})[each["name"]] = at, values
        elif each["name"] == "n":
            right = axis.twinx()
            right.fill_between(at, values, step="post", color="#808080", alpha=0.2)
            right.tick_params(labelsize=8)
            right.set_ylim(bottom=0)
        else:
            axis.plot(at, values, linewidth=1.2, label=each["name"])
    for pair in edges.values():
        if len(pair) == 2 and pair[LOW][0] == pair[HIGH][0]:
            axis.fill_between(pair[LOW][0], pair[LOW][1], pair[HIGH][1], color="#1f78c1", alpha=0.18, linewidth=0)
    axis.xaxis.set_major_formatter(dates.DateFormatter("%H:%M:%S"))
    axis.yaxis.set_major_formatter(lambda value, _: written(value, panel["unit"]))
    axis.tick_params(labelsize=8)
    axis.grid(alpha=0.3)
    if not series:
        axis.text(0.5, 0.5, panel["none"], ha="center", va="center", transform=axis.transAxes, color="#888888")
    elif axis.lines:
        axis.legend(fontsize=8, loc="best", ncols=3, framealpha=0.6)


def stored(panel: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows of ClickHouse as series."""
    _, *names = panel["columns"]
    found = []
    for place, name in enumerate(names, start=1):
        values = [
            (datetime.fromisoformat(row[0]).replace(tzinfo=UTC).timestamp(), row[place])
            for row in panel["rows"]
            if row[place] is not None
        ]
        found.append({"name": name, "labels": {}, "values": values})
    return found


def heat(axis: Any, panel: dict[str, Any]) -> None:
    series = sorted(panel["series"], key=lambda each: float(each["name"].replace("+Inf", "inf")))
    if not series:
        axis.text(0.5, 0.5, panel["none"], ha="center", va="center", color="#888888")
        return
    moments = sorted({moment for each in series for moment, _ in each["values"]})
    columns = []
    for each in series:
        values = dict(map(tuple, each["values"]))
        columns.append([float(values.get(moment, 0)) for moment in moments])
    differences = [columns[0]]
    for one, other in pairwise(columns):
        differences.append([larger - smaller for smaller, larger in zip(one, other, strict=True)])
    axis.imshow(differences, aspect="auto", origin="lower", cmap="YlOrRd", interpolation="nearest")
    bounds = [written(float(each["name"].replace("+Inf", "inf")), "s") for each in series]
    axis.set_yticks(range(0, len(series), 3), bounds[::3])
    axis.set_xticks([])
    axis.tick_params(labelsize=8)


def bars(axis: Any, panel: dict[str, Any]) -> None:
    series = sorted(panel["series"], key=lambda each: float(each["values"][-1][1]))
    if not series:
        axis.axis("off")
        axis.text(0.5, 0.5, panel["none"], ha="center", va="center", color="#888888")
        return
    names = [each["name"] or "(none)" for each in series]
    values = [float(each["values"][-1][1]) for each in series]
    axis.barh(names, values, color=[limit(panel["limits"], value) for value in values])
    for place, value in enumerate(values):
        axis.text(value, place, f" {written(value, panel['unit'])}", va="center", fontsize=11)
    axis.set_xlim(0, max([*values, 1]) * 1.4)
    axis.tick_params(labelsize=11)
    axis.xaxis.set_visible(False)


def table(axis: Any, panel: dict[str, Any]) -> None:
    axis.axis("off")
    columns, rows = (panel["columns"], panel["rows"]) if "rows" in panel else joined(panel)
    if not rows:
        axis.text(0.5, 0.5, panel["none"], ha="center", va="center", color="#888888")
        return
    for order in panel["order"]:
        place, last = columns.index(order["displayName"]), float("-inf" if order["desc"] else "inf")
        rows = sorted(rows, key=lambda row: last if row[place] == "" else row[place], reverse=order["desc"])
    drawn = [row[:] for row in rows[: int(TABLE_ROWS * panel["place"]["h"])]]
    cells = [[cell(panel, name, value) for name, value in zip(columns, row, strict=True)] for row in drawn]
    shown = axis.table(cellText=cells, colLabels=columns, loc="upper left", cellLoc="left", edges="horizontal")
    shown.auto_set_font_size(False)
    shown.set_fontsize(10)
    shown.scale(1, 1.35)
    for down, row in enumerate(drawn, start=1):
        for across, (name, value) in enumerate(zip(columns, row, strict=True)):
            steps = panel["of_columns"].get(name, {}).get("thresholds", {}).get("steps", [])
            if len(steps) > 1 and isinstance(value, (int, float)) and (colour := limit(steps, value)) != NONE:
                shown[down, across].visible_edges = "BRTL"
                shown[down, across].set_facecolor(colour)
                shown[down, across].get_text().set_color("white")


def joined(panel: dict[str, Any]) -> tuple[list[str], list[list[Any]]]:
    """The series of several queries as rows, by their labels."""
    found: dict[tuple[tuple[str, str], ...], dict[str, float]] = {}
    references = sorted({each["ref"] for each in panel["series"]})
    for each in panel["series"]:
        found.setdefault(tuple(sorted(each["labels"].items())), {})[each["ref"]] = float(each["values"][-1][1])
    labels = sorted({name for key in found for name, _ in key})
    rows = []
    for key, values in sorted(found.items()):
        named = dict(key)
        rows.append([*(named.get(name, "") for name in labels), *(values.get(ref, "") for ref in references)])
    headings = [panel["headings"].get(f"Value #{ref}", ref) for ref in references]
    return [*labels, *headings], rows


def cell(panel: dict[str, Any], column: str, value: Any) -> str:
    unit = panel["of_columns"].get(column, {}).get("unit", "short")
    return written(value, unit) if isinstance(value, (int, float)) else str(value)[:28]


def fixed(panel: dict[str, Any], name: str) -> str | None:
    """The colour that an override gives to series whose names begin so."""
    for pattern, properties in panel["of_columns"].items():
        if pattern.startswith("/^") and name.startswith(pattern.strip("/^")):
            return COLOURS.get(properties["color"]["fixedColor"])
    return None


def limit(steps: list[dict[str, Any]], value: float) -> str:
    colour = "text"
    for step in steps:
        if step["value"] is None or value >= step["value"]:
            colour = step["color"]
    return COLOURS.get(colour, "#333333")


def written(value: float, unit: str) -> str:
    if unit == "percentunit":
        return f"{value:.0%}"
    if unit == "s":
        return (
            f"{value / 3600:.1f} h"
            if abs(value) >= 3600
            else f"{value / 60:.1f} min"
            if abs(value) >= 60
            else f"{value:.3g} s"
        )
    return f"{value:,.0f}" if abs(value) >= 10 else f"{value:.3g}"


DRAWN = {"stat": number, "timeseries": lines, "heatmap": heat, "bargauge": bars, "table": table}


if __name__ == "__main__":
    main()
