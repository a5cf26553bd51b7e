"""Panels: each has a title, says how to read it, has a unit and words for no data. A score never stands without its n."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, TypeVar

from grafana_foundation_sdk.builders import bargauge, common, heatmap, stat, table, timeseries
from grafana_foundation_sdk.builders.dashboard import DashboardLink
from grafana_foundation_sdk.models.common import (
    BarGaugeDisplayMode,
    BigValueColorMode,
    BigValueGraphMode,
    BigValueTextMode,
    GraphDrawStyle,
    LegendDisplayMode,
    LegendPlacement,
    TooltipDisplayMode,
    VisibilityMode,
    VizOrientation,
)
from grafana_foundation_sdk.models.dashboard import (
    DataTransformerConfig,
    DynamicConfigValue,
)

from deploy.grafana import promql
from deploy.grafana.columns import HIGH, LOW, Column, Stored
from deploy.grafana.estimates import Score
from deploy.grafana.limits import BAD, FLOOR, GOOD, PLAIN, Limits
from deploy.grafana.targets import CLICKHOUSE, PROMETHEUS, buckets, listed, live, now, stored, stored_series
from deploy.grafana.words import Words
from schemas.languages import Language

NO_DATA: Final = Words("no data", "无数据")

_VALUE: Final = Words("value", "数值")

WIDTH: Final = 24
"""Columns of Grafana's grid."""


Panel = TypeVar("Panel", stat.Panel, timeseries.Panel, bargauge.Panel, heatmap.Panel, table.Panel)


class About(NamedTuple):
    """What a panel says of itself."""

    title: Words
    description: Words


class Panels:
    """Makes the panels of a dashboard in one language."""

    def __init__(self, language: Language) -> None:
        self._language = language

    def number(
        self,
        about: About,
        value: str,
        unit: str,
        limits: Limits = Limits(),  # noqa: B008  immutable
        n: str | None = None,
        legend: str = "",
        width: int = 4,
    ) -> stat.Panel:
        """A large number, and beside it the n that it rests on."""
        panel = self._begun(stat.Panel(), about, unit, width, 5).datasource(PROMETHEUS)
        panel = (
            panel.with_target(now(value, legend or self._of(about.title)))
            .thresholds(limits.config())
            .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
            .color_mode(BigValueColorMode.BACKGROUND if limits.steps else BigValueColorMode.VALUE)
            .graph_mode(BigValueGraphMode.NONE)
            .text_mode(BigValueTextMode.VALUE if n is None else BigValueTextMode.VALUE_AND_NAME)
        )
        if n is not None:
            panel = panel.with_target(now(n, "n", "N")).override_by_name("n", _plain_count())
        return panel

    def judged(self, about: About, score: Score, legend: str, width: int = 4) -> stat.Panel:
        """A large share with its n, and a sign and a colour where its whole interval is on one side of the floor."""
        value = promql.judged(score.value, score.low, score.high, FLOOR)
        return (
            self.number(about, value, score.unit, n=score.n, legend=f"{{{{verdict}}}} {legend}".strip(), width=width)
            .color_mode(BigValueColorMode.BACKGROUND)
            .override_by_regexp(f"/^{promql.BELOW}/", _fixed(BAD))
            .override_by_regexp(f"/^{promql.ABOVE}/", _fixed(GOOD))
        )

    def band(
        self, about: About, score: Score, width: int = 12, more: Sequence[tuple[str, Words]] = ()
    ) -> timeseries.Panel:
        """A score over time, its 95 % interval as a band, and n as bars on an axis of their own.

        ``more``: PromQL and legend of lines to compare with.
        """
        low, high = self._of(LOW), self._of(HIGH)
        panel = self._lines(about, score.unit, width)
        panel = (
            panel.with_target(live(score.value, score.legend))
            .with_target(live(score.low, low, "L"))
            .with_target(live(score.high, high, "H"))
            .with_target(live(score.n, "n", "N"))
            .override_by_name(high, [_property("custom.fillBelowTo", low), *_faint()])
            .override_by_name(low, _faint())
            .override_by_name("n", _bars())
        )
        for place, (expression, legend) in enumerate(more):
            panel = panel.with_target(live(expression, self._of(legend), f"M{place}"))
        return panel

    def lines(
        self, about: About, unit: str, series: Sequence[tuple[str, Words | str]], width: int = 12
    ) -> timeseries.Panel:
        """PromQL and legend of each line; one called n becomes bars on an axis of their own."""
        panel = self._lines(about, unit, width)
        for place, (expression, legend) in enumerate(series):
            panel = panel.with_target(live(expression, self._of(legend), chr(ord("A") + place)))
        return panel.override_by_name("n", _bars())

    def history(self, about: About, unit: str, sql: str, width: int = 24) -> timeseries.Panel:
        """From ClickHouse: columns time, value, the two ends of the interval, and n."""
        panel = self._lines(about, unit, width).datasource(CLICKHOUSE).with_target(stored_series(sql))
        panel = self._column(panel, _VALUE)
        panel = self._column(panel, HIGH, [_property("custom.fillBelowTo", self._of(LOW)), *_faint()])
        return self._column(panel, LOW, _faint()).override_by_name("n", _bars())

    def ranking(
        self,
        about: About,
        unit: str,
        expression: str,
        legend: str,
        limits: Limits,
        width: int = 8,
        links: Sequence[DashboardLink] = (),
    ) -> bargauge.Panel:
        """The longest bar is the one to look at first; ``links``: where a click on one leads."""
        return (
            self._begun(bargauge.Panel(), about, unit, width, 8)
            .data_links([*links])
            .datasource(PROMETHEUS)
            .with_target(now(f"sort_desc({expression})", legend))
            .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
            .orientation(VizOrientation.HORIZONTAL)
            .display_mode(BarGaugeDisplayMode.GRADIENT)
            .thresholds(limits.config())
            .min(0)
        )

    def heat(self, about: About, expression: str, width: int = 12) -> heatmap.Panel:
        """Durations over time: the darker, the more."""
        return (
            self._begun(heatmap.Panel(), about, "s", width, 9)
            .datasource(PROMETHEUS)
            .with_target(buckets(expression))
            .calculate(False)
        )

    def table_of(
        self,
        about: About,
        columns: Sequence[Column],
        by: Sequence[str],
        width: int = 24,
        height: int = 9,
        link: Mapping[str, object] | None = None,
    ) -> table.Panel:
        """Columns joined by labels; ``link``: where a click on a value of the first label leads."""
        panel = self._begun(table.Panel(), about, "short", width, height).datasource(PROMETHEUS)
        if link:
            panel = panel.override_by_name(by[0], [_property("links", [link])])
        renamed = {}
        for place, column in enumerate(columns):
            ref, heading = chr(ord("A") + place), self._of(column.heading)
            panel = panel.with_target(listed(column.expression, ref))
            panel = panel.override_by_name(heading, [_property("unit", column.unit), *_coloured(column.limits)])
            renamed[f"Value #{ref}"] = heading
            if column.first:
                order = common.TableSortByFieldState().display_name(heading).desc(column.first == "largest")
                panel = panel.sort_by([order])
        return panel.with_transformation(DataTransformerConfig(id_val="merge", options={})).with_transformation(
            DataTransformerConfig(
                id_val="organize",
                options={
                    "excludeByName": {"Time": True},
                    "renameByName": renamed,
                    "indexByName": {name: place for place, name in enumerate([*by, *renamed])},
                },
            )
        )

    def rows(
        self,
        about: About,
        sql: str,
        columns: Sequence[Stored] = (),
        width: int = 24,
        height: int = 10,
    ) -> table.Panel:
        """Rows of ClickHouse as they come; names of dimensions stay as they are."""
        panel = self._begun(table.Panel(), about, "none", width, height).datasource(CLICKHOUSE).with_target(stored(sql))
        for column in columns:
            unit = [_property("unit", column.unit)] if column.unit else []
            panel = self._column(panel, column.heading, [*unit, *_coloured(column.limits)])
        return panel

    def _column(self, panel: Panel, heading: Words, properties: Sequence[DynamicConfigValue] = ()) -> Panel:
        """A stored column, by its name in the language where that is another than the query's."""
        name = self._of(heading)
        called: list[DynamicConfigValue] = [_property("displayName", name)] if name != heading.en else []
        return panel.override_by_name(heading.en, [*called, *properties]) if called or properties else panel

    def _lines(self, about: About, unit: str, width: int) -> timeseries.Panel:
        return (
            self._begun(timeseries.Panel(), about, unit, width, 9)
            .datasource(PROMETHEUS)
            .line_width(2)
            .show_points(VisibilityMode.NEVER)
            .tooltip(common.VizTooltipOptions().mode(TooltipDisplayMode.MULTI))
            .legend(
                common.VizLegendOptions()
                .display_mode(LegendDisplayMode.LIST)
                .placement(LegendPlacement.BOTTOM)
                .show_legend(True)
                .calcs([])
            )
        )

    def _begun(self, panel: Panel, about: About, unit: str, width: int, height: int) -> Panel:
        return (
            panel.title(self._of(about.title))
            .description(self._of(about.description))
            .unit(unit)
            .no_value(self._of(NO_DATA))
            .span(width)
            .height(height)
        )

    def _of(self, words: Words | str) -> str:
        return words if isinstance(words, str) else words.in_(self._language)


