"""Complaints and promises: what was said to customers, and whether it was done."""

from deploy.grafana import promql
from deploy.grafana.board import Board
from deploy.grafana.columns import Stored
from deploy.grafana.limits import BAD, GOOD, Limits
from deploy.grafana.panels import About, Panels
from deploy.grafana.targets import CHOSEN
from deploy.grafana.words import Words
from schemas.languages import Language


def _kept(metric: str) -> list[tuple[str, str]]:
    return [
        (promql.share(promql.decided(metric, "yes"), promql.decided(metric)), "{{metric}}"),
        (promql.decided(metric, by=""), "n"),
    ]


def board(language: Language) -> Board:
    panel = Panels(language)
    any_is_bad = Limits(GOOD, ((1, BAD),))
    return Board(
        "promises",
        Words("Complaints and promises", "投诉与承诺"),
        Words(
            "Deadlines that are owed to customers, and complaints on their way.", "对客户的承诺期限，以及处理中的投诉。"
        ),
        [
            (
                Words("Owed now", "当前欠付"),
                [
                    panel.number(
                        About(
                            Words("Promises overdue", "逾期承诺"),
                            Words(
                                "Each is a customer who was told a time that has passed.",
                                "每一个都是被告知的时间已过的客户。",
                            ),
                        ),
                        promql.backlog("segment:cx_deadlines_overdue:sum", more=',deadline="promise"'),
                        "short",
                        any_is_bad,
                        width=6,
                    ),
                    panel.number(
                        About(
                            Words("Longest overdue promise", "最久逾期承诺"),
                            Words("Since its due time.", "自到期时间起。"),
                        ),
                        promql.backlog("segment:cx_deadlines_longest_overdue_seconds:max", more=',deadline="promise"'),
                        "s",
                        any_is_bad,
                        width=6,
                    ),
                    panel.number(
                        About(
                            Words("Follow-ups overdue", "逾期回访"),
                            Words("Customers who were to be called by now.", "本应已被回访的客户。"),
                        ),
                        promql.backlog("segment:cx_deadlines_overdue:sum", more=',deadline="followup"'),
                        "short",
                        any_is_bad,
                        width=6,
                    ),
                    panel.number(
                        About(
                            Words("Owed and not yet due", "未到期"),
                            Words(
                                "Promises and follow-ups that are pending, overdue ones included.",
                                "待兑现的承诺与回访（含逾期）。",
                            ),
                        ),
                        promql.backlog("segment:cx_deadlines_pending:sum", more=',deadline=~"promise|followup"'),
                        "short",
                        width=6,
                    ),
                ],
            ),
            (
                Words("Kept", "兑现情况"),
                [
                    panel.lines(
                        About(
                            Words("Promises kept", "承诺兑现率"),
                            Words(
                                "Of those whose due time has passed; n decided.",
                                "已到期承诺中的兑现比例；n 为已判定数。",
                            ),
                        ),
                        "percentunit",
                        _kept("promise_kept"),
                    ),
                    panel.lines(
                        About(
                            Words("Follow-ups done in time", "服务回访率"),
                            Words(
                                "Of those whose due time has passed; n decided.",
                                "已到期回访中的按时完成比例；n 为已判定数。",
                            ),
                        ),
                        "percentunit",
                        _kept("followup_rate"),
                    ),
                ],
            ),
            (
                Words("Complaints", "投诉"),
                [
                    panel.lines(
                        About(
                            Words("Complaints contacted in time", "投诉及时联系率"),
                            Words(
                                "By the target of their severity: 24 h, important 4 h, a crisis 1 h; n decided.",
                                "按严重程度：一般 24 小时，重大 4 小时，危机 1 小时；n 为已判定数。",
                            ),
                        ),
                        "percentunit",
                        _kept("complaint_contact"),
                    ),
                    panel.lines(
                        About(
                            Words("Complaints escalated", "投诉升级率"),
                            Words(
                                "Share that reached the second or third level; n decided.",
                                "升级到二级或三级的比例；n 为已判定数。",
                            ),
                        ),
                        "percentunit",
                        _kept("escalation_rate"),
                    ),
                    panel.rows(
                        About(
                            Words("Cases opened by product and reason", "按产品与原因的新建工单"),
                            Words(
                                "The most frequent first, over the time shown; kind and reason are empty where CX_DIMENSIONS does "
                                "not keep them.",
                                "所选时间内最多者在前；未保留的维度为空。",
                            ),
                        ),
                        f"SELECT kind, product, reason, sum(n) AS cases FROM cx.counts WHERE {CHOSEN} AND "
                        "metric = 'cases_opened' GROUP BY kind, product, reason ORDER BY cases DESC LIMIT 50",
                        [Stored(Words("cases", "工单数"), "short")],
                    ),
                ],
            ),
        ],
        frozenset({"window", "team", "channel"}),
        window="24h",
    )
