"""When a graph marks a deployment, by Prometheus' own engine over what workers tell of their version, by the minute."""

from pathlib import Path
from typing import Final

import pytest

from deploy.grafana.marks import DEPLOYMENTS_EXPR
from tests.deploy.prometheus.promtool import series, verify

pytestmark = pytest.mark.prometheus

END: Final = 100
"""Minute after which nothing is looked at."""


def runs(worker: str, version: str, minutes: str) -> dict[str, str]:
    """One worker at one version; ``minutes`` in promtool's notation, stale where a scrape finds nobody."""
    return series("cx_build_info", {"instance": worker, "version": version}, minutes)


def check(directory: Path, inputs: list[dict[str, str]], marked: dict[int, str]) -> None:
    """That deployments are marked at these minutes and at the one after, when the graph looks again; at no other."""
    seen = {minute + again: version for minute, version in marked.items() for again in (0, 1)}
    cases = [
        {
            "expr": DEPLOYMENTS_EXPR,
            "eval_time": f"{minute}m",
            "exp_samples": [{"labels": f'{{version="{seen[minute]}"}}', "value": 1}] if minute in seen else [],
        }
        for minute in range(END + 1)
    ]
    verify(directory, inputs, promql_expr_test=cases)


def test_the_first_version_and_the_next_are_marked(tmp_path: Path) -> None:
    check(tmp_path, [runs("a", "1", "1x29 stale"), runs("b", "2", "_x30 1x70")], {0: "1", 30: "2"})


def test_the_end_of_an_outage_of_all_workers_is_no_deployment(tmp_path: Path) -> None:
    check(tmp_path, [runs("a", "1", "1x29 stale _x19 1x70")], {0: "1"})


def test_a_version_that_comes_with_the_end_of_an_outage_is_marked(tmp_path: Path) -> None:
    check(tmp_path, [runs("a", "1", "1x29 stale"), runs("a", "2", "_x50 1x50")], {0: "1", 50: "2"})


def test_a_version_that_is_taken_back_within_the_hour_is_marked(tmp_path: Path) -> None:
    before = runs("a", "1", "1x29 stale _x19 1x70")
    check(tmp_path, [before, runs("a", "2", "_x30 1x19 stale")], {0: "1", 30: "2", 50: "1"})


def test_a_missed_scrape_is_no_deployment(tmp_path: Path) -> None:
    check(tmp_path, [runs("a", "1", "1x29 stale 1x70")], {0: "1"})
