"""The index registry: what is shipped is whole, and what contradicts itself is refused."""

from pathlib import Path

import pytest

from schemas.indices import load_indices
from schemas.metrics import RegistryError, load_registry

REGISTRY = load_registry()
GOOD = (
    "mine: {metric: rating, scale: csat10, by: question, source: us, names: {en: Mine, zh: 我的}, "
    "items: {a: {names: {en: A, zh: 甲}, weight: 0.7}, b: {names: {en: B, zh: 乙}, weight: 0.3}}}"
)


def written(directory: Path, text: str) -> Path:
    file = directory / "indices.yaml"
    file.write_text(text)
    return file


def test_the_bank_has_six_constructs_and_the_dealer_seven_and_six_stages() -> None:
    indices = load_indices(REGISTRY)
    assert [name for name in indices if name.startswith("bank_")] == [
        f"bank_{construct}"
        for construct in ("expectation", "quality", "value", "satisfaction", "complaints", "loyalty")
    ]
    assert len(indices["dealer_sales"].entry.items) == 7
    assert list(indices["dealer_service"].entry.items) == [
        "invitation",
        "vehicle_intake",
        "diagnosis",
        "repair_wait",
        "settlement_and_return",
        "repair_quality",
    ]


def test_weights_add_up_to_one_and_are_equal_where_none_is_given(tmp_path: Path) -> None:
    indices = load_indices(REGISTRY, written(tmp_path, GOOD))
    assert all(sum(index.weights.values()) == pytest.approx(1) for index in indices.values())
    assert indices["bank_value"].weights == {"price_for_quality": 0.5, "quality_for_price": 0.5}
    assert indices["mine"].weights == {"a": 0.7, "b": 0.3}


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("rating", "joy", "there is no metric joy"),
        ("csat10", "nps", "rating has no answers on nps"),
        ("rating, scale: csat10", "ces, scale: effort5", "upside down"),
        ("by: question", "by: mood", "unknown dimension mood"),
        ("zh: 乙", "fr: B", "index mine: Invalid enum value 'fr'"),
        (", zh: 乙", "", "b has no name in zh"),
        (", weight: 0.3", "", "every item has a weight or none"),
        ("0.3", "0.4", "add up to 1, not to 1.1"),
        ("0.7", "1.3", "add up to 1, not to 1.6"),
        ("by: question", "by: question, colour: red", "unknown field colour"),
        ("weight: 0.7", "wait: 0.7", "unknown field `wait`"),
    ],
)
def test_an_index_that_contradicts_itself_is_refused(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    with pytest.raises(RegistryError, match=complaint):
        load_indices(REGISTRY, written(tmp_path, GOOD.replace(old, new)))


def test_a_shipped_definition_changes_only_under_a_higher_version(tmp_path: Path) -> None:
    text = GOOD.replace("mine:", "bank_value:")
    with pytest.raises(RegistryError, match=r"differs from the shipped bank_value\.v1; give it version 2"):
        load_indices(REGISTRY, written(tmp_path, text))
    changed = load_indices(REGISTRY, written(tmp_path, text.replace("source: us", "source: us, version: 2")))
    assert changed["bank_value"].entry.definition == "bank_value.v2"
