"""One thing that happens in the simulated world, and the CloudEvent it becomes."""

from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

import msgspec

Value = str | int | bool

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_encode: Final = msgspec.json.Encoder().encode


class Happening(NamedTuple):
    second: float
    """Seconds since the story's start."""
    type: str
    subject: str
    data: dict[str, Value]
    due: float | None = None
    """Of what begins and has to be met: by when, in seconds since the story's start."""


def cloud_event(happening: Happening, source: str, event_id: str, start_ms: int) -> bytes:
    """The event's bytes; `start_ms` is the story's start in ms since 1970."""
    data = happening.data
    if happening.due is not None:
        data = {**data, "due_at": _rfc3339(start_ms + round(happening.due * 1_000))}
    return _encode(
        {
            "specversion": "1.0",
            "id": event_id,
            "source": source,
            "type": happening.type,
            "time": _rfc3339(start_ms + round(happening.second * 1_000)),
            "subject": happening.subject,
            "data": data,
        }
    )


def _rfc3339(ms: int) -> str:
    return (_EPOCH + timedelta(milliseconds=ms)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
