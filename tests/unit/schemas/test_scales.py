"""What customers read on a scale is said for each of its codes, in every language, or for none."""

import pytest

from schemas.languages import LANGUAGES
from schemas.scales import NOT_APPLICABLE, SCALES, Scale


@pytest.mark.parametrize("scale", SCALES.values(), ids=SCALES)
def test_each_code_of_a_labelled_scale_has_a_label_of_its_own_in_every_language(scale: Scale) -> None:
    if scale.labels:
        assert scale.labels.keys() == set(LANGUAGES)
        assert all(len(set(labels)) == scale.high - scale.low + 1 for labels in scale.labels.values())


@pytest.mark.parametrize("scale", ["csat4", "csat5", "rating5", "smileys5", "ces7", "yesno", "ranked3"])
def test_scales_of_words_are_labelled(scale: str) -> None:
    assert SCALES[scale].labels


def test_labels_are_those_of_the_source_documents() -> None:
    assert SCALES["csat5"].labels["zh"] == ("非常不满意", "不满意", "中等", "满意", "非常满意")
    assert SCALES["rating5"].labels["zh"] == ("差", "一般", "较好", "好", "很好")


def test_a_label_is_found_by_its_code() -> None:
    assert SCALES["yesno"].label(0, "en") == "no"
    assert SCALES["csat5"].label(5, "zh") == "非常满意"
    assert SCALES["nps"].label(9, "en") is None
    assert SCALES["nps"].label(NOT_APPLICABLE, "zh") == "不适用"
