"""A checkpoint: everything a partition knows after one offset, as one immutable value and as bytes.

Bytes: a list of blocks, each the msgpack array ``[kind, ...]``, closed at 256 KiB; one that a single large item makes
longer than 512 KiB is cut into pieces, marked ``+``, the last of them ``.``. Block 0 is the header; then come parts
(grouped by ten minutes), roll-ups, the duplicate memory, cases, responses, deadlines, customers, and who
was erased, each in order. Blocks of old minutes, full blocks of the duplicate memory and the oldest cases come out
byte-identical from one checkpoint to the next, so that the checkpoint store need not write them again.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final, Literal, NamedTuple

import msgspec

from schemas.dimensions import NO_SEGMENT, Segment
from streams.core.aims import Publications
from streams.core.case_book import KeptCase
from streams.core.configuration import Configuration
from streams.core.counts import Counts
from streams.core.customer_facts import Customer
from streams.core.deadlines import Deadline
from streams.core.definitions import Definition
from streams.core.erasures import Erased
from streams.core.frozen_cells import FrozenCells
from streams.core.responses import Response
from streams.core.subjects import Entry

LAYOUT: Final = 5
"""Version of the byte layout; another one is refused, never guessed at."""

BLOCK_BYTES: Final = 256 * 1024
"""Size at which a block is closed: half of what a record may be, so that one large item more often still fits."""

_PIECE_BYTES: Final = 512 * 1024
"""Largest block: half of what every broker takes. A busy minute, or 10 000 segments with long names, is more than that,
and a record the broker refuses would mean no checkpoint ever again."""

_MORE, _LAST = b"+", b"."
"""First byte of a piece; that of a msgpack array is above 0x8f."""

LARGEST_BLOCK: Final = 1 + _PIECE_BYTES
"""Bytes of a block as `Checkpoint.encode` gives it: a piece after its mark."""

PARTS_PER_BLOCK_MINUTES: Final = 10


class CheckpointError(ValueError):
    """Blocks that are no checkpoint of this layout."""


class Header(msgspec.Struct, kw_only=True):
    """The small state of a partition."""

    layout: int = LAYOUT
    applied: int
    watermark: int
    closed: int = 0
    """Panes before this minute were closed under earlier settings, whatever the lateness is now."""
    counts: Counts = msgspec.field(default_factory=Counts)
    epochs: list[Configuration]
    """Every configuration a remembered case, response or deadline may have begun under; the last one is in force."""
    first_epoch: int = 0
    """Number of the first of them; those before it are needed no more."""
    cases_begun: int = 0
    responses_begun: int = 0
    deadlines_begun: int = 0
    customers_begun: int = 0
    definitions: list[Definition] = []
    segments: list[Segment] = msgspec.field(default_factory=lambda: [NO_SEGMENT])
    admitted: dict[str, list[str]] = {}
    expired_duplicates: int = 0
    aims: dict[str, Publications] = {}
    """See `streams.core.aims`."""


class Checkpoint(NamedTuple):
    """One consistent snapshot. Nothing in it changes while the processor goes on."""

    header: Header
    parts: list[FrozenCells]
    """By minute and part number."""
    rollups: list[FrozenCells]
    """By quarter."""
    duplicates: list[tuple[str, ...]]
    cases: list[tuple[str, Entry[KeptCase]]]
    responses: list[tuple[str, Entry[Response]]]
    deadlines: list[tuple[str, Entry[Deadline]]]
    customers: list[tuple[str, Entry[Customer]]]
    erased: list[Erased]
    left_out: list[str]
    """See `streams.core.erasures`."""

    @property
    def offset(self) -> int:
        """Offset of the last record in it; -1 when none was applied."""
        return self.header.applied

    @property
    def configuration(self) -> Configuration:
        """The semantic settings in force."""
        return self.header.epochs[-1]

    def encode(self) -> list[bytes]:
        """The blocks, header first."""
        return [piece for block in self._blocks() for piece in _cut(block)]

    def _blocks(self) -> Iterator[bytes]:
        yield _encode(("header", self.header))
        for _, same in groupby(self.parts, key=lambda part: part.minute // PARTS_PER_BLOCK_MINUTES):
            yield from _pack("parts", (part.encoded() for part in same))
        for rollup in self.rollups:
            yield from _pack("rollups", (rollup.encoded(),))
        for block in self.duplicates:
            yield from _pack("duplicates", (_encode(block),))
        yield from _pack("cases", map(_encode, self.cases))
        yield from _pack("responses", map(_encode, self.responses))
        yield from _pack("deadlines", map(_encode, self.deadlines))
        yield from _pack("customers", map(_encode, self.customers))
        yield from _pack("erased", map(_encode, self.erased))
        yield from _pack("left_out", map(_encode, self.left_out))

    @classmethod
    def decode(cls, blocks: Sequence[bytes]) -> "Checkpoint":
        """The checkpoint of these blocks. Raises CheckpointError when they are not the whole of one."""
        try:
            first, *others = _joined(blocks)
            header = _decode_header(first)[1]
            result = cls(header, [], [], [], [], [], [], [], [], [])
            for block in others:
                kind, items = _decode_block(block)
                result._take(kind, items)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            raise CheckpointError(f"the blocks are no checkpoint: {error}") from error
        if header.layout != LAYOUT:
            raise CheckpointError(
                f"the checkpoint has layout {header.layout}, this version reads {LAYOUT}: "
                "run the version that wrote it, or replay from the start of the log"
            )
        return result

    def _take(self, kind: "Kind", items: list[msgspec.Raw]) -> None:
        for item in items:
            match kind:
                case "parts":
                    self.parts.append(FrozenCells.decode(bytes(item)))
                case "rollups":
                    self.rollups.append(FrozenCells.decode(bytes(item)))
                case "duplicates":
                    self.duplicates.append(_decode_duplicates(item))
                case "cases":
                    self.cases.append(_decode_case(item))
                case "responses":
                    self.responses.append(_decode_response(item))
                case "deadlines":
                    self.deadlines.append(_decode_deadline(item))
                case "customers":
                    self.customers.append(_decode_customer(item))
                case "erased":
                    self.erased.append(_decode_erased(item))
                case "left_out":
                    self.left_out.append(_decode_left_out(item))


Kind = Literal["parts", "rollups", "duplicates", "cases", "responses", "deadlines", "customers", "erased", "left_out"]

_encode: Final = msgspec.msgpack.Encoder().encode
_decode_header: Final = msgspec.msgpack.Decoder(tuple[Literal["header"], Header]).decode
_decode_block: Final = msgspec.msgpack.Decoder(tuple[Kind, list[msgspec.Raw]]).decode
_decode_duplicates: Final = msgspec.msgpack.Decoder(tuple[str, ...]).decode
_decode_case: Final = msgspec.msgpack.Decoder(tuple[str, Entry[KeptCase]]).decode
_decode_response: Final = msgspec.msgpack.Decoder(tuple[str, Entry[Response]]).decode
_decode_deadline: Final = msgspec.msgpack.Decoder(tuple[str, Entry[Deadline]]).decode
_decode_customer: Final = msgspec.msgpack.Decoder(tuple[str, Entry[Customer]]).decode
_decode_erased: Final = msgspec.msgpack.Decoder(Erased).decode
_decode_left_out: Final = msgspec.msgpack.Decoder(str).decode


def _pack(kind: Kind, items: Iterable[bytes]) -> Iterator[bytes]:
    """Encoded items as blocks of one kind, each closed as soon as it has `BLOCK_BYTES`."""
    group: list[msgspec.Raw] = []
    size = 0
    for item in items:
        group.append(msgspec.Raw(item))
        size += len(item)
        if size >= BLOCK_BYTES:
            yield _encode((kind, group))
            group, size = [], 0
    if group:
        yield _encode((kind, group))


def _cut(block: bytes) -> Iterator[bytes]:
    """The block itself, or its pieces if it is too long for a record."""
    if len(block) <= _PIECE_BYTES:
        yield block
        return
    for start in range(0, len(block), _PIECE_BYTES):
        end = start + _PIECE_BYTES
        yield (_MORE if end < len(block) else _LAST) + block[start:end]


def _joined(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The blocks that `_cut` was given."""
    pieces: list[bytes] = []
    for block in blocks:
        mark = block[:1]
        if mark not in (_MORE, _LAST):
            yield block
            continue
        pieces.append(block[1:])
        if mark == _LAST:
            yield b"".join(pieces)
            pieces = []
    if pieces:
        raise ValueError("the last piece of a block is missing")
