"""What a scrape says about live windows and open cases."""

from typing import get_args

import pytest
from prometheus_client.exposition import generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from schemas.buckets import bucket_of
from schemas.dimensions import OTHER
from schemas.live import WINDOW_SECONDS, CaseLoad, DeadlineKind, DeadlineLoad, OpenAges, WindowCell
from sinks.prometheus import PrometheusSink
from streams.statistics.estimates import nps
from tests.live_views import AS_OF, cell, scrape, segment, view


def values(samples: list[Sample], name: str, label: str, **labels: str) -> dict[str, float]:
    return {
        sample.labels.get(label, ""): sample.value
        for sample in samples
        if sample.name == name and labels.items() <= sample.labels.items()
    }


def test_classes_without_answers_are_shown_as_zero_in_every_window() -> None:
    samples = scrape(view(cell("nps", "nps.v1", {10: 2})))
    for window in WINDOW_SECONDS:
        promoters = 2 if window == "1h" else 0
        assert values(samples, "cx_window_responses", "bucket", metric="nps", window=window) == {
            "promoter": promoters,
            "passive": 0,
            "detractor": 0,
        }


def test_classes_follow_the_box_rule_of_the_scale_and_add_up_to_n() -> None:
    samples = scrape(view(cell("csat", "csat5.v1", {5: 4, 4: 3, 3: 2, 1: 1, -1: 9})))
    classes = values(samples, "cx_window_responses", "bucket", definition="csat5.v1", window="1h")
    assert classes == {"satisfied": 7, "other": 2, "dissatisfied": 1}
    assert values(samples, "cx_window_observations", "metric", window="1h") == {"csat": sum(classes.values())}


def test_a_mean_and_its_deviation_follow_from_points_and_squared_points() -> None:
    samples = scrape(view(cell("ces", "ces7.v1", {7: 2, 4: 1, -1: 5}, total=18)))
    assert values(samples, "cx_window_points", "metric", window="1h") == {"ces": 18}
    assert values(samples, "cx_window_squared_points", "metric", window="1h") == {"ces": 2 * 49 + 16}


def test_the_components_of_two_workers_add_up_to_the_score_of_all_answers() -> None:
    one, other = {10: 90, 0: 10}, {0: 4}
    scrapes = [scrape(view(cell("nps", "nps.v1", buckets))) for buckets in (one, other)]
    classes = [values(samples, "cx_window_responses", "bucket", window="1h") for samples in scrapes]
    total = {name: classes[0][name] + classes[1][name] for name in classes[0]}
    merged = 100 * (total["promoter"] - total["detractor"]) / sum(total.values())
    assert merged == nps({10: 90, 0: 14}).value
    assert round(merged) == 73  # the average of the two workers' scores would be -10


def test_no_sample_carries_a_timestamp() -> None:
    samples = scrape(view(cell("nps", "nps.v1", {10: 2}), cases=(CaseLoad(segment(), 3, 1, AS_OF - 61_000),)))
    assert {sample.timestamp for sample in samples} == {None}
    assert values(samples, "cx_window_end_timestamp_seconds", "window") == dict.fromkeys(WINDOW_SECONDS, AS_OF / 1000)


def test_targets_are_exact_bounds_of_the_duration_histogram() -> None:
    durations = [1_000, 299_999, 300_000, 300_001, 90_000_000]
    buckets: dict[int, int] = {}
    for duration in durations:
        buckets[bucket_of(duration)] = buckets.get(bucket_of(duration), 0) + 1
    within = {target: sum(d <= target for d in durations) for target in (60_000, 300_000, 900_000, 86_400_000)}
    shown = cell("first_response", "duration.v1", buckets, within, total=sum(durations))
    samples = scrape(view(shown))
    counts = values(samples, "cx_window_duration_seconds_bucket", "le", window="1h")
    assert (counts["60.0"], counts["300.0"], counts["86400.0"], counts["+Inf"]) == (1, 3, 4, 5)
    assert values(samples, "cx_window_duration_seconds_gsum", "metric", window="1h") == {
        "first_response": sum(durations) / 1000
    }
    for bound, count in counts.items():
        assert count == sum(duration <= float(bound) * 1000 for duration in durations)
    assert list(counts.values()) == sorted(counts.values())


