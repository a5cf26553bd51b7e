"""The journeys: the order in which customers meet stages, written down once."""

from pathlib import Path

import pytest

from deploy.local.simulator.story import STAGES
from schemas.indices import load_indices
from schemas.journeys import Journey, load_journeys
from schemas.metrics import RegistryError, load_registry

INDICES = load_indices(load_registry())
GOOD = "mine: {names: {en: Mine, zh: 我的}, stages: {a: {en: A, zh: 甲}, b: {en: B, zh: 乙}}}"


def loaded(directory: Path, text: str) -> dict[str, Journey]:
    file = directory / "journeys.yaml"
    file.write_text(text)
    return load_journeys(INDICES, file)


def test_who_buys_a_home_goes_through_the_nine_stages_of_the_source() -> None:
    stages = load_journeys(INDICES)["property"].stages.values()
    assert [names["zh"] for names in stages] == [
        "销售",
        "签约",
        "交付",
        "质量",
        "整改维修",
        "环境",
        "设计",
        "物业",
        "投诉",
    ]


def test_the_dealers_ways_are_the_steps_of_its_indices() -> None:
    for name in ("dealer_sales", "dealer_service"):
        journey, index = load_journeys(INDICES)[name], INDICES[name].entry
        assert list(journey.stages) == list(index.items)
        assert journey.names == index.names
    assert load_journeys(INDICES)["dealer_service"].stages["vehicle_intake"] == {
        "en": "Intake of the vehicle",
        "zh": "接车",
    }


def test_the_simulated_orders_are_on_a_way_that_is_written_down() -> None:
    assert set(load_journeys(INDICES)["order"].stages) == set(STAGES.values())


def test_an_own_file_adds_a_journey_or_replaces_it_whole(tmp_path: Path) -> None:
    known = loaded(tmp_path, GOOD + "\norder: {names: {en: Order, zh: 订单}, stages: {wait: {en: Waiting, zh: 等待}}}")
    assert list(known["mine"].stages) == ["a", "b"]
    assert list(known["order"].stages) == ["wait"]
    assert "property" in known


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("stages: {a: {en: A, zh: 甲}, b: {en: B, zh: 乙}}", "stages: {}", "mine: it has no stages"),
        (", zh: 乙", "", "b has no name in zh"),
        (", zh: 我的", "", "it has no name in zh"),
        ("stages", "steps", "unknown field steps"),
        ("stages", "index: dealer_sales, stages", "names and stages are those of its index"),
        (GOOD, "mine: {index: bank_value}", "there is no index of stages bank_value"),
        (GOOD, "mine: {index: joy}", "there is no index of stages joy"),
        (GOOD, "- mine", "not a YAML mapping of journey id to fields"),
    ],
)
def test_what_is_no_journey_is_refused(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    with pytest.raises(RegistryError, match=complaint):
        loaded(tmp_path, GOOD.replace(old, new))
