"""What the panels of all dashboards were answered at one moment, kept beside the pictures that are drawn of it."""

import gzip
import json
from pathlib import Path
from typing import Any, Final, NamedTuple

from deploy.local.alerting import EVERY_SECONDS
from tests.deploy.grafana.observation import Observation
from tests.deploy.grafana.queries import expanded, filled, panels

RECORDED: Final = Path(__file__).with_name("answers.json.gz")

OVER_TIME: Final = ("timeseries", "heatmap")
"""Panels that show how it came about; the others show what is so at the end."""

_MOST_ROWS: Final = 12
"""Of a table that are kept, more than are drawn."""

_LAST_SECONDS: Final = 30
"""What Grafana would show in a moment in which no scrape was missed."""


class NotRecorded(LookupError):
    """A panel asks what was not asked when the answers were recorded; the text says which."""


class Answers(NamedTuple):
    """By the text of the query as dashboards have it."""

    series: dict[str, list[Any]]
    """PromQL over the time that was observed: labels and values, as Prometheus gives them."""
    latest: dict[str, list[Any]]
    """PromQL at the end of it."""
    rows: dict[str, Any]
    """SQL: columns and rows."""

    def of(self, panel: dict[str, Any], target: dict[str, Any]) -> Any:
        """Raises NotRecorded."""
        text: str = target["rawSql"] if "rawSql" in target else target["expr"]
        try:
            return self._kept(panel, target)[text]
        except KeyError:
            raise NotRecorded(f"{panel['title']}: {text}") from None

    def _kept(self, panel: dict[str, Any], target: dict[str, Any]) -> dict[str, Any]:
        if "rawSql" in target:
            return self.rows
        return self.series if panel["type"] in OVER_TIME else self.latest

    def ask(self, panel: dict[str, Any], target: dict[str, Any], observed: Observation, until: float) -> None:
        """Keep what a running stack answers; ``until``: s since 1970."""
        kept = self._kept(panel, target)
        if "rawSql" in target:
            columns, rows = observed.rows(expanded(target["rawSql"]))
            most = None if panel["type"] in OVER_TIME else _MOST_ROWS
            kept[target["rawSql"]] = {"columns": columns, "rows": [[*row] for row in rows[:most]]}
            return
        begin = observed.began if panel["type"] in OVER_TIME else until - _LAST_SECONDS
        found = observed.lately(filled(target["expr"]), begin, until, EVERY_SECONDS)
        for each in found:
            each["values"] = [(moment, float(f"{float(value):.6g}")) for moment, value in each["values"]]
            if kept is self.latest:
                del each["values"][:-1]
        kept[target["expr"]] = found

    @classmethod
    def recorded(cls) -> "Answers":
        """Those beside the pictures."""
        return cls(*json.loads(gzip.decompress(RECORDED.read_bytes())))

    def record(self) -> None:
        """Put them beside the pictures; the same answers are the same bytes."""
        RECORDED.write_bytes(gzip.compress(json.dumps(self, default=str).encode(), mtime=0))


def ask_all(boards: list[dict[str, Any]], observed: Observation, until: float) -> Answers:
    """What every panel is answered."""
    answers = Answers({}, {}, {})
    for board in boards:
        for panel in panels(board):
            for target in panel["targets"]:
                answers.ask(panel, target, observed, until)
    return answers