def test_a_target_that_older_durations_do_not_know_keeps_the_histogram_from_falling() -> None:
    samples = scrape(view(cell("first_response", "duration.v1", {bucket_of(5_000): 4}, total=20_000)))
    counts = values(samples, "cx_window_duration_seconds_bucket", "le", window="1h")
    assert list(counts.values()) == sorted(counts.values())
    assert counts["300.0"] == 4


def test_a_ratio_shows_both_outcomes() -> None:
    samples = scrape(view(cell("response_rate", "ratio.v1", {0: 7})))
    assert values(samples, "cx_window_outcomes", "outcome", window="1h") == {"yes": 0, "no": 7}


def test_only_dimensions_that_somebody_has_are_labels() -> None:
    samples = scrape(view(cell("nps", "nps.v1", {10: 1}, where=segment(team="blue"))))
    labels = next(sample.labels for sample in samples if sample.name == "cx_window_observations")
    assert labels == {"metric": "nps", "definition": "nps.v1", "window": "5m", "team": "blue"}


def test_open_and_waiting_cases_are_shown_with_the_oldest_wait_in_seconds() -> None:
    cases = (
        CaseLoad(segment(team="blue"), 3, 1, AS_OF - 61_000),
        CaseLoad(segment(team="red"), 2, 0, None),
    )
    samples = scrape(view(cases=cases))
    assert values(samples, "cx_cases_open", "team") == {"blue": 3, "red": 2}
    assert values(samples, "cx_cases_waiting", "team") == {"blue": 1, "red": 0}
    assert values(samples, "cx_oldest_wait_seconds", "team") == {"blue": 61, "red": 0}


def test_pending_and_overdue_deadlines_are_shown_by_kind_with_their_ages_in_seconds() -> None:
    blue = segment(team="blue")
    deadlines = (
        DeadlineLoad("wait", blue, 3, AS_OF - 900_000, 1, AS_OF - 880_000),
        DeadlineLoad("promise", blue, 2, AS_OF + 1_000, 0, None),
    )
    samples = scrape(view(deadlines=deadlines))
    assert values(samples, "cx_deadlines_pending", "deadline", team="blue") == {"wait": 3, "promise": 2}
    assert values(samples, "cx_deadlines_overdue", "deadline") == {"wait": 1, "promise": 0}
    assert values(samples, "cx_deadlines_oldest_age_seconds", "deadline") == {"wait": 900, "promise": 0}
    assert values(samples, "cx_deadlines_longest_overdue_seconds", "deadline") == {"wait": 880, "promise": 0}


def test_deadlines_of_segments_past_the_cap_are_added_into_other_by_kind() -> None:
    deadlines = tuple(
        DeadlineLoad(kind, segment(team=f"team-{i}"), 5 - i, AS_OF - 1_000 * i, 1, AS_OF - 100 * i)
        for i in range(4)
        for kind in get_args(DeadlineKind)
    )
    samples = scrape(view(deadlines=deadlines), segments_shown=1)
    for kind in get_args(DeadlineKind):
        assert values(samples, "cx_deadlines_pending", "team", deadline=kind) == {"team-0": 5, OTHER: 4 + 3 + 2}
        assert values(samples, "cx_deadlines_overdue", "team", deadline=kind)[OTHER] == 3
        assert values(samples, "cx_deadlines_oldest_age_seconds", "team", deadline=kind)[OTHER] == 3


def test_a_segment_that_is_gone_from_the_view_is_gone_from_the_scrape() -> None:
    sink = PrometheusSink()
    sink.show(view(cell("nps", "nps.v1", {10: 1}, where=segment(team="blue"))))
    assert b"blue" in generate_latest(sink.registry)
    sink.show(view())
    assert b"blue" not in generate_latest(sink.registry)


def test_segments_past_the_cap_are_added_into_other_and_counted() -> None:
    cells = [
        cell("nps", "nps.v1", {10: 10 - i}, where=segment(team=f"team-{i}", region="north" if i % 2 else ""))
        for i in range(5)
    ]
    cases = tuple(CaseLoad(shown.segment, 1, 1, AS_OF - 1_000 * i) for i, shown in enumerate(cells))
    samples = scrape(view(*cells, cases=cases), segments_shown=2)
    promoters = values(samples, "cx_window_responses", "team", bucket="promoter", window="1h")
    assert promoters == {"team-0": 10, "team-1": 9, OTHER: 8 + 7 + 6}
    assert values(samples, "cx_segments_folded", "") == {"": 3}
    assert values(samples, "cx_cases_open", "team") == {"team-0": 1, "team-1": 1, OTHER: 3}
    assert values(samples, "cx_oldest_wait_seconds", "team")[OTHER] == 4


