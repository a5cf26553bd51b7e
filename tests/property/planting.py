"""Events with words planted where none belong: what a person wrote, in every place an event has."""

import json
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

WORDS = "Mrs Smith of 5 Elm St"

EVENTS: tuple[dict[str, Any], ...] = tuple(
    {
        "specversion": "1.0",
        "id": "e1",
        "source": "/desk",
        "type": f"cx.{kind}.v1",
        "time": "2026-03-01T09:00:00Z",
        "subject": "s1",
        "data": data,
    }
    for kind, data in (
        ("case.message", {"author": "agent", "public": True, "customer": "c1", "reason": "late"}),
        ("case.escalated", {"level": 2}),
        ("case.resolved", {"author": "bot"}),
        ("touchpoint.measured", {"measure": "delivery", "duration_ms": 5}),
        ("promise.made", {"due_at": "2026-03-01T09:00:00Z", "kind": "refund"}),
        ("survey.invited", {"metric": "nps", "case_id": "case-1"}),
        ("survey.answered", {"metric": "nps", "scale": "nps", "score": 9, "revision": 0, "comment": "fine"}),
        ("survey.answered", {"metric": "csat", "score": 4, "invited_at": "2026-03-01T08:00:00Z", "question": "q1"}),
        ("survey.withdrawn", {"revision": 1}),
    )
)


def places(event: dict[str, Any]) -> list[tuple[str, ...]]:
    """Every place of an event, as the names that lead there, and one that no reader knows."""
    return [*((name,) for name in event), *(("data", name) for name in event["data"]), ("data", "remark"), ("remark",)]


def planted(event: dict[str, Any], place: tuple[str, ...], value: Any) -> dict[str, Any]:
    """The event with a value at a place."""
    name, *rest = place
    return {**event, name: planted(event[name], tuple(rest), value) if rest else value}


def shapes(words: str) -> list[Any]:
    """Values that hold the words: alone, around them our own wording of errors, and inside of something."""
    lookalike = f"{words} - at `$.data`' - at `$.{words}"
    return [words, lookalike, f"2026-03-01T09:00:00 {words}", [words], {words: words}, {"author": words}, words * 200]


def raw_lines(words: str) -> Iterator[bytes]:
    """Records that are no JSON, or no text, around the words."""
    encoded = words.encode()
    yield from (
        encoded,
        b'{"comment": "' + encoded,
        b'{"type": ' + encoded + b"}",
        b'"' + encoded + b'"',
        b"\xff" + encoded,
    )
    yield json.dumps([words]).encode()
    yield b'{"specversion": "' + encoded + b'"}'


TOKENS = st.text(st.characters(codec="utf-8", exclude_characters='"\\', min_codepoint=32), min_size=1, max_size=12).map(
    lambda text: f"§{text}§"
)
"""Words that no text of ours holds by chance."""
