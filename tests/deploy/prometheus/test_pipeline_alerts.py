"""Each alert of the pipeline fires, keeps quiet at what passes by itself, and ends when its cause has ended."""

import re
from pathlib import Path
from typing import Any, Final, get_args

import pytest

from sinks.prometheus.names import CounterName, GaugeName
from tests.deploy.program import PATHS, VARIABLES, is_command
from tests.deploy.prometheus.promtool import RULES, series
from tests.deploy.prometheus.stories import WEEK, Story, alerts_of, check_words, tell

pytestmark = pytest.mark.prometheus

WORKER: Final = {"instance": "worker-1:9464", "job": "cxstream"}
TOPIC: Final = {**WORKER, "topic": "cx.touchpoints"}
PARTITION: Final = {**WORKER, "topic": "cx.touchpoints", "partition": "2"}


STORIES: Final = [
    Story("CxNoWorkers", [series("cx_build_info", WORKER, "1x10 _x20 1x10")], fires=[22, 30], quiet=[5, 14, 35]),
    Story("CxWorkerStalled", [series("cx_worker_stalled", WORKER, "0x5 1x6 0x5")], fires=[9, 11], quiet=[3, 7, 14]),
    # Progress ends at 10 minutes and goes on at 20.
    Story(
        "CxNoProgress",
        [series("cx_partition_progress_timestamp_seconds", PARTITION, "0+60x10 600x9 1200+60x10")],
        fires=[17, 19],
        quiet=[5, 14, 22],
    ),
    # Blocked since minute 10: that has an alert of its own.
    Story(
        "CxNoProgress",
        [
            series("cx_partition_progress_timestamp_seconds", PARTITION, "0+60x10 600x30"),
            series("cx_partition_blocked", PARTITION, "0x9 1x30"),
        ],
        fires=[],
        quiet=[5, 20, 35],
    ),
    # In time until minute 10; then a minute's events take two minutes to apply, and from minute 30 on none is left.
    Story(
        "CxBehind",
        [
            series("cx_partition_watermark_timestamp_seconds", PARTITION, "0+60x10 630+30x19 1800+60x20"),
            series("cx_partition_lag_records", PARTITION, "5x10 100+100x19 0x20"),
        ],
        fires=[27, 29],
        quiet=[5, 15, 23, 33],
    ),
    # Nothing has come for an hour, then one event.
    Story(
        "CxBehind",
        [
            series("cx_partition_watermark_timestamp_seconds", PARTITION, "0x60 3600x10"),
            series("cx_partition_lag_records", PARTITION, "0x59 1 0x10"),
        ],
        fires=[],
        quiet=[30, 60, 62, 68],
    ),
    # A person has to decide: that has an alert of its own.
    Story(
        "CxBehind",
        [
            series("cx_partition_watermark_timestamp_seconds", PARTITION, "0x40"),
            series("cx_partition_lag_records", PARTITION, "100x40"),
            series("cx_partition_blocked", PARTITION, "1x40"),
        ],
        fires=[],
        quiet=[20, 35],
    ),
    Story("CxPartitionBlocked", [series("cx_partition_blocked", PARTITION, "0x5 1x6 0x5")], [8, 11], [3, 6, 14]),
    # One of two partitions has nobody from minute 11 to minute 30.
    Story(
        "CxPartitionsUnread",
        [
            series("cx_partition_owned", PARTITION, "1x60"),
            series("cx_partition_owned", PARTITION | {"partition": "3"}, "1x10 stale _x18 1x30"),
        ],
        fires=[18, 29],
        quiet=[9, 13, 35],
    ),
    # For hours: it is no all-clear that it was the same an hour ago.
    Story(
        "CxPartitionsUnread",
        [
            series("cx_partition_owned", PARTITION, "1x300"),
            series("cx_partition_owned", PARTITION | {"partition": "3"}, "1x10 stale _x228 1x60"),
        ],
        fires=[18, 90, 200, 238],
        quiet=[9, 250],
    ),
    Story("CxScrapeFailed", [series("up", WORKER, "1x5 0x15 1x10")], fires=[12, 20], quiet=[4, 9, 25]),
    # A week after 40 events a minute nothing comes for half an hour.
    Story(
        "CxTopicSilent",
        [series("cx_events_accepted_total", TOPIC, f"0+120x{WEEK // 3 + 20} {120 * (WEEK // 3 + 20)}+0x10 0+120x20")],
        fires=[WEEK + 84, WEEK + 90],
        quiet=[60, WEEK + 30, WEEK + 63, WEEK + 72, WEEK + 110],
        every=3,
    ),
    # A shop at night: a week ago nothing came, either.
    Story(
        "CxTopicSilent",
        [series("cx_events_accepted_total", TOPIC, f"0+1x{WEEK // 3} {WEEK // 3}+0x40")],
        fires=[],
        quiet=[WEEK - 60, WEEK + 60, WEEK + 110],
        every=3,
    ),
    # Two workers share it for a moment while it moves: no more partitions than before, and none lost.
    Story(
        "CxPartitionsUnread",
        [
            series("cx_partition_owned", PARTITION, "1x20 stale _x19"),
            series("cx_partition_owned", PARTITION | {"instance": "worker-2:9464"}, "_x19 1x30"),
        ],
        fires=[],
        quiet=[10, 19, 21, 30, 45],
    ),
    Story(
        "CxRowsWait",
        [series("cx_worker_oldest_unstored_timestamp_seconds", WORKER, "_x5 300x15 stale _x5")],
        fires=[16, 20],
        quiet=[7, 14, 23],
    ),
    # Late from minute 100 to 115: a quarter of the hour, and gone from the last half hour at 146.
    Story(
        "CxFreshness",
        [
            series("cx_build_info", WORKER, "1x240"),
            series("cx_worker_oldest_unstored_timestamp_seconds", WORKER, "_x99 5900x15 stale _x120"),
        ],
        fires=[112, 116],
        quiet=[60, 101, 150],
    ),
    # A minute in ten, all day: nobody notices a single one.
    Story(
        "CxFreshness",
        [
            series("cx_build_info", WORKER, "1x480"),
            series("cx_worker_oldest_unstored_timestamp_seconds", WORKER, " ".join(["_x8 0 stale"] * 40) + " _x60"),
        ],
        fires=[390],
        quiet=[4, 440],
    ),
    Story(
        "CxCheckpointsOld",
        [
            series("cx_partition_checkpoint_timestamp_seconds", PARTITION, "0+60x10 600x20 1860+60x10"),
            series("cx_partition_applied_offset", PARTITION, "0+100x40"),
        ],
        fires=[29, 30],
        quiet=[10, 24, 26, 33],
    ),
    # An event after 30 idle minutes, and its checkpoint a minute later.
    Story(
        "CxCheckpointsOld",
        [
            series("cx_partition_checkpoint_timestamp_seconds", PARTITION, "60x30 1860x30"),
            series("cx_partition_applied_offset", PARTITION, "100x29 101x30"),
        ],
        fires=[],
        quiet=[29, 30, 31, 32, 40],
    ),
    # Nobody writes to it: nothing is to be checkpointed.
    Story(
        "CxCheckpointsOld",
        [
            series("cx_partition_checkpoint_timestamp_seconds", PARTITION, "60x60"),
            series("cx_partition_applied_offset", PARTITION, "100x60"),
        ],
        fires=[],
        quiet=[20, 50],
    ),
    Story(
        "CxWorkerNotRunning",
        [series("cx_worker_state", WORKER | {"state": "running"}, "1x5 0x15 1x10")],
        fires=[17, 20],
        quiet=[4, 12, 24],
    ),
    Story(
        "CxDeadLetters",
        [
            series("cx_events_accepted_total", WORKER | {"topic": "cx.touchpoints"}, "0+100x60"),
            series(
                "cx_events_rejected_total", WORKER | {"topic": "cx.touchpoints", "reason": "empty"}, "0x20 0+5x9 45x30"
            ),
        ],
        fires=[28, 32],
        quiet=[15, 58],
    ),
    # Three of five records of a quiet night.
    Story(
        "CxDeadLetters",
        [
            series("cx_events_accepted_total", WORKER | {"topic": "cx.touchpoints"}, "0+1x2 2x60"),
            series("cx_events_rejected_total", WORKER | {"topic": "cx.touchpoints", "reason": "empty"}, "0+1x3 3x60"),
        ],
        fires=[],
        quiet=[5, 10, 30],
    ),
    Story(
        "CxEventsLost",
        [series("cx_events_expired_total", WORKER | {"topic": "cx.touchpoints"}, "0x10 70x100")],
        fires=[12, 60],
        quiet=[9, 80],
    ),
    Story("CxRebalancing", [series("cx_rebalances_total", WORKER, "3x10 4+1x9 13x60")], [22, 40], [12, 60]),
    # A deployment of three workers.
    Story("CxRebalancing", [series("cx_rebalances_total", WORKER, "3x10 4+1x2 6x60")], [], [15, 30, 60]),
    Story(
        "CxClockSkew",
        [
            series(
                "cx_events_rejected_total",
                WORKER | {"topic": "cx.touchpoints", "reason": "future_time"},
                "0x10 0+5x9 45x30",
            )
        ],
        fires=[18, 30],
        quiet=[9, 48],
    ),
    Story(
        "CxScrapeNearLimit",
        [
            series("cx_build_info", WORKER, "1x60"),
            series("scrape_samples_post_metric_relabeling", WORKER, "90000x10 170000x30 90000x20"),
            series("scrape_samples_post_metric_relabeling", {"job": "other", "instance": "big"}, "190000x60"),
        ],
        fires=[28, 40],
        quiet=[9, 20, 45],
    ),
    Story("CxScrapeIncomplete", [series("cx_exposition_failures_total", WORKER, "0x9 1x40")], [12, 20], [8, 30]),
    Story(
        "CxSegmentsFolded", [series("cx_segments_folded", WORKER, "0x5 3x30 0x10")], fires=[22, 34], quiet=[4, 15, 40]
    ),
    Story(
        "CxReplayLong",
        [series("cx_replay_start_timestamp_seconds", {"plan": "3f2a", "job": "replay"}, "600x95 stale _x10")],
        fires=[372, 376],
        quiet=[12, 360, 400],
        every=4,
    ),
    Story("CxWatchdog", [], fires=[0, 60], quiet=[]),
]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.alert)
def test_an_alert_fires_when_it_should_and_only_then(story: Story, tmp_path: Path) -> None:
    tell(story, tmp_path)


ALERTS: Final = alerts_of("pipeline.yml")


def test_every_alert_has_a_story() -> None:
    assert {story.alert for story in STORIES} == {rule["alert"] for rule in ALERTS}
    assert all(any(story.fires for story in STORIES if story.alert == rule["alert"]) for rule in ALERTS)


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_every_alert_says_how_urgent_what_and_what_to_do(rule: dict[str, Any]) -> None:
    check_words(rule, {"page", "ticket", "info"})


def test_the_runbook_asks_for_what_there_is() -> None:
    text = (RULES.parents[1] / "runbooks" / "pipeline.md").read_text()
    commands = [
        line for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) for line in block.splitlines() if line
    ]
    asked = [command.partition("$WORKER")[2].split(" ")[0] for command in commands if "$WORKER" in command]
    called = [command.split()[1:] for command in commands if command.startswith("cxstream ")]
    assert asked
    assert called
    assert set(asked) <= PATHS
    assert all(map(is_command, called))
    assert set(re.findall(r"CX_[A-Z_]+", text)) <= VARIABLES
    assert set(re.findall(r"\bcx_(?:worker|partition|events)_\w+", text)) <= {
        *get_args(CounterName),
        *get_args(GaugeName),
    }
