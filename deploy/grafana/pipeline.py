"""The pipeline: whether what the other dashboards show is of this moment, and whole."""

from deploy.grafana.board import Board
from deploy.grafana.limits import BAD, GOOD, WARNING, Limits
from deploy.grafana.panels import About, Panels
from deploy.grafana.words import Words
from schemas.languages import Language


def board(language: Language) -> Board:
    panel = Panels(language)
    any_is_bad = Limits(GOOD, ((1, BAD),))
    late = Limits(GOOD, ((60, WARNING), (300, BAD)))
    return Board(
        "pipeline",
        Words("Pipeline", "数据管道"),
        Words(
            "Workers, lag, rows and checkpoints.",
            "工作进程、延迟、写入与检查点。",
        ),
        [
            (
                Words("Now", "当前"),
                [
                    panel.number(
                        About(
                            Words("Workers running", "运行中的进程"),
                            Words("That are in the state running.", "处于 running 状态的进程数。"),
                        ),
                        'sum(cx_worker_state{state="running"})',
                        "short",
                        Limits(BAD, ((1, GOOD),)),
                    ),
                    panel.number(
                        About(
                            Words("Records behind", "积压记录"),
                            Words("In the logs and not read yet, over all partitions.", "所有分区中尚未读取的记录。"),
                        ),
                        "sum(cx_partition_lag_records)",
                        "short",
                    ),
                    panel.number(
                        About(
                            Words("Slowest partition", "最慢分区"),
                            Words(
                                "Since when the partition that stands still longest has applied nothing, though there is something.",
                                "停滞最久的分区已有多久没有推进。",
                            ),
                        ),
                        "time() - min(cx_partition_progress_timestamp_seconds)",
                        "s",
                        late,
                    ),
                    panel.number(
                        About(
                            Words("Rows wait", "待写入"),
                            Words(
                                "Since when ClickHouse has not taken rows; no data is none.",
                                "ClickHouse 多久未接收写入；无数据即无等待。",
                            ),
                        ),
                        "time() - min(cx_worker_oldest_unstored_timestamp_seconds)",
                        "s",
                        late,
                    ),
                    panel.number(
                        About(
                            Words("Partitions blocked", "被阻塞分区"),
                            Words(
                                "Records are lost and somebody has to decide: CxPartitionBlocked.",
                                "记录丢失，需要人工决定：见 CxPartitionBlocked。",
                            ),
                        ),
                        "sum(cx_partition_blocked)",
                        "short",
                        any_is_bad,
                    ),
                    panel.number(
                        About(
                            Words("Workers stuck", "卡住的进程"),
                            Words("Whose /livez fails: only a new start helps.", "/livez 失败的进程：只能重启。"),
                        ),
                        "sum(cx_worker_stalled)",
                        "short",
                        any_is_bad,
                    ),
                ],
            ),
            (
                Words("Traffic", "流量"),
                [
                    panel.lines(
                        About(
                            Words("Events per second", "每秒事件"),
                            Words(
                                "As they are applied, in processing time: it jumps while a worker catches up.",
                                "按处理时间统计：追赶积压时会突增。",
                            ),
                        ),
                        "eps",
                        [
                            ("sum by (topic) (rate(cx_events_accepted_total[$__rate_interval]))", "{{topic}}"),
                            ("sum(rate(cx_events_duplicate_total[$__rate_interval]))", Words("duplicates", "重复")),
                            ("sum(rate(cx_events_late_total[$__rate_interval]))", Words("late", "迟到")),
                        ],
                    ),
                    panel.lines(
                        About(
                            Words("Rejected records per second", "每秒拒绝记录"),
                            Words("By reason; each is a dead letter.", "按原因统计；每条均进入死信。"),
                        ),
                        "eps",
                        [("sum by (reason) (rate(cx_events_rejected_total[$__rate_interval]))", "{{reason}}")],
                    ),
                    panel.lines(
                        About(
                            Words("Records behind by partition", "各分区积压"),
                            Words(
                                "A line that does not fall while others do is a partition to look at.",
                                "其他线下降而它不降，即需关注的分区。",
                            ),
                        ),
                        "short",
                        [("sum by (topic, partition) (cx_partition_lag_records)", "{{topic}} {{partition}}")],
                    ),
                    panel.lines(
                        About(
                            Words("Rows stored per second, failures", "每秒写入行数与失败"),
                            Words("Failed inserts are sent again until they are stored.", "失败的写入会重发直到成功。"),
                        ),
                        "short",
                        [
                            ("sum(rate(cx_rows_stored_total[$__rate_interval]))", Words("rows/s", "行/秒")),
                            ("sum(rate(cx_flush_failures_total[$__rate_interval]))", Words("failures/s", "失败/秒")),
                        ],
                    ),
                ],
            ),
            (
                Words("State", "状态"),
                [
                    panel.lines(
                        About(
                            Words("Age of the newest checkpoint", "最新检查点的时间"),
                            Words(
                                "What a killed worker has to read again, at most. Of partitions with events within 15 minutes: an idle "
                                "one has nothing to store, and its age says nothing.",
                                "进程被杀后最多需要重读的时长。仅统计 15 分钟内有事件的分区：空闲分区无需存储，其时长没有意义。",
                            ),
                        ),
                        "s",
                        [
                            (
                                "time() - min(cx_partition_checkpoint_timestamp_seconds "
                                "and changes(cx_partition_applied_offset[15m]) > 0)",
                                Words("oldest", "最旧"),
                            )
                        ],
                    ),
                    panel.lines(
                        About(
                            Words("Cells in memory", "内存单元"),
                            Words(
                                "And those of them that ClickHouse has not confirmed; at CX_MAX_CELLS a worker pauses.",
                                "及其中未确认者；达到 CX_MAX_CELLS 时进程暂停。",
                            ),
                        ),
                        "short",
                        [
                            ("sum(cx_partition_cells)", Words("cells", "单元")),
                            ("sum(cx_partition_unstored_cells)", Words("unstored", "未写入")),
                        ],
                    ),
                    panel.lines(
                        About(
                            Words("Event time behind the clock", "事件时间滞后"),
                            Words("Of the partition whose newest event is oldest.", "最新事件最旧的分区。"),
                        ),
                        "s",
                        [("time() - min(cx_partition_watermark_timestamp_seconds)", Words("behind", "滞后"))],
                        24,
                    ),
                ],
            ),
        ],
        frozenset(),
        since="now-3h",
        runbook="pipeline",
    )
