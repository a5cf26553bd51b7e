"""Lines and columns of the Chinese dashboards are called in Chinese."""

import re
from collections.abc import Iterator
from typing import Any, Final

from schemas.dimensions import DIMENSIONS
from tests.deploy.grafana.queries import boards, panels

STAYS: Final = {*DIMENSIONS, "metric", "definition", "n", "p50", "p95", "10 s", "1 min", "5 min", "time"}
"""Names of dimensions, columns of names, statistics, units, and the axis of time."""


def columns(sql: str) -> Iterator[str]:
    """By the names that a query gives them."""
    shown = sql.removeprefix("SELECT ").partition(" FROM ")[0]
    while (bare := re.sub(r"\([^()]*\)", "", shown)) != shown:
        shown = bare
    for column in shown.split(", "):
        yield column.rpartition(" AS ")[2].strip('"')


def names(panel: dict[str, Any]) -> Iterator[str]:
    """Of lines and columns, as they are shown; labels are put in by Grafana."""
    called = {
        override["matcher"]["options"]: each["value"]
        for override in panel["fieldConfig"]["overrides"]
        for each in override["properties"]
        if each["id"] == "displayName"
    }
    for target in panel["targets"]:
        if "rawSql" in target:
            yield from (called.get(column, column) for column in columns(target["rawSql"]))
        else:
            yield re.sub(r"{{\w+}}", "", target["legendFormat"])
    for each in panel.get("transformations", ()):
        yield from each["options"].get("renameByName", {}).values()


def test_no_line_and_no_column_of_a_chinese_dashboard_is_called_in_english() -> None:
    for path, board in boards("zh").items():
        for panel in panels(board):
            english = {name for name in names(panel) if re.search("[a-z]", name) and name.isascii()}
            assert english <= STAYS, (path.stem, panel["title"])


def test_a_band_of_either_language_lies_between_two_lines_that_are_there() -> None:
    for path, board in boards().items():
        for panel in panels(board):
            for override in panel["fieldConfig"]["overrides"]:
                for each in override["properties"]:
                    assert each["id"] != "custom.fillBelowTo" or each["value"] in names(panel), path
