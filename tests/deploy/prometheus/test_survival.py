"""The Kaplan-Meier estimate of the recording rules, from the histograms of two workers."""

from collections import Counter
from pathlib import Path

import pytest

from deploy.prometheus.survival import LONGER, RULES, written
from schemas.buckets import bucket_of
from schemas.live import AgedMetric, LiveView, OpenAges
from schemas.metrics import load_registry
from tests.deploy.prometheus.promtool import exported, is_about, is_empty, verify
from tests.live_views import cell, segment, view

CHAT = segment(channel="chat", team="blue")


def test_the_committed_rules_are_those_of_the_code() -> None:
    assert RULES.read_text() == written(), "write them with `python -m deploy.prometheus.survival`"


def looks(metric: AgedMetric, answered: list[int], waiting: list[int]) -> LiveView:
    """A worker whose customers were answered after, or wait since, so many seconds."""
    targets = load_registry().required(metric).targets_ms
    taken = [seconds * 1000 for seconds in answered]
    within = {target: sum(each <= target for each in taken) for target in targets}
    durations = cell(metric, "duration.v1", Counter(map(bucket_of, taken)), within, sum(taken), CHAT)
    ages = Counter(bucket_of(seconds * 1000) for seconds in waiting)
    return view(durations, ages=(OpenAges(metric, CHAT, dict(ages)),) if waiting else ())


@pytest.mark.prometheus
@pytest.mark.parametrize("metric", ["first_response", "next_reply", "queue_wait"])
def test_who_waits_at_any_worker_counts_up_to_the_age_reached(metric: AgedMetric, tmp_path: Path) -> None:
    """Of 10 four are answered in 10 s; two wait for 100 s; of the 4 left two are answered in 200 s."""
    here, there = looks(metric, [10, 10, 10], [100, 1_000]), looks(metric, [10, 200, 200], [100, 1_000])
    of = f'metric="{metric}",window="1h",level="team",team="blue"'
    expected = [
        is_about(f'{LONGER}{{bound="10",{of}}}', 1),
        is_about(f'{LONGER}{{bound="20",{of}}}', 0.6),
        is_about(f'{LONGER}{{bound="120",{of}}}', 0.6),
        is_about(f'{LONGER}{{bound="300",{of}}}', 0.3),
        is_about(f'{LONGER}{{bound="1200",{of}}}', 0.3),
        is_empty(f'{LONGER}{{bound="1800",{of}}}'),
        is_about(f"group:cx_window_waits:p50{{{of}}}", 300),
        is_empty(f"group:cx_window_waits:p90{{{of}}}"),
    ]
    verify(tmp_path, exported("a", here) + exported("b", there), promql_expr_test=expected)


@pytest.mark.prometheus
def test_where_nobody_waits_it_is_the_share_of_the_answers(tmp_path: Path) -> None:
    of = 'metric="first_response",window="1h",level="all"'
    expected = [
        is_about(f'{LONGER}{{bound="20",{of}}}', 0.25),
        is_about(f'{LONGER}{{bound="300",{of}}}', 0),
        is_about(f'{LONGER}{{bound="3600",{of}}}', 0),
        is_about(f"group:cx_window_waits:p90{{{of}}}", 300),
    ]
    verify(tmp_path, exported("a", looks("first_response", [10, 10, 10, 200], [])), promql_expr_test=expected)
