"""Answer scales, metrics and duration buckets are data that cannot contradict itself."""

from pathlib import Path

import pytest

from schemas.buckets import BOUNDS, LAST_BUCKET, bucket_high, bucket_low, bucket_middle, bucket_of
from schemas.metrics import REQUIRED, RegistryError, duration_ms, load_registry
from schemas.scales import NOT_APPLICABLE, SCALES, Scale


@pytest.mark.parametrize("scale", SCALES.values(), ids=lambda scale: scale.id)
def test_the_boxes_of_a_scale_lie_on_it_and_do_not_overlap(scale: Scale) -> None:
    codes = set(range(scale.low, scale.high + 1))
    top, bottom = set(scale.top_box), set(scale.bottom_box)
    assert top
    assert bottom
    assert top | bottom <= codes
    assert not top & bottom
    assert (max(bottom) < min(top)) == scale.higher_is_better
    assert scale.neutral not in top | bottom


def test_the_box_rules_are_those_of_the_field() -> None:
    assert {name: SCALES[name].top_box for name in ("csat3", "csat4", "csat5", "csat7", "csat10", "ces7")} == {
        "csat3": (3,),
        "csat4": (3, 4),
        "csat5": (4, 5),
        "csat7": (6, 7),
        "csat10": (8, 9, 10),
        "ces7": (5, 6, 7),
    }
    assert SCALES["nps"].top_box == (9, 10)
    assert SCALES["nps"].bottom_box == (0, 1, 2, 3, 4, 5, 6)


def test_every_scale_takes_not_applicable_and_nothing_else_off_its_codes() -> None:
    for scale in SCALES.values():
        assert scale.accepts(NOT_APPLICABLE)
        assert not scale.accepts(scale.high + 1)
        assert not scale.accepts(-2)


def test_the_shipped_registry_has_every_metric_that_events_book() -> None:
    assert set(REQUIRED) <= load_registry().metrics.keys()


def test_a_registry_file_adds_to_the_shipped_one_and_replaces_by_id(tmp_path: Path) -> None:
    file = tmp_path / "metrics.yaml"
    file.write_text(
        "measured.delivery: {kind: duration, basis: activity, targets: [48h]}\n"
        "nps: {kind: answers, basis: activity, version: 2, scales: [nps], score: nps}\n"
    )
    registry = load_registry(file)
    assert registry.measured("delivery").targets_ms == (172_800_000,)
    assert registry.measured("approval").targets_ms == (300_000, 3_600_000, 86_400_000, 604_800_000)
    assert registry.metrics["nps"].definition("nps") == "nps.v2"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("mood: {kind: answers, basis: activity, scales: [csat5]}", "scales and a score"),
        ("mood: {kind: answers, basis: activity, scales: [csat6], score: mean}", "unknown scale csat6"),
        ("wait: {kind: duration, basis: activity}", "needs targets"),
        ("wait: {kind: duration, basis: activity, targets: [soon]}", "no duration"),
        ("wait: {kind: duration, basis: activity, targets: [5m], goal: 3}", "unknown field goal"),
        ("visits: {kind: count, basis: activity, targets: [5m]}", "has no targets"),
        ("[1, 2]", "not a YAML mapping"),
    ],
)
def test_a_registry_file_that_cannot_be_used_says_what_is_wrong(tmp_path: Path, text: str, complaint: str) -> None:
    file = tmp_path / "metrics.yaml"
    file.write_text(text)
    with pytest.raises(RegistryError, match=complaint):
        load_registry(file)


def test_durations_are_written_with_a_unit() -> None:
    assert [duration_ms(text) for text in ("30s", "5m", "24h", "7d")] == [30_000, 300_000, 86_400_000, 604_800_000]


def test_every_millisecond_has_one_bucket() -> None:
    for bucket in range(LAST_BUCKET + 1):
        assert bucket_of(bucket_low(bucket)) == bucket_of(bucket_high(bucket)) == bucket
    assert all(bucket_low(bucket) == bucket_high(bucket - 1) + 1 for bucket in range(1, LAST_BUCKET + 1))
    assert bucket_of(10 * BOUNDS[-1]) == LAST_BUCKET


def test_the_middle_of_a_bucket_is_within_two_percent_of_everything_in_it() -> None:
    for bucket in range(1, LAST_BUCKET + 1):
        middle = bucket_middle(bucket)
        assert abs(middle - bucket_low(bucket)) / bucket_low(bucket) <= 0.02 + 1e-12
        assert abs(middle - bucket_high(bucket)) / bucket_high(bucket) <= 0.02 + 1e-12
