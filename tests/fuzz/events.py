"""Records through a whole partition: decoder, admission, cases, responses, parts, checkpoint and back."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final, NamedTuple, get_args

import msgspec

from schemas.events import Event
from schemas.metrics import load_registry
from schemas.rejects import Reason
from streams.core.checkpoint import Checkpoint
from streams.core.configuration import Configuration
from streams.core.processor import PartitionProcessor
from streams.core.records import Source, Unreadable
from tests.fuzz.mutation import mutated_bytes, mutated_document

NOW: Final = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
NOW_MS: Final = int(NOW.timestamp() * 1000)
SOURCE: Final = Source("cx.surveys", "6f1de0c4-2b0c-4a53-9a43-0f3d2a1b7a11", 0)
SMALL: Final = Configuration(
    registry=load_registry(),
    dimensions=("channel", "team"),
    dimension_cap=20,
    segment_cap=60,
    duplicate_memory=2_000,
    subject_horizon_ms=3_600_000,
    subject_horizon_events=500,
    max_event_bytes=65_536,
)
"""Caps that hostile input reaches within seconds, so that what grows past them shows."""

WORDS: Final = "what a customer wrote"
"""Stands in fields of free text; no reject may repeat it."""

_LONGEST_DETAIL: Final = 700
_ROUND: Final = 2_000
"""Inputs between two checkpoints from which the partition goes on."""

_FIELDS: Final[dict[str, Any]] = {
    "author": "customer",
    "public": True,
    "level": 2,
    "measure": "delivery",
    "duration_ms": 1_500,
    "metric": "nps",
    "score": 9,
    "scale": "nps",
    "revision": 0,
    "case_id": "case-1",
    "invited_at": "2026-02-28T09:30:00Z",
    "channel": "phone",
    "team": "returns",
    "customer": "c-17",
    "comment": WORDS,
}

_GOOD: Final = (
    b'{"specversion": "1.0", "id": "good-%d", "source": "/fuzz", "type": "cx.touchpoint.measured.v1", '
    b'"time": "2026-03-01T09:30:00Z", "subject": "parcel", "data": {"measure": "delivery", "duration_ms": 1500}}'
)

EVENT_TYPES: Final = tuple(str(each.__struct_config__.tag) for each in get_args(Event))


_DUE_TIMES: Final = (
    *("2026-03-01T09:31:00Z", "2026-03-01T09:30:00.0000004Z", "2026-03-02T09:30:00+08:00", "2026-02-28T09:30:00Z"),
    *("0001-01-01T00:00:00+23:59", "1969-12-31T23:59:59.999999Z", "2106-02-07T06:28:16Z", "9999-12-31T23:59:59-23:59"),
)


def valid_event(choose: Random, number: int) -> dict[str, Any]:
    """An event of any type about one of a few cases, responses and deadlines."""
    kind = choose.choice(EVENT_TYPES)
    happened = NOW + timedelta(
        seconds=choose.choice((0, 1, 60, -60, -7_200, -400 * 86_400, choose.randrange(-900, 200)))
    )
    data = _FIELDS | {
        "author": choose.choice(("customer", "agent", "bot")),
        "score": choose.randrange(-1, 11),
        "revision": choose.randrange(3),
        "channel": f"channel-{choose.randrange(40)}",
        "measure": f"m{choose.randrange(30)}",
        "due_at": choose.choice(_DUE_TIMES),
    }
    return {
        "specversion": "1.0",
        "id": f"e-{number}",
        "source": "/fuzz",
        "type": kind,
        "time": happened.isoformat().replace("+00:00", "Z"),
        "subject": f"subject-{choose.randrange(300)}",
        "data": data,
    }


class Record(NamedTuple):
    offset: int
    timestamp: int
    value: bytes | None


def hostile_value(choose: Random) -> bytes | None:
    """A record's value that was an event once."""
    event = valid_event(choose, choose.randrange(10_000))
    if (kind := choose.random()) < 0.8:
        event = mutated_document(choose, event)
    value = json.dumps(event, ensure_ascii=choose.random() < 0.5).encode("utf-8", "surrogatepass")
    if kind > 0.6:
        value = mutated_bytes(choose, value)
    if kind > 0.99:
        return choose.choice(
            (None, b"", b"[" * 60_000, b'{"data":' * 8_000, b"9" * 60_000, Unreadable(value, "unreadable_headers", "x"))
        )
    return value


class Events:
    """Hostile records in chunks to one partition that lives on; good ones between them have to be accepted."""

    def __init__(self) -> None:
        self._processor = PartitionProcessor(SOURCE, SMALL)
        self._offset = self._checked = 0

    def make(self, choose: Random) -> Sequence[tuple[int, bytes | None]]:
        timestamps = (NOW_MS, NOW_MS, NOW_MS, -1, 0, -(2**63), 2**63 - 1, choose.randrange(2 * NOW_MS))
        return [(choose.choice(timestamps), hostile_value(choose)) for _ in range(choose.choice((1, 1, 1, 3)))]

    def allowance(self, case: Sequence[tuple[int, bytes | None]]) -> int:
        return 32 * 2**20 + 64 * sum(len(value or b"") for _, value in case)

    def check(self, case: Sequence[tuple[int, bytes | None]]) -> None:
        records = [Record(self._offset + number, *each) for number, each in enumerate(case)]
        rejects = self._processor.apply(records)
        self._offset += len(records)
        for reject in rejects:
            assert reject.reason in get_args(Reason)
            assert len(reject.detail) <= _LONGEST_DETAIL, reject
            assert WORDS not in reject.detail, reject
        self._a_good_one_is_accepted()
        self._checked += 1
        if self._checked % _ROUND == 0:
            self._goes_on_from_its_checkpoint()

    def close(self) -> None:
        self._goes_on_from_its_checkpoint()

    def _a_good_one_is_accepted(self) -> None:
        before = self._processor.counts.accepted
        assert self._processor.apply([Record(self._offset, NOW_MS, _GOOD % self._offset)]) == []
        assert self._processor.counts.accepted == before + 1
        self._offset += 1

    def _goes_on_from_its_checkpoint(self) -> None:
        """Rows are all that ClickHouse can hold, and the restored partition knows the same."""
        rows = self._processor.take_rows()
        assert all(-(2**63) <= row.total < 2**63 and 0 <= row.pane < 2**32 for row in rows)
        self._processor.confirm()
        self._processor.look(NOW_MS).view()
        blocks = self._processor.checkpoint().encode()
        restored = PartitionProcessor.restore(SOURCE, Checkpoint.decode(blocks))
        assert restored.checkpoint().encode() == blocks
        assert msgspec.structs.asdict(restored.counts) == msgspec.structs.asdict(self._processor.counts)
        assert self._processor.cells < 200_000
        restored.take_rows()
        restored.confirm()
        self._processor = restored
