"""A sampled stack belongs to the stage of its innermost frame that a rule names."""

import pytest

from tests.bench.profile.stages import STAGES, Stage, shares, stage_of


@pytest.mark.parametrize(
    ("frames", "stage"),
    [
        (["decode_event (schemas/decoder.py:9)", "_apply (streams/core/processor.py:7)"], "decode"),
        (["step (streams/core/cases.py:9)", "apply (streams/core/case_book.py:7)"], "facts"),
        (["fold (streams/core/cells.py:9)", "fold (streams/core/part_store.py:7)"], "cells"),
        (["read (streams/core/cells.py:9)", "_row (streams/core/part_store.py:7)"], "flush"),
        (["freeze (streams/core/parts.py:9)", "freeze (streams/core/part_store.py:7)"], "checkpoint"),
        (["copy (copy.py:9)", "look (streams/core/processor.py:7)"], "windows"),
        (["_unpack (site-packages/aiokafka/record/default_records.py:9)", "run (asyncio/runners.py:7)"], "fetch"),
        (["select (selectors.py:9)", "run (asyncio/runners.py:7)"], "loop"),
        (["<module> (streams/__main__.py:9)"], "other"),
    ],
)
def test_the_innermost_frame_that_a_rule_names_decides(frames: list[str], stage: Stage) -> None:
    assert stage_of(frames) == stage


def test_shares_are_those_of_the_samples_and_add_up() -> None:
    found = shares(["a (selectors.py:1);step (streams/core/cases.py:9) 3", "a (selectors.py:1) 1"])
    assert found == {stage: {"facts": 0.75, "loop": 0.25}.get(stage, 0.0) for stage in STAGES}


def test_a_profile_without_samples_is_none() -> None:
    with pytest.raises(ValueError, match="no sample"):
        shares([])


def test_a_torn_sample_counts_for_nothing() -> None:
    assert shares(["a (selectors.py:1) 1", "b (a name over", "two lines) of them."])["loop"] == 1
