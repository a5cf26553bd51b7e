"""Recorded scores equal those of the reports: exported by several workers, merged and divided by Prometheus."""

from collections import Counter
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from deploy.grafana import promql
from deploy.grafana.estimates import score_of_ratio
from schemas.buckets import bucket_of
from schemas.live import CaseLoad, DeadlineLoad, WindowCell
from schemas.metrics import load_registry
from schemas.scales import SCALES
from streams.statistics import estimates
from streams.statistics.estimates import Estimate, mean, nps, share, top_box
from tests.deploy.grafana.queries import filled
from tests.deploy.prometheus.alarm_rates.rules import DEVIATIONS
from tests.deploy.prometheus.promtool import exported, is_about, is_empty, verify
from tests.live_views import AS_OF, cell, segment, view

pytestmark = pytest.mark.prometheus


COUNTS: Final = [(50, 30, 20), (9, 1, 0), (1, 0, 0), (7, 2, 1), (3, 4, 3), (450, 300, 250), (0, 0, 6), (0, 5, 0)]
"""Promoters, passives and detractors."""

CSAT: Final = [{5: 8, 1: 2}, {4: 80, 3: 20}, {5: 95, 2: 5}, {1: 5}, {5: 5}, {5: 1, -1: 7}]
"""Answers by code."""


class Name(NamedTuple):
    """Names of a score's rules."""

    value: str
    low: str
    high: str


NPS: Final = Name(*(f"segment:cx_window_responses:nps{bound}" for bound in ("", "_low", "_high")))
SHARE: Final = Name(*(f"segment:cx_window_scored:share{bound}" for bound in ("", "_low", "_high")))


def durations(*seconds: int) -> WindowCell:
    """First responses that took so long."""
    taken = [each * 1000 for each in seconds]
    targets = load_registry().required("first_response").targets_ms
    within = {target: sum(each <= target for each in taken) for target in targets}
    buckets = Counter(map(bucket_of, taken))
    return cell("first_response", "duration.v1", buckets, within, sum(taken))


