"""Agreements are data that says what is wrong with it."""

from pathlib import Path

import pytest

from schemas.sla import SlaError, SlaPolicy, load_policies


def test_a_file_gives_policies_by_id(tmp_path: Path) -> None:
    file = tmp_path / "sla.yaml"
    file.write_text("gold: {first_response: 15m, resolution: 8h, business: true}\nsilver-2: {next_reply: 2h}\n")
    assert load_policies(file) == {
        "gold": SlaPolicy(first_response="15m", resolution="8h", business=True),
        "silver-2": SlaPolicy(next_reply="2h"),
    }


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("gold: {}", "promises at least one of first_response, next_reply and resolution"),
        ("gold: {business: true}", "promises at least one of"),
        ("gold: {first_response: quarter of an hour}", "Expected `str` of length <= 16"),
        ("gold: {first_response: soon}", "soon"),
        ("gold: {first_response: 0s}", "0s"),
        ("gold: {resolution: 3651d}", "'3651d' is too long to be promised: at most 3650d"),
        ("gold: {first_answer: 15m}", "unknown field `first_answer`"),
        ("gold.v2: {first_response: 15m}", "'gold.v2' is no id of a policy"),
        ("[]", "Expected `object`"),
    ],
)
def test_a_policy_that_cannot_be_used_says_what_is_wrong(tmp_path: Path, text: str, complaint: str) -> None:
    file = tmp_path / "sla.yaml"
    file.write_text(text)
    with pytest.raises(SlaError, match=complaint) as raised:
        load_policies(file)
    assert "sla.yaml" in str(raised.value)
