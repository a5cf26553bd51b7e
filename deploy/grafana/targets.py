"""Queries of panels: PromQL and ClickHouse's SQL."""

from typing import Any, Final

from grafana_foundation_sdk.builders.prometheus import Dataquery as PrometheusQuery
from grafana_foundation_sdk.cog import builder, variants
from grafana_foundation_sdk.models.common import DataSourceRef
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

PROMETHEUS: Final = DataSourceRef(type_val="prometheus", uid="${metrics}")
CLICKHOUSE: Final = DataSourceRef(type_val="grafana-clickhouse-datasource", uid="${store}")
"""The variables of each dashboard name the data sources."""

CHOSEN: Final = "$__timeFilter(pane) AND match(team, '^(${team:pipe})$') AND match(channel, '^(${channel:pipe})$')"
"""What is stored of the time shown, and of the teams and channels that the dashboard's variables say."""


def live(expression: str, legend: str, ref: str = "A") -> PrometheusQuery:
    """Over the time shown."""
    return PrometheusQuery().datasource(PROMETHEUS).expr(expression).legend_format(legend).ref_id(ref).range()


def now(expression: str, legend: str, ref: str = "A") -> PrometheusQuery:
    """At the end of the time shown."""
    return PrometheusQuery().datasource(PROMETHEUS).expr(expression).legend_format(legend).ref_id(ref).instant()


def listed(expression: str, ref: str) -> PrometheusQuery:
    """As rows of a table."""
    return now(expression, "", ref).format(PromQueryFormat.TABLE)


def buckets(expression: str) -> PrometheusQuery:
    """Of a heatmap."""
    return live(expression, "{{le}}").format(PromQueryFormat.HEATMAP)


class ClickHouseQuery(variants.Dataquery):
    """What the plugin grafana-clickhouse-datasource reads; the SDK does not know it."""

    def __init__(self, sql: str, kind: str, ref: str) -> None:
        self._sql, self._kind, self._ref = sql, kind, ref

    def to_json(self) -> dict[str, Any]:
        return {
            "refId": self._ref,
            "datasource": CLICKHOUSE,
            "editorType": "sql",
            "queryType": self._kind,
            "rawSql": self._sql,
            # 0 is a time series, 1 a table.
            "format": 0 if self._kind == "timeseries" else 1,
            "pluginVersion": "4.20.0",
        }


class _Built(builder.Builder[ClickHouseQuery]):
    def __init__(self, query: ClickHouseQuery) -> None:
        self._query = query

    def build(self) -> ClickHouseQuery:
        return self._query


def stored(sql: str, ref: str = "A") -> _Built:
    """Rows of a table."""
    return _Built(ClickHouseQuery(sql, "table", ref))


def stored_series(sql: str, ref: str = "A") -> _Built:
    """A column `time` and numbers."""
    return _Built(ClickHouseQuery(sql, "timeseries", ref))
