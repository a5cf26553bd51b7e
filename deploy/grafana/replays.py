"""Replays: what was promoted or taken back, by whom and why."""

from deploy.grafana.board import Board
from deploy.grafana.columns import Stored
from deploy.grafana.panels import About, Panels
from deploy.grafana.words import Words
from schemas.languages import Language


def board(language: Language) -> Board:
    panel = Panels(language)
    return Board(
        "replays",
        Words("Replays", "重放"),
        Words(
            "The audit of cxstream replay.",
            "cxstream replay 的审计。",
        ),
        [
            (
                Words("Audit", "审计"),
                [
                    panel.rows(
                        About(
                            Words("Steps", "步骤"),
                            Words(
                                "One that began and has not ended (promoting, rolling back) is to be ended by the same command.",
                                "已开始而未结束的步骤（promoting、rolling back）需用同一命令完成。",
                            ),
                        ),
                        "SELECT at, step, plan, who, reason, unequal, first, last, generation, database "
                        "FROM cx.replays FINAL WHERE $__timeFilter(at) ORDER BY at DESC",
                        [
                            Stored(Words("at", "时间")),
                            Stored(Words("step", "步骤")),
                            Stored(Words("plan", "方案")),
                            Stored(Words("who", "执行人")),
                            Stored(Words("reason", "原因")),
                            Stored(Words("unequal", "不一致")),
                            Stored(Words("first", "最早")),
                            Stored(Words("last", "最晚")),
                            Stored(Words("generation", "代次")),
                            Stored(Words("database", "数据库")),
                        ],
                    )
                ],
            ),
            (
                Words("What is stored", "存储内容"),
                [
                    panel.rows(
                        About(
                            Words("Rows by metric", "各指标行数"),
                            Words(
                                "And how many of them a replay has written, over the time shown.",
                                "以及其中由重放写入的行数。",
                            ),
                        ),
                        "SELECT metric, definition, count() AS rows, countIf(version >= 281474976710656) AS replayed, "
                        "min(pane) AS first, max(pane) AS last FROM cx.cells FINAL WHERE $__timeFilter(pane) "
                        "GROUP BY metric, definition ORDER BY metric, definition",
                        [
                            Stored(Words("rows", "行数"), "short"),
                            Stored(Words("replayed", "重放写入"), "short"),
                            Stored(Words("first", "最早")),
                            Stored(Words("last", "最晚")),
                        ],
                    )
                ],
            ),
        ],
        frozenset(),
        since="now-30d",
        runbook="replay",
    )
