"""The customer base of a weighted report is read, or refused with what to change."""

from pathlib import Path

import pytest

from schemas.population import PopulationError, load_population


def written(directory: Path, text: str) -> Path:
    file = directory / "base.yaml"
    file.write_text(text)
    return file


@pytest.mark.parametrize("text", ["{vip: 200, regular: 800}", "{vip: 0.2, regular: 0.8}"])
def test_customers_and_shares_say_the_same(tmp_path: Path, text: str) -> None:
    assert load_population(written(tmp_path, text)) == {"vip": pytest.approx(0.2), "regular": pytest.approx(0.8)}


def test_rounded_shares_are_taken_for_what_they_mean(tmp_path: Path) -> None:
    found = load_population(written(tmp_path, "{a: 0.333, b: 0.333, c: 0.333}"))
    assert found["a"] == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("- vip", "not a YAML mapping"),
        ("{vip: many, regular: 2}", "not a YAML mapping"),
        ("{vip: 1}", "at least two segments"),
        ("{vip: 0, regular: 2}", "vip has 0 customers"),
        ("{vip: .nan, regular: 2}", "vip has nan customers"),
        ("{vip: 0.2, regular: 0.7}", "add up to 0.9, not to 1"),
    ],
)
def test_what_is_no_base_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(PopulationError, match=complaint):
        load_population(written(tmp_path, text))
