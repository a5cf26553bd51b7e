"""What all dashboards share: data sources, variables, links and marks."""

from collections.abc import Sequence
from typing import Any, Final, Literal, NamedTuple

from grafana_foundation_sdk.builders.dashboard import (
    CustomVariable,
    Dashboard,
    DatasourceVariable,
    QueryVariable,
    Row,
)
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    VariableOption,
    VariableRefresh,
    VariableSort,
)

from deploy.grafana.links import TAG, Runbook, others, runbook
from deploy.grafana.marks import marks
from deploy.grafana.targets import PROMETHEUS
from deploy.grafana.words import Words
from schemas.languages import Language

Section = tuple[Words, Sequence[Any]]
"""Heading and panels."""

_WINDOW: Final = Words("window", "时间窗口")
_TEAM: Final = Words("team", "团队")
_CHANNEL: Final = Words("channel", "渠道")


class Board(NamedTuple):
    """A dashboard to be."""

    name: str
    """Of its file; its uid is ``cx-<name>-<language>``."""
    title: Words
    description: Words
    sections: Sequence[Section]
    variables: frozenset[Literal["window", "team", "channel"]]
    """That its queries use."""
    since: str = "now-6h"
    window: str = "1h"
    """The one shown at first."""
    runbook: Runbook = "kpis"

    def build(self, language: Language) -> Any:
        dashboard = (
            Dashboard(self.title.in_(language))
            .uid(f"cx-{self.name}-{language}")
            .description(self.description.in_(language))
            .tags([TAG, language])
            .time(self.since, "now")
            .refresh("15s" if self.since.endswith("h") else "5m")
            .timezone("browser")
            .tooltip(DashboardCursorSync.CROSSHAIR)
            .with_variable(DatasourceVariable("metrics").label("Prometheus").type("prometheus"))
            .with_variable(DatasourceVariable("store").label("ClickHouse").type("grafana-clickhouse-datasource"))
            .link(others(language))
            .link(runbook(self.runbook, language))
        )
        for mark in marks(language):
            dashboard = dashboard.annotation(mark)
        if "window" in self.variables:
            dashboard = dashboard.with_variable(
                CustomVariable("window")
                .label(_WINDOW.in_(language))
                .values("5m,1h,24h")
                .options([_option(each, each == self.window) for each in ("5m", "1h", "24h")])
                .current(_option(self.window, selected=True))
            )
        for name, label in (("team", _TEAM), ("channel", _CHANNEL)):
            if name in self.variables:
                dashboard = dashboard.with_variable(_dimension(name, label.in_(language)))
        for heading, panels in self.sections:
            dashboard = dashboard.with_row(Row(heading.in_(language)))
            for panel in panels:
                dashboard = dashboard.with_panel(panel)
        return dashboard.build()


def _dimension(name: str, label: str) -> QueryVariable:
    """Values that segments have now; all of them at first, also where the dimension is not kept."""
    return (
        QueryVariable(name)
        .label(label)
        .datasource(PROMETHEUS)
        .query(f"label_values(segment:cx_window_observations:sum, {name})")
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        .all_value(".*")
        .current(VariableOption(selected=True, text="All", value="$__all"))
    )


def _option(value: str, selected: bool) -> VariableOption:
    return VariableOption(selected=selected, text=value, value=value)