def test_a_shown_segment_keeps_its_place_when_another_one_grows_past_it() -> None:
    sink = PrometheusSink(segments_shown=1)
    sink.show(view(cell("nps", "nps.v1", {10: 5}, where=segment(team="first"))))
    generate_latest(sink.registry)
    sink.show(
        view(
            cell("nps", "nps.v1", {10: 5}, where=segment(team="first")),
            cell("nps", "nps.v1", {10: 500}, where=segment(team="second")),
        )
    )
    text = generate_latest(sink.registry).decode()
    assert 'team="first"' in text
    assert 'team="second"' not in text


def test_openmetrics_calls_the_windows_gauge_histograms() -> None:
    sink = PrometheusSink()
    sink.show(view(cell("first_response", "duration.v1", {bucket_of(5_000): 4}, {300_000: 4}, total=20_000)))
    text = generate_openmetrics(sink.registry).decode()  # type: ignore[no-untyped-call]
    types = {family.name: family.type for family in parse_openmetrics(text)}  # type: ignore[no-untyped-call]
    assert types["cx_window_duration_seconds"] == "gaugehistogram"


def test_a_scrape_of_a_broken_view_shows_the_rest_and_counts_the_failure() -> None:
    sink = PrometheusSink()
    broken = cell("nps", "nps.v1", {10: 1})._replace(n="many")  # type: ignore[arg-type]
    sink.show(view(broken, cell("csat", "csat5.v1", {5: 1}))._replace(as_of=None))  # type: ignore[arg-type]
    text = generate_latest(sink.registry).decode()
    assert "cx_exposition_failures_total 1.0" in text
    assert "cx_build_info" in text


def test_measures_whose_names_flood_in_are_shown_together_and_counted() -> None:
    def flood(first: int, last: int) -> list[WindowCell]:
        names = [f"measured.m{number}" for number in range(first, last)]
        return [cell(name, "duration.v1", {1: 2}, total=2, where=segment(team=team)) for name in names for team in "ab"]

    known = cell("measured.delivery", "duration.v1", {1: 9}, total=9, where=segment(team="a"))
    sink = PrometheusSink(segments_shown=2)  # ten pairs of measure and segment
    sink.show(view(known, *flood(0, 3)))
    assert 'metric="measured.__other__"' not in generate_latest(sink.registry).decode()
    sink.show(view(known, *flood(0, 1_000)))
    text = generate_latest(sink.registry).decode()
    shown = {sample.labels["metric"] for sample in _samples(text) if sample.name == "cx_window_observations"}
    assert shown == {"measured.delivery", *(f"measured.m{number}" for number in (0, 1, 2, 10)), "measured.__other__"}
    rest = values(_samples(text), "cx_window_observations", "team", metric="measured.__other__", window="1h")
    assert rest == {"a": 996 * 2, "b": 996 * 2}
    assert values(_samples(text), "cx_measures_folded", "") == {"": 996}


def _samples(text: str) -> list[Sample]:
    return [sample for family in text_string_to_metric_families(text) for sample in family.samples]


def test_beside_each_answered_duration_stand_the_ages_of_those_who_wait_also_when_nobody_does() -> None:
    blue, red = segment(team="blue"), segment(team="red")
    shown = view(
        cell("first_response", "duration.v1", {bucket_of(1_000): 1}, {}, 1_000, blue),
        ages=(OpenAges("queue_wait", red, {bucket_of(20_000): 1, bucket_of(400_000): 1}),),
    )
    samples = [sample for sample in scrape(shown) if sample.name.startswith("cx_waiting_duration_seconds")]
    counts = {
        (sample.labels["metric"], sample.labels["team"], sample.labels["le"]): sample.value
        for sample in samples
        if sample.name.endswith("_bucket")
    }
    assert counts["first_response", "blue", "+Inf"] == 0
    assert counts["queue_wait", "red", "20.0"] == 1, "a target of its own"
    assert counts["queue_wait", "red", "300.0"] == 1
    assert counts["queue_wait", "red", "+Inf"] == 2
    sums = {sample.labels["team"]: sample.value for sample in samples if sample.name.endswith("_gsum")}
    assert sums == {"blue": 0, "red": pytest.approx(420, rel=0.02)}
