"""A plan: which records are run again, under which settings. Whoever has the file can make the same rows."""

from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec

from schemas.dimensions import DIMENSIONS
from schemas.rows import Row
from streams.core.configuration import Configuration
from streams.core.erasures import ErasedContributions
from streams.core.records import Source

LAYOUT: Final = 3
"""Of the file; another one is refused."""

_ID_LENGTH: Final = 12
"""Hexadecimal digits: names databases, and no two plans of one installation are likely to share them."""


class PlanError(ValueError):
    """A file that is no plan, or one that this version cannot run; the message is one line."""


class Stretch(msgspec.Struct, frozen=True):
    """The records of one partition that a plan is about."""

    topic: str
    topic_id: str
    partition: int
    start: int
    """Offset of the first record that the log had."""
    end: int
    """Offset after the last one when the plan was made."""
    first_ms: int | None
    """Kafka timestamp of the first record, ms since 1970; None without records."""
    last_ms: int | None
    """Of the last one."""
    size: int
    """Bytes of keys and values, some: as many as its first records have on average, times their number."""

    @property
    def source(self) -> Source:
        return Source(self.topic, self.topic_id, self.partition)

    @property
    def place(self) -> str:
        """For people, and for the names of files."""
        return f"{self.topic}-{self.partition}"


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that decides the rows of a replay."""

    layout: int = LAYOUT
    made_at: str
    """RFC 3339."""
    code: str
    """Version of cxstream that made it."""
    database: str
    """Of the live rows."""
    first: int | None
    """Rows of panes from here on, s since 1970; None: from the first."""
    last: int | None
    """And before this; None: to the last."""
    where: dict[str, list[str]] = {}
    """Rows with these values only, by dimension; a dimension that is not named may have any."""
    configuration: Configuration
    """Semantic settings, among them the registry."""
    erased: ErasedContributions
    """What becomes of the facts of customers whom the log erases only later."""
    stretches: tuple[Stretch, ...]

    @property
    def id(self) -> str:
        """Begins the SHA-256 of the file: another plan has another one."""
        return sha256(self.encode()).hexdigest()[:_ID_LENGTH]

    @property
    def shadow(self) -> str:
        """Database that its rows go to: with a schema of its own, so that every view and report works there, too."""
        return f"{self.database}_replay_{self.id}"

    @property
    def kept(self) -> str:
        """Database that a promotion keeps the rows in that it replaces."""
        return f"{self.shadow}_kept"

    @property
    def records(self) -> int:
        """At most so many: offsets may have gaps."""
        return sum(stretch.end - stretch.start for stretch in self.stretches)

    @property
    def size(self) -> int:
        """Bytes of all stretches, some."""
        return sum(stretch.size for stretch in self.stretches)

    def covers(self, row: Row) -> bool:
        """Whether the row is wanted."""
        inside = (self.first is None or row.pane >= self.first) and (self.last is None or row.pane < self.last)
        return inside and all(row.segment[DIMENSIONS.index(name)] in values for name, values in self.where.items())

    def encode(self) -> bytes:
        """The file's text: equal plans have equal bytes."""
        return msgspec.json.format(msgspec.json.encode(self, order="deterministic")) + b"\n"


def load_plan(path: Path) -> Plan:
    """Raises PlanError, OSError."""
    try:
        plan = msgspec.json.decode(path.read_bytes(), type=Plan)
    except msgspec.DecodeError as error:
        raise PlanError(f"{path} is no replay plan: {error}") from error
    if plan.layout != LAYOUT:
        raise PlanError(f"{path} has layout {plan.layout}, this version reads {LAYOUT}: make the plan anew")
    return plan
