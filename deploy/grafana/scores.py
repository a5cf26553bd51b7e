"""NPS, CSAT and effort: how sure each score is, and what it was in the months before."""

from deploy.grafana import promql
from deploy.grafana.board import Board
from deploy.grafana.estimates import Score, score_of_satisfaction
from deploy.grafana.panels import About, Panels
from deploy.grafana.targets import CHOSEN
from deploy.grafana.words import Words
from schemas.languages import Language

_BAND = Words(
    "The band is the 95 % interval, the grey bars are n: two scores whose bands overlap may well be the same.",
    "色带为 95% 置信区间，灰色柱为 n：色带重叠的两个分数可能并无差别。",
)


def _history(metric: str, function: str) -> str:
    """Scores of merged contents, per step of the graph: panes are added up first."""
    counts = "sum(top), sum(answers)" if function == "Share" else "sum(top), sum(bottom), sum(answers)"
    return (
        f"SELECT $__timeInterval(pane) AS time, cx{function}({counts}) AS value, "
        f'cx{function}Low({counts}) AS "95 % low", cx{function}High({counts}) AS "95 % high", sum(answers) AS n '
        "FROM (SELECT pane, satisfied AS top, dissatisfied AS bottom, n AS answers FROM cx.answers "
        f"WHERE {CHOSEN} AND metric = '{metric}') GROUP BY time ORDER BY time"
    )


def board(language: Language) -> Board:
    panel = Panels(language)
    return Board(
        "scores",
        Words("NPS, CSAT and effort", "NPS、满意度与费力度"),
        Words("Each score with its interval and n.", "每个分数都带有置信区间和样本量 n。"),
        [
            (
                Words("Live windows", "实时窗口"),
                [
                    panel.band(
                        About(Words("NPS", "净推荐值 NPS"), _BAND),
                        Score(
                            promql.nps(), promql.nps_bound("-"), promql.nps_bound("+"), promql.answers("nps"), "none"
                        ),
                    ),
                    panel.band(
                        About(Words("Satisfied customers", "客户满意率"), _BAND),
                        score_of_satisfaction("csat"),
                        more=[('max(kpi:cx_target:wanted{metric="csat"})', Words("floor", "底线"))],
                    ),
                    panel.lines(
                        About(
                            Words("Effort", "客户费力度"),
                            Words(
                                "Mean of the scale's codes, and how many answers it rests on; its interval is in "
                                "`cxstream report ces`.",
                                "量表编码的平均值及答复数；置信区间见 `cxstream report ces`。",
                            ),
                        ),
                        "none",
                        [(promql.mean_answer("ces"), "{{definition}}"), (promql.answers("ces", by=""), "n")],
                    ),
                    panel.lines(
                        About(
                            Words("NPS answers by class", "NPS 答复构成"),
                            Words(
                                "Counts, so that a score that moves can be told from a mix that moves.",
                                "按类别计数，用以区分分数变化与结构变化。",
                            ),
                        ),
                        "short",
                        [
                            (promql.answers("nps", "promoter"), Words("promoters", "推荐者")),
                            (promql.answers("nps", "passive"), Words("passives", "中立者")),
                            (promql.answers("nps", "detractor"), Words("detractors", "贬损者")),
                        ],
                    ),
                ],
            ),
            (
                Words("From ClickHouse: all that is stored", "来自 ClickHouse：全部历史"),
                [
                    panel.history(About(Words("NPS over time", "NPS 历史"), _BAND), "none", _history("nps", "Nps"), 12),
                    panel.history(
                        About(Words("Satisfied over time, all scales", "满意率历史（所有量表）"), _BAND),
                        "percentunit",
                        _history("csat", "Share"),
                        12,
                    ),
                ],
            ),
        ],
        frozenset({"window", "team", "channel"}),
        window="24h",
    )