def _property(name: str, value: object) -> DynamicConfigValue:
    return DynamicConfigValue(id_val=name, value=value)


def _fixed(colour: str) -> list[DynamicConfigValue]:
    return [_property("color", {"mode": "fixed", "fixedColor": colour})]


def _coloured(limits: Limits) -> list[DynamicConfigValue]:
    """The cell's background, to be seen from afar."""
    if not limits.steps:
        return []
    steps = [{"value": None, "color": limits.first}, *({"value": at, "color": to} for at, to in limits.steps)]
    return [
        _property("thresholds", {"mode": "absolute", "steps": steps}),
        _property("custom.cellOptions", {"type": "color-background", "mode": "basic"}),
    ]


def _faint() -> list[DynamicConfigValue]:
    """A line that is only the edge of a band."""
    return [
        _property("custom.lineWidth", 0),
        _property("custom.fillOpacity", 18),
        *_fixed("blue"),
        _property("custom.hideFrom", {"legend": True, "tooltip": False, "viz": False}),
    ]


def _bars() -> list[DynamicConfigValue]:
    """How many facts: bars that nobody takes for a score."""
    return [
        _property("custom.drawStyle", GraphDrawStyle.BARS),
        _property("custom.axisPlacement", "right"),
        _property("custom.fillOpacity", 25),
        _property("custom.lineWidth", 0),
        *_fixed("#808080"),
        *_plain_count(),
    ]


def _plain_count() -> list[DynamicConfigValue]:
    return [
        _property("unit", "short"),
        _property("decimals", 0),
        _property("thresholds", {"mode": "absolute", "steps": [{"value": None, "color": PLAIN}]}),
    ]