def halves(buckets: dict[int, int]) -> tuple[dict[int, int], dict[int, int]]:
    """The same answers at two workers, unevenly; a class may be at one of them only."""
    first = {code: count // 3 for code, count in buckets.items()}
    return first, {code: count - first[code] for code, count in buckets.items()}


def by_two_workers(metric: str, definition: str, buckets: dict[int, int]) -> list[dict[str, str]]:
    here, there = (view(cell(metric, definition, half, where=segment(channel="chat"))) for half in halves(buckets))
    return exported("worker-1:9464", here) + exported("worker-2:9464", there)


def cases(name: Name, selector: str, expected: Estimate) -> list[dict[str, object]]:
    assert expected.value is not None
    assert expected.low is not None
    assert expected.high is not None
    return [
        is_about(f"segment:cx_window_scored:sum{selector}", expected.n),
        is_about(f"{name.value}{selector}", expected.value),
        is_about(f"{name.low}{selector}", expected.low),
        is_about(f"{name.high}{selector}", expected.high),
    ]


@pytest.mark.parametrize(("promoters", "passives", "detractors"), COUNTS)
def test_nps_and_its_interval_are_those_of_the_report(
    promoters: int, passives: int, detractors: int, tmp_path: Path
) -> None:
    buckets = {10: promoters, 8: passives, 2: detractors}
    expected = cases(NPS, '{metric="nps",window="1h",channel="chat"}', nps(buckets))
    verify(tmp_path, by_two_workers("nps", "nps.v1", buckets), promql_expr_test=expected)


@pytest.mark.parametrize("buckets", CSAT)
def test_the_share_of_satisfied_answers_is_that_of_the_report(buckets: dict[int, int], tmp_path: Path) -> None:
    expected = cases(SHARE, '{metric="csat",window="1h"}', top_box(buckets, SCALES["csat5"]))
    verify(tmp_path, by_two_workers("csat", "csat5.v1", buckets), promql_expr_test=expected)


@pytest.mark.parametrize(("yes", "no"), [(13, 37), (0, 25), (25, 0), (900, 100), (1, 0)])
def test_the_interval_of_alarms_is_that_of_shares_at_a_higher_level(
    yes: int, no: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(estimates, "Z", DEVIATIONS)
    expected = share(yes, yes + no)
    assert expected.low is not None
    assert expected.high is not None
    selector = '{metric="service_level",window="1h",level="team"}'
    bounds = [
        is_about(f"group:cx_window_scored:share_alarm_low{selector}", expected.low),
        is_about(f"group:cx_window_scored:share_alarm_high{selector}", expected.high),
    ]
    verify(tmp_path, by_two_workers("service_level", "ratio.v1", {1: yes, 0: no}), promql_expr_test=bounds)


def by_two_segments(metric: str, definition: str, buckets: dict[int, int], total: int = 0) -> list[dict[str, str]]:
    """Which panels show as one."""
    here, there = halves(buckets)
    return [
        *exported("worker-1:9464", view(cell(metric, definition, here, where=segment(channel="chat", team="blue")))),
        *exported("worker-2:9464", view(cell(metric, definition, there, total=total, where=segment(channel="phone")))),
    ]


def shown(value: str, low: str, high: str, n: str, expected: Estimate) -> list[dict[str, object]]:
    """Cases: a panel's expressions have these values."""
    assert expected.value is not None
    assert expected.low is not None
    assert expected.high is not None
    values = (expected.value, expected.low, expected.high, expected.n)
    return [is_about(filled(each), found) for each, found in zip((value, low, high, n), values, strict=True)]


@pytest.mark.parametrize(("promoters", "passives", "detractors"), COUNTS)
def test_a_panel_shows_the_nps_of_all_its_segments_as_the_report_does(
    promoters: int, passives: int, detractors: int, tmp_path: Path
) -> None:
    buckets = {10: promoters, 8: passives, 2: detractors}
    low, high = (promql.nps_bound(sign) for sign in ("-", "+"))
    expected = shown(promql.nps(), low, high, promql.answers("nps"), nps(buckets))
    verify(tmp_path, by_two_segments("nps", "nps.v1", buckets), promql_expr_test=expected)


@pytest.mark.parametrize("buckets", CSAT)
def test_a_panel_shows_the_share_of_all_its_segments_as_the_report_does(
    buckets: dict[int, int], tmp_path: Path
) -> None:
    counts = promql.satisfied("csat"), promql.answers("csat")
    low, high = (promql.share_bound(sign, *counts) for sign in ("-", "+"))
    expected = shown(promql.share(*counts), low, high, counts[1], top_box(buckets, SCALES["csat5"]))
    verify(tmp_path, by_two_segments("csat", "csat5.v1", buckets), promql_expr_test=expected)


def test_a_panel_shows_the_share_of_decided_facts_of_all_its_segments(tmp_path: Path) -> None:
    of_ratio = score_of_ratio("response_rate")
    expected = shown(of_ratio.value, of_ratio.low, of_ratio.high, of_ratio.n, share(13, 50))
    verify(tmp_path, by_two_segments("response_rate", "ratio.v1", {1: 13, 0: 37}), promql_expr_test=expected)


def test_a_panel_shows_the_mean_of_all_answers_of_its_segments(tmp_path: Path) -> None:
    answers = {7: 5, 4: 1, 1: 3}
    total = sum(code * count for code, count in answers.items())
    expected = is_about(filled(promql.mean_answer("ces")), mean(answers).value or 0)
    verify(tmp_path, by_two_segments("ces", "ces7.v1", answers, total), promql_expr_test=[expected])


def test_a_ratio_is_that_of_decided_facts(tmp_path: Path) -> None:
    expected = cases(SHARE, '{metric="response_rate",window="1h"}', share(13, 50))
    inputs = by_two_workers("response_rate", "ratio.v1", {1: 13, 0: 37})
    verify(tmp_path, inputs, promql_expr_test=expected)


def test_means_are_those_of_all_answers_and_durations(tmp_path: Path) -> None:
    here = view(cell("ces", "ces7.v1", {7: 2}, total=14), durations(600))
    there = view(cell("ces", "ces7.v1", {1: 1}, total=1), durations(10, 10, 10))
    expected = [
        is_about('segment:cx_window_points:mean{metric="ces",window="1h"}', 5),
        is_about('segment:cx_window_duration_seconds:mean{window="1h"}', 157.5),
        is_about('segment:cx_window_scored:sum{metric="first_response",window="1h"}', 4),
    ]
    verify(tmp_path, exported("a", here) + exported("b", there), promql_expr_test=expected)


def test_quantiles_lie_within_the_bounds_around_the_duration(tmp_path: Path) -> None:
    here, there = view(durations(*[45] * 6, 400)), view(durations(*[45] * 12, 400))
    expected = [
        # 45 s lies between the bounds about 30 s and a minute, 400 s between five minutes and ten.
        is_about('segment:cx_window_duration_seconds:p50{window="1h"}', 45, 15.5),
        is_about('segment:cx_window_duration_seconds:p95{window="1h"}', 450, 155),
    ]
    verify(tmp_path, exported("a", here) + exported("b", there), promql_expr_test=expected)


def test_windows_without_facts_have_an_n_of_0_and_no_score(tmp_path: Path) -> None:
    shown = view(
        cell("nps", "nps.v1", {10: 2}),
        cell("csat", "csat5.v1", {5: 2}),
        cell("ces", "ces7.v1", {5: 2}),
        durations(5, 5),
    )
    scores = [*NPS, *SHARE, "segment:cx_window_points:mean"]
    scores += [f"segment:cx_window_duration_seconds:{operation}" for operation in ("mean", "p50", "p95")]
    empty = [is_empty(f'{score}{{window="5m"}}') for score in scores]
    there = [is_about(f'count({score}{{window="1h"}}) > bool 0', 1) for score in scores]
    n = is_about('sum(segment:cx_window_scored:sum{window="5m"})', 0)
    verify(tmp_path, exported("a", shown), promql_expr_test=[*empty, *there, n])


def test_backlogs_add_up_and_the_oldest_is_the_oldest_anywhere(tmp_path: Path) -> None:
    chat = segment(channel="chat")
    here = view(
        cases=(CaseLoad(chat, 7, 3, AS_OF - 90_000),),
        deadlines=(DeadlineLoad("promise", chat, 4, AS_OF - 60_000, 1, AS_OF - 5_000),),
    )
    there = view(
        cases=(CaseLoad(chat, 5, 1, AS_OF - 400_000),),
        deadlines=(DeadlineLoad("promise", chat, 2, AS_OF - 80_000, 0, None),),
    )
    of = '{channel="chat"}'
    expected = [
        is_about(f"segment:cx_cases_open:sum{of}", 12),
        is_about(f"segment:cx_cases_waiting:sum{of}", 4),
        is_about(f"segment:cx_oldest_wait_seconds:max{of}", 400),
        is_about(f"segment:cx_deadlines_pending:sum{of}", 6),
        is_about(f"segment:cx_deadlines_overdue:sum{of}", 1),
        is_about(f"segment:cx_deadlines_oldest_age_seconds:max{of}", 80),
        is_about(f"segment:cx_deadlines_longest_overdue_seconds:max{of}", 5),
    ]
    verify(tmp_path, exported("a", here) + exported("b", there), promql_expr_test=expected)
