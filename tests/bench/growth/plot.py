"""Draws the curves of ``GROWTH.json`` beside it as SVG; run in an environment of its own, see ``plot.txt``."""

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt

plt.rcParams["svg.fonttype"] = "none"  # text as text, which is smaller
plt.rcParams["svg.hashsalt"] = "cxstream"  # the same figures give the same file

COLUMNS = 2
INCHES = (6.0, 3.4)
"""Of one panel."""


def main() -> None:
    """Arguments: the JSON file and the SVG file to write."""
    source, target = map(Path, sys.argv[1:])
    curves = json.loads(source.read_text())["curves"]
    rows = -(-len(curves) // COLUMNS)
    figure, axes = plt.subplots(rows, COLUMNS, figsize=(INCHES[0] * COLUMNS, INCHES[1] * rows), squeeze=False)
    for axis, curve in zip(axes.flat, curves, strict=False):
        draw(axis, curve)
    for axis in list(axes.flat)[len(curves) :]:
        axis.set_visible(False)
    figure.tight_layout()
    figure.savefig(target, metadata={"Date": None} if target.suffix == ".svg" else None)


def draw(axis: Any, curve: dict[str, Any]) -> None:
    """One panel: every series over the sizes."""
    points = curve["points"]
    for name in dict.fromkeys(name for point in points for name in point["values"]):
        if name.endswith("MiB"):
            continue  # of another unit; it is in the table
        shown = [(point["at"], point["values"][name]) for point in points if name in point["values"]]
        axis.plot(*zip(*shown, strict=True), marker="o", markersize=3, linewidth=1, label=name)
    spread = max(point["at"] for point in points) / max(1, min(point["at"] for point in points))
    if spread >= 50:
        axis.set_xscale("symlog" if points[0]["at"] == 0 else "log")
    heights = [y for line in axis.lines for y in line.get_ydata()]
    if min(heights) > 0 and max(heights) / min(heights) >= 100:
        axis.set_yscale("log")
    else:
        axis.set_ylim(bottom=0)
    axis.set_title(curve["name"], fontsize=10)
    axis.set_xlabel(curve["grows"], fontsize=8)
    axis.set_ylabel(curve["measured"], fontsize=8)
    axis.tick_params(labelsize=7)
    axis.grid(alpha=0.3)
    axis.legend(fontsize=6)


if __name__ == "__main__":
    main()
