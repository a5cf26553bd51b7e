"""What all dashboards share: data sources, variables, links to each other, and marks of replays and initiatives."""

from collections.abc import Sequence
from typing import Any, Final, Literal, NamedTuple

from grafana_foundation_sdk.builders.dashboard import (
    AnnotationQuery,
    CustomVariable,
    Dashboard,
    DashboardLink,
    DatasourceVariable,
    QueryVariable,
    Row,
)
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DashboardLinkType,
    VariableOption,
    VariableRefresh,
    VariableSort,
)

from deploy.grafana.targets import CLICKHOUSE, PROMETHEUS, stored
from deploy.grafana.words import Language, Words

TAG: Final = "cxstream"

Section = tuple[Words, Sequence[Any]]
"""Heading and panels."""

REPLAYS_SQL: Final = (
    "SELECT at AS time, concat(step, ' ', plan) AS title, concat(who, ': ', reason) AS text, 'replay' AS tags "
    "FROM cx.replays FINAL WHERE $__timeFilter(at) AND step IN ('promoted', 'rolled back') ORDER BY at"
)

INITIATIVES_SQL: Final = (
    "SELECT assumeNotNull(at) AS time, concat(what, ' ', initiative) AS title, concat('to improve ', kpi) AS text, "
    "'initiative' AS tags FROM cx.initiatives ARRAY JOIN [started, ended] AS at, ['started', 'ended'] AS what "
    "WHERE $__timeFilter(at) ORDER BY at"
)

_WINDOW: Final = Words("window", "时间窗口")
_TEAM: Final = Words("team", "团队")
_CHANNEL: Final = Words("channel", "渠道")
_OTHERS: Final = Words("other dashboards", "其他看板")
_MARKS: Final = (
    (Words("replays", "重放"), REPLAYS_SQL, "purple"),
    (Words("initiatives", "改进措施"), INITIATIVES_SQL, "green"),
)


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
            .link(
                DashboardLink(_OTHERS.in_(language))
                .type(DashboardLinkType.DASHBOARDS)
                .tags([TAG, language])
                .as_dropdown(True)
                .keep_time(True)
                .include_vars(True)
            )
        )
        for name, sql, color in _MARKS:
            dashboard = dashboard.annotation(
                AnnotationQuery()
                .name(name.in_(language))
                .datasource(CLICKHOUSE)
                .target(stored(sql))
                .enable(True)
                .icon_color(color)
            )
        if "window" in self.variables:
            dashboard = dashboard.with_variable(
                CustomVariable("window")
                .label(_WINDOW.in_(language))
                .values("5m,1h,24h")
                .options([_option(each, each == self.window) for each in ("5m", "1h", "24h")])
                .current(_option(self.window, selected=True))
            )
        for dimension, label in (("team", _TEAM), ("channel", _CHANNEL)):
            if dimension in self.variables:
                dashboard = dashboard.with_variable(_dimension(dimension, label.in_(language)))
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
