"""What all events share: the attributes of CloudEvents, and what data may say about where something happened.

Structs are not tracked by the garbage collector (``gc=False``): they hold no cycles, and a chunk of them would
otherwise trigger it.
"""

from datetime import UTC, datetime
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

SUFFIX: Final = ".v1"

Text = Annotated[str, Meta(min_length=1, max_length=512)]
"""Ids and references: not empty, at most 512 characters, so that state kept per id stays bounded."""

Instant = Annotated[datetime, Meta(tz=True)]
"""RFC 3339 with a zone; a naive time could be any of 25 hours and is refused."""

FIRST: Final = datetime(1970, 1, 1, tzinfo=UTC)
END: Final = datetime(2106, 1, 1, tzinfo=UTC)
"""Times of events lie from the first on and before the end: a pane is stored as seconds since 1970 in 32 bits, which
end in that year."""

Revision = Annotated[int, Meta(ge=0, le=2**31 - 1)]

DimensionValue = Annotated[str, Meta(max_length=256)] | None


class Dimensions(msgspec.Struct, kw_only=True, gc=False):
    """What every event's data may say about where it happened; all optional."""

    channel: DimensionValue = None
    journey: DimensionValue = None
    stage: DimensionValue = None
    touchpoint: DimensionValue = None
    region: DimensionValue = None
    team: DimensionValue = None
    agent: DimensionValue = None
    product: DimensionValue = None
    customer_class: DimensionValue = None
    queue: DimensionValue = None
    kind: DimensionValue = None
    priority: DimensionValue = None
    severity: DimensionValue = None
    reason: DimensionValue = None
    question: DimensionValue = None
    customer: DimensionValue = None
    """A reference, never a name; the record key where it is present. Not a dimension of any row."""
    calendar: DimensionValue = None
    """Of a case: the published calendar by which it is worked on from here on. Not a dimension of any row."""
    sla_policy: DimensionValue = None
    """Of a case: the published agreement under which what begins from here on is owed. Not a dimension of any row."""


class Envelope(msgspec.Struct, tag_field="type", kw_only=True, gc=False):
    """The CloudEvents attributes all types share. ``source`` and ``id`` together identify an event."""

    specversion: Literal["1.0"]
    id: Text
    source: Text
    time: Instant
    subject: Text
    """The case id, the response id of a survey, or what a wait, promise or follow-up is known by."""
