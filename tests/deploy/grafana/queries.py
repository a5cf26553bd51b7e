"""The queries of committed dashboards, with what Grafana would put in."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from tests.deploy.program import ROOT

DIRECTORY: Final = ROOT / "deploy" / "grafana" / "dashboards"

_VARIABLES: Final = {"$window": "1h", "$team": ".*", "$channel": ".*", "$__rate_interval": "30s"}

_MACROS: Final = (
    (r"\$\{(?:team|channel):pipe\}", ".*"),
    (r"\$__timeFilter\((\w+)\)", r"\1 >= now() - INTERVAL 1 DAY AND \1 <= now() + INTERVAL 1 HOUR"),
    (r"\$__timeInterval\((\w+)\)", r"toStartOfInterval(toDateTime(\1), INTERVAL 60 second)"),
)


class Query(NamedTuple):
    """One target of a panel."""

    board: str
    panel: str
    text: str
    """As the data source gets it."""
    kind: str
    """prometheus or clickhouse."""
    needs: frozenset[str]
    """Columns, or labels of series, that the panel names."""

    @property
    def name(self) -> str:
        return f"{self.board}: {self.panel}: {self.text[:60]}"


def boards(language: str = "*") -> dict[Path, dict[str, Any]]:
    return {path: json.loads(path.read_text()) for path in sorted(DIRECTORY.glob(f"{language}/*.json"))}


def panels(board: dict[str, Any]) -> list[dict[str, Any]]:
    """Without the headings of rows."""
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def queries(language: str = "en") -> Iterator[Query]:
    for path, board in boards(language).items():
        for panel in panels(board):
            for target in panel["targets"]:
                if "expr" in target:
                    needs = _labels(panel, target["legendFormat"])
                    yield Query(path.stem, panel["title"], filled(target["expr"]), "prometheus", needs)
                else:
                    yield Query(path.stem, panel["title"], expanded(target["rawSql"]), "clickhouse", _columns(panel))


def _labels(panel: dict[str, Any], legend: str) -> frozenset[str]:
    """In the legend, or of a table beside its values."""
    places = [each["options"].get("indexByName", {}) for each in panel.get("transformations", ())]
    columns = {name for names in places for name in names if not name.startswith("Value #")}
    return frozenset(re.findall(r"{{(\w+)}}", legend)) | columns


def _columns(panel: dict[str, Any]) -> frozenset[str]:
    """Of a table: those with a unit of their own."""
    overrides = panel["fieldConfig"]["overrides"] if panel["type"] == "table" else []
    return frozenset(
        each["matcher"]["options"] for each in overrides if "unit" in {each["id"] for each in each["properties"]}
    )


def expanded(sql: str) -> str:
    for macro, meaning in _MACROS:
        sql = re.sub(macro, meaning, sql)
    return sql


def filled(expression: str) -> str:
    """With the values that variables have at first."""
    for variable, value in _VARIABLES.items():
        expression = expression.replace(variable, value)
    return expression
