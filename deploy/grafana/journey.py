"""The journey: stage by stage, where customers are satisfied and where they are lost."""

from typing import Final

from deploy.grafana.board import Board
from deploy.grafana.columns import CLEARLY_SATISFIED, HIGH, LOW, P50, P95, Stored
from deploy.grafana.panels import About, Panels
from deploy.grafana.segments import LEAST
from deploy.grafana.words import Words
from schemas.indices import load_indices
from schemas.journeys import load_journeys
from schemas.languages import Language
from schemas.metrics import load_registry

_STAGES: Final = [
    f"'{journey.id}/{stage}'"
    for journey in load_journeys(load_indices(load_registry())).values()
    for stage in journey.stages
]
"""As customers meet them; `python -m deploy.grafana` writes those of journeys.yaml into the queries."""

_IN_ORDER: Final = (
    f"journey, transform(concat(journey, '/', stage), [{', '.join(_STAGES)}], "
    f"[{', '.join(map(str, range(len(_STAGES))))}], {len(_STAGES)}), stage"
)
"""What to order by; stages that no journey lists come last."""

_SATISFIED = (
    "SELECT journey, stage, sum(answers) AS n, cxShare(sum(top), sum(answers)) AS satisfied, "
    'cxShareLow(sum(top), sum(answers)) AS "95 % low", cxShareHigh(sum(top), sum(answers)) AS "95 % high" '
    "FROM (SELECT journey, stage, satisfied AS top, n AS answers FROM cx.answers "
    "WHERE $__timeFilter(pane) AND metric = 'csat') GROUP BY journey, stage "
    f"HAVING n >= {LEAST} ORDER BY {_IN_ORDER}"
)

_NPS = (
    "SELECT journey, stage, sum(answers) AS n, cxNps(sum(p), sum(d), sum(answers)) AS nps, "
    'cxNpsLow(sum(p), sum(d), sum(answers)) AS "95 % low", cxNpsHigh(sum(p), sum(d), sum(answers)) AS "95 % high" '
    "FROM (SELECT journey, stage, promoters AS p, detractors AS d, n AS answers FROM cx.nps "
    "WHERE $__timeFilter(pane)) GROUP BY journey, stage "
    f"HAVING n >= {LEAST} ORDER BY {_IN_ORDER}"
)

_DURATIONS = (
    "SELECT metric, journey, stage, sum(durations) AS n, "
    "cxDurationQuantile(sumMap(lengths), sum(durations), 0.5) / 1000 AS p50, "
    "cxDurationQuantile(sumMap(lengths), sum(durations), 0.95) / 1000 AS p95 "
    "FROM (SELECT metric, journey, stage, n AS durations, buckets AS lengths FROM cx.panes WHERE $__timeFilter(pane) "
    "AND (metric IN ('first_response', 'resolution', 'queue_wait') OR startsWith(metric, 'measured.'))) "
    f"GROUP BY metric, journey, stage HAVING n >= {LEAST} ORDER BY metric, {_IN_ORDER} LIMIT 200"
)

_OF_STAGES = '{level="stage",metric="csat"}'


def board(language: Language) -> Board:
    panel = Panels(language)
    return Board(
        "journey",
        Words("Journey", "客户旅程"),
        Words(
            "Where on their way customers are lost, over the time shown. Needs journey and stage among CX_DIMENSIONS.",
            "客户在旅程的哪一步流失（所选时间内）。CX_DIMENSIONS 中须包含 journey 与 stage。",
        ),
        [
            (
                Words("Stages", "各阶段"),
                [
                    panel.rows(
                        About(
                            Words("Satisfaction by stage", "各阶段满意率"),
                            Words(
                                "The dive curve as numbers: stages in the order of the journey, with interval and n. Where it falls and "
                                "the intervals are clear of each other customers are lost; `cxstream report csat --by stage --where "
                                "journey=ID` tests each step. Red: the whole interval is below 80 %.",
                                "以数字呈现的跳水曲线：按旅程顺序排列，附置信区间与 n。下降且区间互不重叠处，即客户流失处；"
                                "`cxstream report csat --by stage --where journey=ID` 逐步检验。红色：整个区间低于 80%。",
                            ),
                        ),
                        _SATISFIED,
                        CLEARLY_SATISFIED,
                        width=12,
                    ),
                    panel.rows(
                        About(
                            Words("NPS by stage", "各阶段 NPS"),
                            Words(
                                "Stages in which recommendation was asked, with interval and n.",
                                "询问过推荐意愿的阶段，附置信区间与 n。",
                            ),
                        ),
                        _NPS,
                        [Stored(Words("nps", "NPS")), Stored(LOW), Stored(HIGH)],
                        width=12,
                    ),
                ],
            ),
            (
                Words("Over the last day", "最近一天"),
                [
                    panel.lines(
                        About(
                            Words("Satisfaction of the last day by stage", "最近一天各阶段满意率"),
                            Words(
                                "What the alert CxStageDived looks at: a stage is told when it is clearly worse than at this hour a week "
                                "ago. Bars: answers of all stages together.",
                                "告警 CxStageDived 所依据的数据：某阶段明显差于一周前同一时刻时告警。柱状：所有阶段的答复总数。",
                            ),
                        ),
                        "percentunit",
                        [
                            (
                                f"sum by (journey, stage) (group:cx_window_scored:share{_OF_STAGES})",
                                "{{journey}} {{stage}}",
                            ),
                            (f"sum (group:cx_window_scored:sum{_OF_STAGES})", "n"),
                        ],
                        width=24,
                    ),
                ],
            ),
            (
                Words("Durations", "时长"),
                [
                    panel.rows(
                        About(
                            Words("How long each stage takes", "各阶段用时"),
                            Words(
                                "Responses, waits and measured steps: quantiles within 2 %, and n. Those who still wait are not in them.",
                                "响应、排队与各步骤用时：分位数误差在 2% 以内，附 n。仍在等待者未计入。",
                            ),
                        ),
                        _DURATIONS,
                        [P50, P95],
                    ),
                ],
            ),
        ],
        frozenset(),
        since="now-7d",
    )
