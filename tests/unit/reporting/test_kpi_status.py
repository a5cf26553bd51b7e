"""How a score stands to a target: by its whole interval, never by its value alone."""

import pytest

from schemas.kpis import Kpi, KpiEntry, load_kpis
from schemas.metrics import Metric, load_registry
from streams.reporting.kpis import Status, status
from streams.statistics.estimates import NO_DATA, Estimate, mean, nps, share

KPIS = load_kpis(load_registry())


@pytest.mark.parametrize(
    ("k", "n", "expected"),
    [(95, 100, "met"), (80, 100, "not distinguishable"), (70, 100, "missed"), (19, 19, "too few"), (0, 0, "no data")],
)
def test_a_share_meets_its_floor_when_the_whole_wilson_interval_does(k: int, n: int, expected: Status) -> None:
    assert status(share(k, n), 0.8, KPIS["satisfaction"]) == expected


def test_ratings_of_435_do_not_refute_the_target_of_45() -> None:
    score = mean({1: 2, 2: 3, 3: 5, 4: 25, 5: 45})  # golden vector of domain.md 7: [4.1402, 4.5598]
    assert status(score, 4.5, KPIS["agent_rating"]) == "not distinguishable"
    assert status(score, 4.6, KPIS["agent_rating"]) == "missed"
    assert status(score, 4.1, KPIS["agent_rating"]) == "met"


def test_where_less_is_better_the_interval_has_to_lie_below_the_target() -> None:
    kpi = KPIS["first_response_mean"]
    assert status(Estimate(50, 200_000, 150_000, 250_000), 300_000, kpi) == "met"
    assert status(Estimate(50, 280_000, 250_000, 310_000), 300_000, kpi) == "not distinguishable"
    assert status(Estimate(50, 400_000, 310_000, 490_000), 300_000, kpi) == "missed"


@pytest.mark.parametrize(
    ("k", "n", "expected"),
    [(40, 40, "met"), (39, 40, "missed"), (0, 1, "missed"), (19, 19, "too few"), (0, 0, "no data")],
)
def test_of_a_duty_one_missed_is_a_miss_whatever_the_interval_holds(k: int, n: int, expected: Status) -> None:
    assert status(share(k, n), 1.0, KPIS["followup_rate"]) == expected


def test_a_benchmark_is_met_or_missed_by_the_interval_of_nps() -> None:
    score = nps({10: 450, 8: 300, 0: 250})  # golden vector: 20, [14.914, 24.967]
    assert status(score, 45, KPIS["nps_retail"]) == "missed"
    assert status(score, 25, KPIS["nps_retail"]) == "missed"
    assert status(score, 15, KPIS["nps_telecom"]) == "not distinguishable"
    assert status(score, 14, KPIS["nps_telecom"]) == "met"


def test_a_count_is_what_it_is() -> None:
    metric = Metric(id="complaints", kind="count", basis="activity")
    entry = KpiEntry(id="few", metric="complaints", better="lower", names={"en": "Few"}, source="us", goal=3)
    assert status(Estimate(3, 3, None, None), 3, Kpi(entry, metric)) == "met"
    assert status(Estimate(4, 4, None, None), 3, Kpi(entry, metric)) == "missed"


@pytest.mark.parametrize(("n", "expected"), [(0, "missed"), (99, "missed"), (100, "met"), (105, "met")])
def test_a_share_of_all_there_are_knows_no_chance_and_more_than_all_meets_it(n: int, expected: Status) -> None:
    metric = Metric(id="visits", kind="duration", basis="activity", minimum_n=30)
    entry = KpiEntry(
        id="visited", metric="visits", statistic="number", base=100, better="higher", names={}, source="us", goal=1.0
    )
    assert status(Estimate(n, n / 100, None, None), 1.0, Kpi(entry, metric)) == expected


def test_no_data_is_neither_met_nor_missed() -> None:
    for kpi in KPIS.values():
        assert status(NO_DATA, 0, kpi) == "no data"
