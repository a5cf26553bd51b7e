"""The live wall: is anything wrong now, where, and for how many? Readable from three metres."""

from deploy.grafana import promql
from deploy.grafana.board import Board
from deploy.grafana.columns import Column
from deploy.grafana.estimates import score_of_ratio, score_of_satisfaction
from deploy.grafana.limits import BAD, CLEARLY_ABOVE, CLEARLY_BELOW, GOOD, WARNING, Limits
from deploy.grafana.links import minutes_of_team
from deploy.grafana.panels import About, Panels
from deploy.grafana.words import Words
from schemas.languages import Language

_ATTAINMENT = "first_response_attainment"

_SIGNS = Words(
    " Green ▲: the whole 95 % interval is above 80 %; red ▼: below; ≈: chance may decide.",
    "绿色 ▲：整个 95% 置信区间高于 80%；红色 ▼：低于 80%；≈：可能只是偶然。",
)


def board(language: Language) -> Board:
    panel = Panels(language)
    return Board(
        "live",
        Words("Live wall", "实时大屏"),
        Words(
            "What customers meet at this moment, and which team needs help.", "客户此刻的体验，以及哪个团队需要支援。"
        ),
        [
            (
                Words("Now", "当前"),
                [
                    panel.number(
                        About(
                            Words("Waiting now", "正在等待"),
                            Words(
                                "Open cases whose customer has written last and has no answer yet, whatever the window.",
                                "客户最后发言且尚未得到人工答复的工单数，与时间窗口无关。",
                            ),
                        ),
                        promql.backlog("segment:cx_cases_waiting:sum"),
                        "short",
                    ),
                    panel.number(
                        About(
                            Words("Longest wait", "最长等待"),
                            Words(
                                "How long the customer who waits longest has waited. Nobody is averaged away.",
                                "等待最久的客户已等待的时间，不会被平均值掩盖。",
                            ),
                        ),
                        promql.backlog("segment:cx_oldest_wait_seconds:max"),
                        "s",
                        Limits(GOOD, ((300, WARNING), (900, BAD))),
                    ),
                    panel.judged(
                        About(
                            Words("Answered in time", "首次响应达标率"),
                            Words(
                                "Share of questions answered within the target of first_response; those who still wait past it "
                                f"count as missed. n: questions decided.{_SIGNS.en}",
                                "在首次响应目标内得到答复的比例；超时仍在等待的客户计为未达标。n：已判定的提问数。"
                                + _SIGNS.zh,
                            ),
                        ),
                        score_of_ratio(_ATTAINMENT),
                        "",
                    ),
                    panel.number(
                        About(
                            Words("First response, p95", "首次响应时间 p95"),
                            Words(
                                "19 of 20 answers came faster. Those who still wait are not in it: look at the longest wait. "
                                "n: answers.",
                                "95% 的答复快于此值；仍在等待者未计入，请同时查看最长等待。n：答复数。",
                            ),
                        ),
                        promql.quantile(0.95, "first_response"),
                        "s",
                        n=promql.duration_n("first_response"),
                    ),
                    panel.number(
                        About(
                            Words("NPS", "净推荐值 NPS"),
                            Words(
                                "Promoters less detractors, -100 to 100. With n under 30 it says little: see its interval on the "
                                "scores dashboard.",
                                "推荐者减贬损者，-100 到 100。n 小于 30 时参考意义有限，请查看评分看板中的置信区间。",
                            ),
                        ),
                        promql.nps(),
                        "none",
                        n=promql.answers("nps"),
                        legend="{{definition}}",
                    ),
                    panel.judged(
                        About(
                            Words("Satisfied", "客户满意率"),
                            Words(
                                f"Share of satisfied answers (top box of each scale). n: answers.{_SIGNS.en}",
                                f"满意答复的比例（各量表的高分档）。n：答复数。{_SIGNS.zh}",
                            ),
                        ),
                        score_of_satisfaction("csat"),
                        "{{definition}}",
                    ),
                ],
            ),
            (
                Words("Which team", "哪个团队"),
                [
                    panel.ranking(
                        About(
                            Words("Longest wait by team", "各团队最长等待"),
                            Words("The longest bar needs help first.", "最长的条形最需要支援。"),
                        ),
                        "s",
                        promql.backlog("segment:cx_oldest_wait_seconds:max", "team"),
                        "{{team}}",
                        Limits(GOOD, ((300, WARNING), (900, BAD))),
                        links=[minutes_of_team(language)],
                    ),
                    panel.ranking(
                        About(
                            Words("Waiting customers by team", "各团队等待人数"),
                            Words("Open cases whose customer waits for an answer.", "客户正在等待答复的工单。"),
                        ),
                        "short",
                        promql.backlog("segment:cx_cases_waiting:sum", "team"),
                        "{{team}}",
                        Limits(GOOD, ((10, WARNING), (30, BAD))),
                        links=[minutes_of_team(language)],
                    ),
                    panel.table_of(
                        About(
                            Words("Answered in time by team", "各团队首次响应达标率"),
                            Words(
                                "Share within the target, the ends of its 95 % interval, and how many questions it rests on. First "
                                "those that are bad beyond chance: the upper end is red below 80 %, the lower one green above.",
                                "目标内答复比例、95% 置信区间上下限，以及所依据的提问数。确实较差者在前：上限低于 80% 为红色，下限高于 80% 为绿色。",
                            ),
                        ),
                        [
                            Column(
                                promql.share(
                                    promql.decided(_ATTAINMENT, "yes", "team"), promql.decided(_ATTAINMENT, by="team")
                                ),
                                Words("in time", "达标率"),
                                "percentunit",
                            ),
                            Column(
                                promql.share_bound(
                                    "-",
                                    promql.decided(_ATTAINMENT, "yes", "team"),
                                    promql.decided(_ATTAINMENT, by="team"),
                                ),
                                Words("at least", "下限"),
                                "percentunit",
                                CLEARLY_ABOVE,
                            ),
                            Column(
                                promql.share_bound(
                                    "+",
                                    promql.decided(_ATTAINMENT, "yes", "team"),
                                    promql.decided(_ATTAINMENT, by="team"),
                                ),
                                Words("at most", "上限"),
                                "percentunit",
                                CLEARLY_BELOW,
                                first="smallest",
                            ),
                            Column(promql.decided(_ATTAINMENT, by="team"), Words("n", "n"), "short"),
                        ],
                        ["team"],
                        width=8,
                    ),
                ],
            ),
            (
                Words("The last hours", "最近几小时"),
                [
                    panel.band(
                        About(
                            Words("Answered in time", "首次响应达标率"),
                            Words(
                                "The band is the 95 % interval: while it holds the target, chance may explain the difference.",
                                "色带为 95% 置信区间：目标落在色带内时，差异可能只是偶然。",
                            ),
                        ),
                        score_of_ratio(_ATTAINMENT),
                        more=[
                            ('max(kpi:cx_target:wanted{metric="first_response_attainment"})', Words("target", "目标"))
                        ],
                    ),
                    panel.lines(
                        About(
                            Words("Cases open and waiting", "未结与等待中的工单"),
                            Words(
                                "Open cases, and those of them whose customer waits.",
                                "未结工单，以及其中客户在等待的工单。",
                            ),
                        ),
                        "short",
                        [
                            (promql.backlog("segment:cx_cases_open:sum"), Words("open", "未结")),
                            (promql.backlog("segment:cx_cases_waiting:sum"), Words("waiting", "等待中")),
                        ],
                    ),
                ],
            ),
        ],
        frozenset({"window", "team", "channel"}),
    )
