"""Response and waiting: how long answers take, and how long those wait who have none."""

from deploy.grafana import promql
from deploy.grafana.board import Board
from deploy.grafana.columns import Column
from deploy.grafana.estimates import score_of_ratio
from deploy.grafana.limits import BAD, GOOD, WARNING, Limits
from deploy.grafana.links import waiting_at_worker
from deploy.grafana.panels import About, Panels
from deploy.grafana.words import Words
from schemas.languages import Language


def _lengths(metric: str) -> list[tuple[str, str]]:
    return [
        (promql.quantile(0.5, metric), "p50"),
        (promql.quantile(0.95, metric), "p95"),
        (promql.duration_n(metric, by=""), "n"),
    ]


def board(language: Language) -> Board:
    panel = Panels(language)
    return Board(
        "waiting",
        Words("Response and waiting", "响应与等待"),
        Words("Answers that came, and customers who still wait for one.", "已得到的答复，以及仍在等待的客户。"),
        [
            (
                Words("Answers", "答复"),
                [
                    panel.lines(
                        About(
                            Words("First response", "首次响应时间"),
                            Words(
                                "Half of the answers came faster than p50, 19 of 20 faster than p95; n answers. Whoever still "
                                "waits is not in it.",
                                "半数答复快于 p50，95% 快于 p95；n 为答复数。仍在等待者未计入。",
                            ),
                        ),
                        "s",
                        _lengths("first_response"),
                    ),
                    panel.heat(
                        About(
                            Words("First responses by length", "首次响应时长分布"),
                            Words(
                                "Each column is one look at the window; darker means more answers of that length.",
                                "每列为一次窗口快照，颜色越深表示该时长的答复越多。",
                            ),
                        ),
                        promql.durations("first_response"),
                    ),
                    panel.lines(
                        About(
                            Words("Replies after the first", "后续回复时间"),
                            Words("p50 and p95 of next_reply, and their n.", "后续回复的 p50 与 p95，以及 n。"),
                        ),
                        "s",
                        _lengths("next_reply"),
                    ),
                    panel.lines(
                        About(
                            Words("Resolution", "解决时长"),
                            Words("From the opening of a cycle to its resolution.", "从工单周期开始到解决。"),
                        ),
                        "s",
                        _lengths("resolution"),
                    ),
                ],
            ),
            (
                Words("Those who wait", "等待中的客户"),
                [
                    panel.lines(
                        About(
                            Words("Answered within, those who wait included", "规定时间内答复率（含等待者）"),
                            Words(
                                "Kaplan-Meier over all teams: whoever still waits counts up to the wait so far. In an outage the "
                                "answers that came look fine; these lines fall. No line: nobody was seen to wait so long.",
                                "全部团队的 Kaplan-Meier 估计：仍在等待者计入其已等待时长。故障时已得到的答复看似正常，"
                                "而这些线会下降。无线表示尚无人等待如此之久。",
                            ),
                        ),
                        "percentunit",
                        [
                            (promql.answered_within(10, "first_response"), "10 s"),
                            (promql.answered_within(60, "first_response"), "1 min"),
                            (promql.answered_within(300, "first_response"), "5 min"),
                            (promql.duration_n("first_response", by=""), "n"),
                        ],
                    ),
                    panel.lines(
                        About(
                            Words("Half of all customers are answered within", "半数客户获答复的时长"),
                            Words(
                                "The first bound within which half of all customers, those who wait included, have their answer. "
                                "No line: fewer than half have one so far.",
                                "含等待者在内，半数客户获得答复的首个时限。无线表示尚不足半数。",
                            ),
                        ),
                        "s",
                        [
                            (promql.waits("p50", "first_response"), "{{team}}"),
                            (promql.duration_n("first_response", by=""), "n"),
                        ],
                    ),
                    panel.lines(
                        About(
                            Words("Longest wait by team", "各团队最长等待"),
                            Words(
                                "A line that rises by a second a second is one customer who is forgotten.",
                                "每秒上升一秒的线意味着有一位客户被遗忘。",
                            ),
                        ),
                        "s",
                        [(promql.backlog("segment:cx_oldest_wait_seconds:max", "team"), "{{team}}")],
                    ),
                    panel.ranking(
                        About(
                            Words("Longest wait by channel", "各渠道最长等待"),
                            Words("Now, whatever the window.", "当前值，与时间窗口无关。"),
                        ),
                        "s",
                        promql.backlog("segment:cx_oldest_wait_seconds:max", "channel"),
                        "{{channel}}",
                        Limits(GOOD, ((300, WARNING), (900, BAD))),
                        12,
                    ),
                ],
            ),
            (
                Words("Case by case", "逐个工单"),
                [
                    panel.table_of(
                        About(
                            Words("Workers and who waits at them", "各工作进程上的等待者"),
                            Words(
                                "A click on a worker opens its list: case, since when, team, the longest wait first. Where your browser "
                                "does not reach it, ask from where it does: curl http://WORKER/waiting. Ids of cases are in no row "
                                "and no metric.",
                                "点击工作进程可打开其等待列表（工单、起始时间、团队，最久者在前）。浏览器无法直达时可用 "
                                "curl http://WORKER/waiting 查询。数据行与指标中都没有工单编号。",
                            ),
                        ),
                        [
                            Column(
                                'sum by (instance) (cx_cases_waiting{team=~"$team",channel=~"$channel"})',
                                Words("waiting", "等待人数"),
                                "short",
                                first="largest",
                            ),
                            Column(
                                'max by (instance) (cx_oldest_wait_seconds{team=~"$team",channel=~"$channel"})',
                                Words("longest wait", "最长等待"),
                                "s",
                            ),
                        ],
                        ["instance"],
                        height=6,
                        link=waiting_at_worker(language),
                    ),
                ],
            ),
            (
                Words("Queues", "排队"),
                [
                    panel.band(
                        About(
                            Words("Service level", "人工接通率"),
                            Words(
                                "Share of waits served within the target; whoever waits past it counts as missed at once.",
                                "在目标时间内接通的比例；超时未接通者立即计为未达标。",
                            ),
                        ),
                        score_of_ratio("service_level"),
                    ),
                    panel.lines(
                        About(
                            Words("Given up", "放弃率"),
                            Words(
                                "Share of ended waits that were given up, and their n.",
                                "已结束等待中被放弃的比例及 n。",
                            ),
                        ),
                        "percentunit",
                        [
                            (
                                promql.share(promql.decided("abandonment", "yes"), promql.decided("abandonment")),
                                "{{metric}}",
                            ),
                            (promql.decided("abandonment", by=""), "n"),
                        ],
                    ),
                    panel.lines(
                        About(
                            Words("Customers in queues", "排队人数"),
                            Words(
                                "Now waiting, and those of them past the target.", "当前排队人数，以及其中已超时者。"
                            ),
                        ),
                        "short",
                        [
                            (
                                promql.backlog("segment:cx_deadlines_pending:sum", more=',deadline="wait"'),
                                Words("waiting", "等待中"),
                            ),
                            (
                                promql.backlog("segment:cx_deadlines_overdue:sum", more=',deadline="wait"'),
                                Words("past target", "已超时"),
                            ),
                        ],
                        24,
                    ),
                ],
            ),
        ],
        frozenset({"window", "team", "channel"}),
    )
