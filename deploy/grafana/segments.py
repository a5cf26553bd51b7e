"""Segments: which team, channel, region or product is worst, from what is stored."""

from deploy.grafana.board import Board
from deploy.grafana.columns import CLEARLY_SATISFIED, P50, P95, Stored
from deploy.grafana.panels import About, Panels
from deploy.grafana.targets import CHOSEN
from deploy.grafana.words import Words
from schemas.languages import Language

LEAST = 5
"""Answers below which a segment is not shown: who gave them could be told (k-anonymity, domain.md 0.9)."""


def _worst(metric: str) -> str:
    return (
        "SELECT channel, region, team, product, sum(answers) AS n, cxShare(sum(top), sum(answers)) AS satisfied, "
        'cxShareLow(sum(top), sum(answers)) AS "95 % low", cxShareHigh(sum(top), sum(answers)) AS "95 % high" '
        "FROM (SELECT channel, region, team, product, satisfied AS top, n AS answers FROM cx.answers "
        f"WHERE {CHOSEN} AND metric = '{metric}') GROUP BY channel, region, team, product "
        f'HAVING n >= {LEAST} ORDER BY "95 % high" LIMIT 50'
    )


_SLOWEST = (
    "SELECT team, channel, sum(durations) AS n, cxDurationQuantile(sumMap(lengths), sum(durations), 0.5) / 1000 AS p50, "
    "cxDurationQuantile(sumMap(lengths), sum(durations), 0.95) / 1000 AS p95 "
    "FROM (SELECT team, channel, n AS durations, buckets AS lengths FROM cx.panes "
    f"WHERE {CHOSEN} AND metric = 'first_response') GROUP BY team, channel "
    f"HAVING n >= {LEAST} ORDER BY p95 DESC LIMIT 50"
)


_MINUTES = (
    "SELECT pane, team, channel, sumIf(facts, metric = 'cases_opened') AS opened, "
    "sumIf(facts, metric = 'cases_resolved') AS resolved, sumIf(facts, metric = 'first_response') AS n, "
    "cxDurationQuantile(sumMapIf(buckets, metric = 'first_response'), n, 0.95) / 1000 AS p95 "
    "FROM (SELECT pane, team, channel, metric, n AS facts, buckets FROM cx.panes "
    f"WHERE {CHOSEN} AND metric IN ('cases_opened', 'first_response', 'cases_resolved')) "
    "GROUP BY pane, team, channel ORDER BY pane DESC, opened DESC LIMIT 500"
)


def board(language: Language) -> Board:
    panel = Panels(language)
    return Board(
        "segments",
        Words("Segments", "细分"),
        Words(
            "Where it is worst, over the time shown, of the teams and channels chosen.",
            "所选时间、团队与渠道内表现最差之处。",
        ),
        [
            (
                Words("Satisfaction", "满意度"),
                [
                    panel.rows(
                        About(
                            Words("Least satisfied segments", "满意率最低的细分"),
                            Words(
                                "First those that are bad beyond chance: by the upper end of the 95 % interval, red below 80 %. Segments with fewer "
                                f"than {LEAST} answers are not shown.",
                                f"按 95% 置信区间上限排序，确实较差者在前（上限低于 80% 为红色）。答复少于 {LEAST} 个的细分不显示。",
                            ),
                        ),
                        _worst("csat"),
                        CLEARLY_SATISFIED,
                    )
                ],
            ),
            (
                Words("Response", "响应"),
                [
                    panel.rows(
                        About(
                            Words("Slowest first responses", "首次响应最慢的细分"),
                            Words(
                                "Quantiles within 2 %, and n answers; customers who still wait are not in them.",
                                "分位数误差在 2% 以内，n 为答复数；仍在等待者未计入。",
                            ),
                        ),
                        _SLOWEST,
                        [P50, P95],
                    )
                ],
            ),
            (
                Words("Minute by minute", "逐分钟"),
                [
                    panel.rows(
                        About(
                            Words("Cases by minute", "各分钟工单"),
                            Words(
                                "The newest first: cases opened and resolved, n first answers "
                                "and their p95. Who waits still: the lists on the dashboard of response and waiting.",
                                "最新在前：新开与已解决工单、首次答复数 n 及其 p95。仍在等待者见“响应与等待”看板中的列表。",
                            ),
                        ),
                        _MINUTES,
                        [
                            Stored(Words("pane", "分钟")),
                            Stored(Words("opened", "新开")),
                            Stored(Words("resolved", "已解决")),
                            P95,
                        ],
                    )
                ],
            ),
        ],
        frozenset({"team", "channel"}),
        since="now-7d",
    )
