"""Survey health: whether enough customers answer for a score to mean anything."""

from deploy.grafana import promql
from deploy.grafana.board import Board
from deploy.grafana.columns import Stored
from deploy.grafana.estimates import score_of_ratio
from deploy.grafana.panels import About, Panels
from deploy.grafana.targets import CHOSEN
from deploy.grafana.words import Words
from schemas.languages import Language


def board(language: Language) -> Board:
    panel = Panels(language)
    return Board(
        "surveys",
        Words("Survey health", "调查健康度"),
        Words("Who is asked, and who answers.", "谁被邀请，谁作答。"),
        [
            (
                Words("Live windows", "实时窗口"),
                [
                    panel.band(
                        About(
                            Words("Response rate", "回收率"),
                            Words(
                                "Share of invitations that were answered, in the minute of the invitation, with its 95 % interval; a sudden "
                                "drop is a broken link more often than angry customers.",
                                "邀请中得到答复的比例（计入邀请时刻），附 95% 置信区间；骤降多为链路故障，而非客户不满。",
                            ),
                        ),
                        score_of_ratio("response_rate"),
                    ),
                    panel.lines(
                        About(
                            Words("Answers by metric", "各指标答复数"),
                            Words(
                                "n in the window: under 30, a score says little.",
                                "窗口内的 n：小于 30 时分数参考意义有限。",
                            ),
                        ),
                        "short",
                        [(f"sum by (metric) (segment:cx_window_responses:sum{{{promql.FILTER}}})", "{{metric}}")],
                    ),
                ],
            ),
            (
                Words("From ClickHouse", "来自 ClickHouse"),
                [
                    panel.rows(
                        About(
                            Words("Answers by question and scale", "各量表答复"),
                            Words(
                                "Over the time shown; not applicable counts in no score.",
                                "所选时间内；“不适用”不计入任何分数。",
                            ),
                        ),
                        'SELECT metric, definition, question, sum(n) AS answers, sum(not_applicable) AS "not applicable" '
                        f"FROM cx.answers WHERE {CHOSEN} GROUP BY metric, definition, question "
                        "ORDER BY metric, definition, question",
                        [
                            Stored(Words("answers", "答复数"), "short"),
                            Stored(Words("not applicable", "不适用"), "short"),
                        ],
                    )
                ],
            ),
        ],
        frozenset({"window", "team", "channel"}),
        window="24h",
    )
