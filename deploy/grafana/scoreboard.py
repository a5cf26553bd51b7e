"""The KPI scoreboard: each KPI that has an alarm, by team, beside what is wanted."""

from deploy.grafana.board import Board
from deploy.grafana.columns import Column
from deploy.grafana.limits import BAD, GOOD, WARNING, Limits
from deploy.grafana.panels import About, Panels
from deploy.grafana.words import Words
from schemas.languages import Language

_OF_KPI = "* on (metric, window) group_left (kpi) (kpi:cx_target:wanted > bool -1)"
"""Adds the name of the KPI, times 1."""

_TEAMS = '{level="team"}'

_MISSED_BY = (
    f'kpi:cx_target:wanted{{better="higher"}} - on (metric, window) group_right () group:cx_window_scored:share{_TEAMS}'
    f' or group:cx_window_scored:share{_TEAMS} - on (metric, window) group_left () kpi:cx_target:wanted{{better="lower"}}'
)
"""Negative where the target is met."""

_FAR = Limits(GOOD, ((0.0, WARNING), (0.1, BAD)))
"""From 0 on chance may be all there is; by 10 points, with few facts, too: n says so."""


def board(language: Language) -> Board:
    panel = Panels(language)
    by_team = "sum by (kpi, team)"
    return Board(
        "scoreboard",
        Words("KPI scoreboard", "KPI 记分板"),
        Words(
            "The KPIs of targets.yml, as alerts see them. All of the registry: cxstream report kpi.",
            "targets.yml 中的 KPI（与告警一致）。完整列表：cxstream report kpi。",
        ),
        [
            (
                Words("Now", "当前"),
                [
                    panel.table_of(
                        About(
                            Words("KPIs by team", "各团队 KPI"),
                            Words(
                                "The worst on top: by how much the target is missed (green: met), value, target and n. A KPI alarms only when its whole interval of 4.5 standard deviations "
                                "misses the target: a value on the wrong side alone may be chance.",
                                "最差者在最上方：与目标的差距（绿色为达标）、当前值、目标与 n。仅当 4.5 倍标准差区间整体未达目标时才告警：单个数值偏离可能只是偶然。",
                            ),
                        ),
                        [
                            Column(
                                f"{by_team} (({_MISSED_BY}) {_OF_KPI})",
                                Words("missed by", "差距"),
                                "percentunit",
                                _FAR,
                                first="largest",
                            ),
                            Column(
                                f"{by_team} (group:cx_window_scored:share{_TEAMS} {_OF_KPI})",
                                Words("value", "当前值"),
                                "percentunit",
                            ),
                            Column(
                                f"{by_team} ((group:cx_window_scored:sum{_TEAMS} > bool -1) * on (metric, window) "
                                "group_left (kpi) kpi:cx_target:wanted)",
                                Words("wanted", "目标"),
                                "percentunit",
                            ),
                            Column(
                                f"{by_team} (group:cx_window_scored:sum{_TEAMS} {_OF_KPI})", Words("n", "n"), "short"
                            ),
                        ],
                        ["kpi", "team"],
                        height=12,
                    ),
                ],
            ),
            (
                Words("Alerts", "告警"),
                [
                    panel.table_of(
                        About(
                            Words("Firing", "正在触发"),
                            Words(
                                "What to do about each is in deploy/runbooks; KPI alerts are silent while the pipeline stands still.",
                                "处理方法见 deploy/runbooks；数据管道停滞时 KPI 告警会被抑制。",
                            ),
                        ),
                        [
                            Column(
                                'sum by (alertname, severity, team, kpi) (ALERTS{alertstate="firing",alertname!="CxWatchdog"})',
                                Words("firing", "触发数"),
                                "short",
                            )
                        ],
                        ["alertname", "severity", "team", "kpi"],
                    ),
                ],
            ),
        ],
        frozenset(),
    )
